//! The integration tests: one binary, a file per subject, real parts.

mod chain;
mod support;
