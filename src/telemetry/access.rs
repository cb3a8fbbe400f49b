//! The access log: one line for each request, or for a sample of them.
//!
//! On a terminal, the lines are ordinary events. In JSON, where there may be many, they are collected in memory and written
//! together, because writing each one would cost more than answering its request. A process that is killed loses those of
//! the last [`INTERVAL`].

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tracing::Level;

use crate::config::{AccessLogLevel, AccessLogSettings};
use crate::domain::clock::SystemClock;
use crate::domain::{Clock, Timestamp};

/// Names these lines in a filter of the log.
const TARGET: &str = "capi::access";
/// Server errors are logged whether they are in the sample or not.
const FIRST_SERVER_ERROR: u16 = 500;
/// How long lines are collected.
const INTERVAL: Duration = Duration::from_millis(20);
/// The most bytes of collected lines. While nobody reads the log, further ones are dropped.
const MAX_BYTES: usize = 4 << 20;

pub struct AccessLog {
    settings: AccessLogSettings,
    requests: AtomicU64,
    /// Where the log is JSON and shows the lines.
    lines: Option<Lines>,
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
            log.lines = Some(Lines::start(io::stdout())?);
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
            Some(lines) => lines.collected.add(level, request),
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

/// The lines of a JSON log, and the thread that writes them, which ends when this is dropped.
struct Lines {
    collected: Arc<Collected>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Collected {
    pending: Mutex<Pending>,
    more: Condvar,
}

#[derive(Default)]
struct Pending {
    bytes: Vec<u8>,
    /// Lines for which there was no room.
    dropped: u64,
    /// The latest second and its text, because making it costs more than the rest of a line.
    second: (u64, String),
    is_ending: bool,
}

impl Lines {
    fn start(mut output: impl Write + Send + 'static) -> io::Result<Self> {
        let collected = Arc::<Collected>::default();
        let writing = collected.clone();
        let thread = thread::Builder::new().name("access-log".to_owned());
        let thread = thread.spawn(move || writing.write_to(&mut output))?;
        Ok(Lines { collected, thread: Some(thread) })
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.collected.lock().is_ending = true;
        self.collected.more.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Collected {
    fn lock(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, level: Level, request: &Answered<'_>) {
        let now = SystemClock.now();
        let mut pending = self.lock();
        if pending.bytes.len() > MAX_BYTES {
            pending.dropped += 1;
            return;
        }
        let was_empty = pending.bytes.is_empty();
        // Memory takes whatever is written to it.
        let _ = pending.append(level, now, request);
        drop(pending);
        if was_empty {
            self.more.notify_one();
        }
    }

    fn write_to(&self, output: &mut impl Write) {
        let mut written = Vec::new();
        loop {
            let (dropped, is_ending) = {
                let is_idle = |pending: &mut Pending| pending.bytes.is_empty() && !pending.is_ending;
                let pending = self.more.wait_while(self.lock(), is_idle);
                let mut pending = pending.unwrap_or_else(PoisonError::into_inner);
                std::mem::swap(&mut pending.bytes, &mut written);
                (std::mem::take(&mut pending.dropped), pending.is_ending)
            };
            // Whoever should read the log may be gone.
            let _ = output.write_all(&written).and_then(|()| output.flush());
            written.clear();
            if dropped > 0 {
                tracing::warn!(dropped, "nobody reads the access log fast enough; lines were dropped");
            }
            if is_ending {
                return;
            }
            thread::sleep(INTERVAL);
        }
    }
}

impl Pending {
    fn append(
        &mut self,
        level: Level,
        now: Timestamp,
        Answered { id, method, path, status, took }: &Answered<'_>,
    ) -> io::Result<()> {
        if self.second.0 != now.seconds() {
            let text = Timestamp::from_seconds(now.seconds()).to_string();
            self.second = (now.seconds(), text.trim_end_matches(".000Z").to_owned());
        }
        let (line, second, millis) = (&mut self.bytes, &self.second.1, now.0 % 1000);
        write!(line, r#"{{"timestamp":"{second}.{millis:03}Z","level":"{level}","message":"answered","#)?;
        write!(line, r#""http.method":"{method}","http.status":{status},"target":"{TARGET}","http.path":"#)?;
        serde_json::to_writer(&mut *line, path)?;
        write!(line, r#","request.id":"#)?;
        serde_json::to_writer(&mut *line, id)?;
        let took = took.as_micros();
        writeln!(line, r#","duration_ms":{}.{:03}}}"#, took / 1000, took % 1000)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tracing::level_filters::LevelFilter;
    use tracing::{Event, Subscriber};
    use tracing_subscriber::Layer;
    use tracing_subscriber::layer::{Context, SubscriberExt};

    use super::*;

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

    #[derive(Clone, Default)]
    struct Output(Arc<Mutex<Vec<u8>>>);

    impl Write for Output {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn lines(output: &Output) -> Vec<Value> {
        let text = String::from_utf8(output.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn collected_lines_are_written_in_order_and_the_last_ones_at_the_end() {
        let output = Output::default();
        let log = Lines::start(output.clone()).unwrap();
        for path in ["/listings/", "/\"\\\u{1}ü", "/last"] {
            log.collected.add(Level::INFO, &answered(path, 200));
        }
        drop(log);
        let lines = lines(&output);
        let paths: Vec<&str> = lines.iter().map(|line| line["http.path"].as_str().unwrap()).collect();
        assert_eq!(paths, ["/listings/", "/\"\\\u{1}ü", "/last"]);
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

    #[test]
    fn what_nobody_reads_is_dropped() {
        let collected = Collected::default();
        let path = "x".repeat(1 << 20);
        for _ in 0..10 {
            collected.add(Level::INFO, &answered(&path, 200));
        }
        let pending = collected.lock();
        assert!(pending.bytes.len() < MAX_BYTES + (2 << 20) && pending.dropped > 0);
    }
}
