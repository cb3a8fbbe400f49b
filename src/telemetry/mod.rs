//! Logs and metrics of this process.

pub mod access;
pub mod cloudwatch;
pub mod logs;
pub mod metrics;
