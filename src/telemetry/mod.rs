//! What this process tells about itself: logs and metrics.

pub mod cloudwatch;
pub mod logs;
pub mod metrics;
