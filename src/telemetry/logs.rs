//! Logs: readable text on standard error, or JSON, one object per line, on standard output, where container platforms
//! collect it.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

use crate::config::LogSettings;

/// Logging could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("cannot set up logging: {0}")]
pub struct LogError(String);

/// Starts logging for the rest of the process. The second call fails.
pub fn init(settings: &LogSettings) -> Result<(), LogError> {
    let filter = EnvFilter::try_new(&settings.level).map_err(|error| LogError(error.to_string()))?;
    let logs = tracing_subscriber::fmt().with_env_filter(filter);
    let started = if settings.json {
        logs.json().flatten_event(true).with_writer(io::stdout).try_init()
    } else {
        logs.with_writer(io::stderr).with_ansi(io::stderr().is_terminal()).try_init()
    };
    started.map_err(|error| LogError(error.to_string()))
}
