//! Logs, metrics and traces of this process.

pub mod access;
mod audit;
pub mod cloudwatch;
mod json;
mod lines;
pub mod logs;
pub mod metrics;
mod otlp;
pub mod traces;

use tokio_util::sync::CancellationToken;

#[cfg(test)]
pub(crate) use self::lines::tests::Output;
use self::logs::{LogError, LogWriter};
use self::otlp::Exporter;
use crate::config::Settings;

/// What runs beside a server so that its log is written, and its spans reach the collector if one is configured.
pub struct Telemetry {
    exporter: Option<Exporter>,
    log: LogWriter,
}

/// Logs or traces cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    #[error(transparent)]
    Logs(#[from] LogError),
    #[error("traces cannot be sent to CAPI_OTLP_ENDPOINT: {0}")]
    Traces(reqwest::Error),
}

impl Telemetry {
    /// Starts logs and traces for the rest of the process. The second call fails.
    pub fn start(settings: &Settings) -> Result<Self, TelemetryError> {
        let Some(traces) = &settings.traces else {
            return Ok(Telemetry { exporter: None, log: logs::init(&settings.logs, None)? });
        };
        let (queue, exporter) = Exporter::open(traces, &settings.stack).map_err(TelemetryError::Traces)?;
        let log = logs::init(&settings.logs, Some(traces::tracer(traces.ratio, queue)))?;
        traces::switch_on();
        Ok(Telemetry { exporter: Some(exporter), log })
    }

    /// Sends spans while `work` goes on, and the last ones after it, when the rest of the log is written too.
    pub async fn during<T>(self, work: impl Future<Output = T>) -> T {
        let stop = CancellationToken::new();
        let exporting = self.exporter.map(|exporter| tokio::spawn(exporter.run(stop.clone())));
        let done = work.await;
        stop.cancel();
        if let Some(exporting) = exporting {
            // If it panicked, spans are lost and nothing else.
            let _ = exporting.await;
        }
        drop(self.log);
        done
    }
}
