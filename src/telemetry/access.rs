//! The access log: one line for each request, or for a sample of them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tracing::Level;

use crate::config::{AccessLogLevel, AccessLogSettings};

/// Names these lines in a filter of the log.
const TARGET: &str = "capi::access";
/// Server errors are logged whether they are in the sample or not.
const FIRST_SERVER_ERROR: u16 = 500;

pub struct AccessLog {
    settings: AccessLogSettings,
    requests: AtomicU64,
}

impl AccessLog {
    pub fn new(settings: AccessLogSettings) -> Self {
        AccessLog { settings, requests: AtomicU64::new(0) }
    }

    /// Whether there are lines at all.
    pub fn is_shown(&self) -> bool {
        match self.settings.level {
            AccessLogLevel::Off => false,
            AccessLogLevel::Debug => tracing::enabled!(target: TARGET, Level::DEBUG),
            AccessLogLevel::Info => tracing::enabled!(target: TARGET, Level::INFO),
        }
    }

    /// A request was answered. Its method, path and id are those of the span that this is called in.
    pub fn answered(&self, status: u16, took: Duration) {
        let AccessLogSettings { level, every } = self.settings;
        let number = if every > 1 { self.requests.fetch_add(1, Ordering::Relaxed) } else { 0 };
        if !number.is_multiple_of(every) && status < FIRST_SERVER_ERROR {
            return;
        }
        let duration_ms = took.as_micros() as f64 / 1000.0;
        match level {
            AccessLogLevel::Off => {}
            AccessLogLevel::Debug => {
                tracing::debug!(target: TARGET, { http.status = status, duration_ms }, "answered");
            }
            AccessLogLevel::Info => {
                tracing::info!(target: TARGET, { http.status = status, duration_ms }, "answered");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tracing::level_filters::LevelFilter;
    use tracing::{Event, Subscriber};
    use tracing_subscriber::Layer;
    use tracing_subscriber::layer::{Context, SubscriberExt};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<AtomicU64>);

    impl<S: Subscriber> Layer<S> for Lines {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            assert_eq!(event.metadata().target(), TARGET);
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn lines(level: AccessLogLevel, every: u64, statuses: &[u16]) -> u64 {
        let lines = Lines::default();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines.clone()), || {
            let log = AccessLog::new(AccessLogSettings { level, every });
            statuses.iter().for_each(|status| log.answered(*status, Duration::from_millis(1)));
        });
        lines.0.load(Ordering::Relaxed)
    }

    #[test]
    fn each_request_leaves_a_line_unless_the_log_is_off() {
        assert_eq!(lines(AccessLogLevel::Info, 1, &[200, 404, 500]), 3);
        assert_eq!(lines(AccessLogLevel::Debug, 1, &[200, 404, 500]), 3);
        assert_eq!(lines(AccessLogLevel::Off, 1, &[200, 404, 500]), 0);
    }

    #[test]
    fn lines_are_shown_if_both_the_setting_and_the_filter_of_the_log_allow_it() {
        let shown = |filter: LevelFilter, level| {
            let lines = tracing_subscriber::registry().with(Lines::default().with_filter(filter));
            tracing::subscriber::with_default(lines, || {
                AccessLog::new(AccessLogSettings { level, every: 1 }).is_shown()
            })
        };
        assert!(
            shown(LevelFilter::DEBUG, AccessLogLevel::Debug)
                && shown(LevelFilter::INFO, AccessLogLevel::Info)
        );
        assert!(!shown(LevelFilter::INFO, AccessLogLevel::Debug));
        assert!(!shown(LevelFilter::DEBUG, AccessLogLevel::Off));
    }

    #[test]
    fn a_sample_leaves_out_no_server_error() {
        assert_eq!(lines(AccessLogLevel::Info, 3, &[200; 7]), 3);
        assert_eq!(lines(AccessLogLevel::Info, 100, &[200, 500, 200, 503, 200]), 3);
    }
}
