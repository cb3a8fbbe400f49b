//! Proving who calls.

mod legacy;
mod sign_in;
mod strangers;
mod tokens;
