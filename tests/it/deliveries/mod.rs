//! Buying: who gets which bytes, and what it costs them.

mod large;
mod lives;
mod parallel;
mod ranges;
mod refusals;
mod settlement;
#[cfg(target_os = "linux")]
mod stalled;
mod tickets;
mod worth;
