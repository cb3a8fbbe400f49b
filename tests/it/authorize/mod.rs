//! Proving who calls.

mod legacy;
mod sign_in;
mod tokens;
