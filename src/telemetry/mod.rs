//! Logs and metrics of this process.

pub mod cloudwatch;
pub mod logs;
pub mod metrics;
