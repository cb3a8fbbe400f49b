//! The program itself: commands, as people and scripts run them.

mod admin;
mod commands;
mod dev;
mod doctor;
mod documents;
mod errors;
mod fleet;
pub mod program;
mod story;
