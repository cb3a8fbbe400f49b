//! The integration tests, in one binary. A file or folder for each part of the system.

mod authorize;
mod chain;
mod deliveries;
mod stores;
mod story;
mod support;
mod uploads;
