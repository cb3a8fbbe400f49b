//! The program itself: commands, as people and scripts run them.

mod admin;
mod dev;
mod errors;
mod program;
mod story;
