//! Lines of a JSON log that are collected in memory and written together, because writing each one would cost more than what
//! it is about. A process that is killed loses those of the last [`INTERVAL`].

use std::fmt::{self, Display, Formatter};
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::domain::clock::SystemClock;
use crate::domain::{Clock, Timestamp};

/// How long lines are collected.
const INTERVAL: Duration = Duration::from_millis(20);
/// The most bytes of collected lines. While nobody reads the log, further ones are refused.
const MAX_BYTES: usize = 4 << 20;

/// The thread that writes the lines, which ends when this is dropped.
pub(super) struct LineWriter {
    lines: Lines,
    thread: Option<JoinHandle<()>>,
}

impl LineWriter {
    /// Fails if there can be no such thread. `name` is its name.
    pub(super) fn start(name: &str, mut output: impl Write + Send + 'static) -> io::Result<Self> {
        let lines = Lines::default();
        let writing = lines.clone();
        let thread = thread::Builder::new().name(name.to_owned());
        let thread = thread.spawn(move || writing.write_to(&mut output))?;
        Ok(LineWriter { lines, thread: Some(thread) })
    }

    pub(super) fn lines(&self) -> &Lines {
        &self.lines
    }
}

impl Drop for LineWriter {
    fn drop(&mut self) {
        self.lines.lock().is_ending = true;
        self.lines.0.more.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The lines that are collected.
#[derive(Clone, Default)]
pub(super) struct Lines(Arc<Collected>);

#[derive(Default)]
struct Collected {
    pending: Mutex<Pending>,
    more: Condvar,
}

#[derive(Default)]
struct Pending {
    bytes: Vec<u8>,
    /// Lines for which there was no room, and which nobody wrote otherwise.
    dropped: u64,
    /// The latest second and its text, because making it costs more than the rest of a line.
    second: (u64, String),
    is_ending: bool,
}

/// The time of a line.
pub(super) struct LineTime<'a> {
    second: &'a str,
    millis: u64,
}

impl Display for LineTime<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}Z", self.second, self.millis)
    }
}

/// There is no room for a line, or nobody to write it any more.
pub(super) struct NotCollected;

impl Lines {
    /// Adds what `append` writes, whole lines, which nothing else comes between.
    pub(super) fn add(
        &self,
        append: impl FnOnce(&mut Vec<u8>, LineTime<'_>) -> io::Result<()>,
    ) -> Result<(), NotCollected> {
        let now = SystemClock.now();
        let mut pending = self.lock();
        if pending.bytes.len() > MAX_BYTES || pending.is_ending {
            return Err(NotCollected);
        }
        let was_empty = pending.bytes.is_empty();
        let Pending { bytes, second, .. } = &mut *pending;
        // Memory takes whatever is written to it.
        let _ = append(bytes, time(second, now));
        drop(pending);
        if was_empty {
            self.0.more.notify_one();
        }
        Ok(())
    }

    /// Counts a line that was not collected, and is lost.
    pub(super) fn dropped(&self) {
        self.lock().dropped += 1;
    }

    fn lock(&self) -> MutexGuard<'_, Pending> {
        self.0.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_to(&self, output: &mut impl Write) {
        let mut written = Vec::new();
        loop {
            let (dropped, is_ending) = {
                let is_idle = |pending: &mut Pending| pending.bytes.is_empty() && !pending.is_ending;
                let pending = self.0.more.wait_while(self.lock(), is_idle);
                let mut pending = pending.unwrap_or_else(PoisonError::into_inner);
                std::mem::swap(&mut pending.bytes, &mut written);
                (std::mem::take(&mut pending.dropped), pending.is_ending)
            };
            // Whoever should read the log may be gone.
            let _ = output.write_all(&written).and_then(|()| output.flush());
            written.clear();
            if dropped > 0 {
                tracing::warn!(
                    dropped,
                    "nobody reads the log fast enough; lines of the access log were dropped"
                );
            }
            if is_ending {
                return;
            }
            thread::sleep(INTERVAL);
        }
    }
}

fn time(second: &mut (u64, String), now: Timestamp) -> LineTime<'_> {
    if second.0 != now.seconds() {
        let text = Timestamp::from_seconds(now.seconds()).to_string();
        *second = (now.seconds(), text.trim_end_matches(".000Z").to_owned());
    }
    LineTime { second: &second.1, millis: now.0 % 1000 }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// What has been written.
    #[derive(Clone, Default)]
    pub(crate) struct Output(Arc<Mutex<Vec<u8>>>);

    impl Write for Output {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Output {
        pub(crate) fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    fn add(lines: &Lines, line: &str) -> bool {
        lines.add(|bytes, _| writeln!(bytes, "{line}")).is_ok()
    }

    #[test]
    fn lines_are_written_in_order_and_the_last_ones_at_the_end() {
        let output = Output::default();
        let writer = LineWriter::start("lines", output.clone()).unwrap();
        let lines = writer.lines().clone();
        assert!(["first", "second", "last"].into_iter().all(|line| add(&lines, line)));
        drop(writer);
        assert_eq!(output.text(), "first\nsecond\nlast\n");
        assert!(!add(&lines, "too late"));
    }

    #[test]
    fn what_nobody_reads_does_not_fill_the_memory() {
        let lines = Lines::default();
        let line = "x".repeat(1 << 20);
        let added = (0..10).filter(|_| add(&lines, &line)).count();
        assert!((4..=5).contains(&added), "{added}");
        assert!(lines.lock().bytes.len() < MAX_BYTES + (2 << 20));
    }

    #[test]
    fn a_line_has_its_time() {
        let mut second = (0, String::new());
        for (now, text) in [(1_000, "1970-01-01T00:00:01.000Z"), (1_007, "1970-01-01T00:00:01.007Z")] {
            assert_eq!(time(&mut second, Timestamp(now)).to_string(), text);
        }
    }
}
