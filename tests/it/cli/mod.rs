//! The program itself: commands, as people and scripts run them.

mod admin;
mod dev;
mod errors;
pub mod program;
mod story;
