//! The access log: one line for each request, or for a sample of them.
//!
//! On a terminal, the lines are ordinary events. In JSON, where there may be many, they are written together.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tracing::Level;

use super::lines::{LineTime, LineWriter};
use crate::config::{AccessLogLevel, AccessLogSettings};

/// Names these lines in a filter of the log.
const TARGET: &str = "capi::access";
/// Server errors are logged whether they are in the sample or not.
const FIRST_SERVER_ERROR: u16 = 500;
pub struct AccessLog {
    settings: AccessLogSettings,
    requests: AtomicU64,
    /// Where the log is JSON and shows the lines.
    lines: Option<LineWriter>,
}

/// A request that was answered.
pub struct Answered<'a> {
    pub id: &'a str,
    pub method: &'a str,
    pub path: &'a str,
    pub status: u16,
    /// Until the response's head.
    pub took: Duration,
}

impl AccessLog {
    /// Fails if there can be no thread that writes the lines.
    pub fn new(settings: AccessLogSettings, json: bool) -> io::Result<Self> {
        let mut log = AccessLog { settings, requests: AtomicU64::new(0), lines: None };
        if json && log.level().is_some() {
            log.lines = Some(LineWriter::start("access-log", io::stdout())?);
        }
        Ok(log)
    }

    /// The level of the lines, if there are any.
    fn level(&self) -> Option<Level> {
        match self.settings.level {
            AccessLogLevel::Off => None,
            AccessLogLevel::Debug => tracing::enabled!(target: TARGET, Level::DEBUG).then_some(Level::DEBUG),
            AccessLogLevel::Info => tracing::enabled!(target: TARGET, Level::INFO).then_some(Level::INFO),
        }
    }

    pub fn answered(&self, request: &Answered<'_>) {
        let Some(level) = self.level() else { return };
        let every = self.settings.every;
        let number = if every > 1 { self.requests.fetch_add(1, Ordering::Relaxed) } else { 0 };
        if !number.is_multiple_of(every) && request.status < FIRST_SERVER_ERROR {
            return;
        }
        match &self.lines {
            Some(writer) => {
                let lines = writer.lines();
                if lines.add(|line, time| append(line, time, level, request)).is_err() {
                    lines.dropped();
                }
            }
            None => event(level, request),
        }
    }
}

fn event(level: Level, Answered { id, method, path, status, took }: &Answered<'_>) {
    let duration_ms = took.as_micros() as f64 / 1000.0;
    macro_rules! event {
        ($level:expr) => {
            tracing::event!(
                target: TARGET,
                parent: None,
                $level,
                { request.id = id, http.method = method, http.path = path, http.status = status, duration_ms },
                "answered"
            )
        };
    }
    if level == Level::INFO { event!(Level::INFO) } else { event!(Level::DEBUG) }
}

/// One line.
fn append(
    line: &mut Vec<u8>,
    time: LineTime<'_>,
    level: Level,
    Answered { id, method, path, status, took }: &Answered<'_>,
) -> io::Result<()> {
    write!(line, r#"{{"timestamp":"{time}","level":"{level}","message":"answered","#)?;
    write!(line, r#""http.method":"{method}","http.status":{status},"target":"{TARGET}","http.path":"#)?;
    serde_json::to_writer(&mut *line, path)?;
    write!(line, r#","request.id":"#)?;
    serde_json::to_writer(&mut *line, id)?;
    let took = took.as_micros();
    writeln!(line, r#","duration_ms":{}.{:03}}}"#, took / 1000, took % 1000)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value, json};
    use tracing::level_filters::LevelFilter;
    use tracing::{Event, Subscriber};
    use tracing_subscriber::Layer;
    use tracing_subscriber::layer::{Context, SubscriberExt};

    use super::super::lines::tests::Output;
    use super::*;
    use crate::domain::clock::SystemClock;
    use crate::domain::{Clock, Timestamp};

    #[derive(Clone, Default)]
    struct Events(Arc<AtomicU64>);

    impl<S: Subscriber> Layer<S> for Events {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            assert_eq!(event.metadata().target(), TARGET);
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn answered(path: &str, status: u16) -> Answered<'_> {
        Answered { id: "id", method: "GET", path, status, took: Duration::from_micros(1_002) }
    }

    /// How many lines requests with these statuses leave while the log has this filter.
    fn logged(filter: LevelFilter, level: AccessLogLevel, every: u64, statuses: &[u16]) -> u64 {
        let events = Events::default();
        let log = AccessLog::new(AccessLogSettings { level, every }, false).unwrap();
        let subscriber = tracing_subscriber::registry().with(events.clone().with_filter(filter));
        tracing::subscriber::with_default(subscriber, || {
            statuses.iter().for_each(|status| log.answered(&answered("/", *status)));
        });
        events.0.load(Ordering::Relaxed)
    }

    #[test]
    fn each_request_leaves_a_line_if_both_the_setting_and_the_filter_of_the_log_allow_it() {
        use AccessLogLevel::{Debug, Info, Off};
        for (filter, level, lines) in [
            (LevelFilter::DEBUG, Debug, 3),
            (LevelFilter::INFO, Debug, 0),
            (LevelFilter::INFO, Info, 3),
            (LevelFilter::WARN, Info, 0),
            (LevelFilter::DEBUG, Off, 0),
        ] {
            assert_eq!(logged(filter, level, 1, &[200, 404, 500]), lines, "{filter} {level:?}");
        }
    }

    #[test]
    fn a_sample_leaves_out_no_server_error() {
        let logged =
            |every, statuses: &[u16]| logged(LevelFilter::INFO, AccessLogLevel::Info, every, statuses);
        assert_eq!(logged(3, &[200; 7]), 3);
        assert_eq!(logged(100, &[200, 500, 200, 503, 200]), 3);
    }

    #[test]
    fn a_line_in_json_tells_everything_of_its_request() {
        let output = Output::default();
        let writer = LineWriter::start("access-log", output.clone()).unwrap();
        for path in ["/listings/", "/\"\\\u{1}ü"] {
            let added =
                writer.lines().add(|line, time| append(line, time, Level::INFO, &answered(path, 200)));
            assert!(added.is_ok());
        }
        drop(writer);
        let lines: Vec<Value> =
            output.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines[1]["http.path"], "/\"\\\u{1}ü");
        let mut line = lines[0].clone();
        let time = line.as_object_mut().unwrap().remove("timestamp").unwrap();
        let time = chrono::DateTime::parse_from_rfc3339(time.as_str().unwrap()).unwrap();
        let time = Timestamp(time.timestamp_millis() as u64);
        assert!(SystemClock.now().since(time) < Duration::from_secs(60), "{time}");
        let expected = json!({
            "level": "INFO", "message": "answered", "target": TARGET, "request.id": "id", "http.method": "GET",
            "http.path": "/listings/", "http.status": 200, "duration_ms": 1.002,
        });
        assert_eq!(line, expected);
    }
}
