//! Runs of many seeds on several threads. The environment says which: `CAPI_SIM_SEED=n` tells the story of one seed;
//! `CAPI_SIM_FIRST`, `CAPI_SIM_SEEDS`, `CAPI_SIM_THREADS` and `CAPI_SIM_FAILURES` (stop after this many) define a
//! campaign.

use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::plan::Plan;
use super::runs::{run, told};

/// Seeds of an ordinary test run.
const SEEDS: u64 = 300;
/// How often a campaign says how far it is.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(10);
/// Failing seeds of which the first are told.
const MAX_REPORTED: usize = 5;

/// A number from the environment; nothing where the variable is missing or empty.
fn from_environment(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok().filter(|text| !text.is_empty())?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

/// Seeds being run, in order, each by one thread.
struct Campaign {
    first: u64,
    seeds: u64,
    give_up_after: u64,
    begun: Instant,
    next: AtomicU64,
    failed: Mutex<Vec<(u64, Vec<String>)>>,
    said: Mutex<Instant>,
}

impl Campaign {
    fn from_environment() -> Self {
        let first = from_environment("CAPI_SIM_FIRST").unwrap_or(0);
        Campaign {
            first,
            seeds: from_environment("CAPI_SIM_SEEDS").unwrap_or(SEEDS),
            give_up_after: from_environment("CAPI_SIM_FAILURES").unwrap_or(u64::MAX),
            begun: Instant::now(),
            next: AtomicU64::new(first),
            failed: Mutex::default(),
            said: Mutex::new(Instant::now()),
        }
    }

    /// Runs everything; answers what failed, in order. Every seed before the first of these has been run.
    fn run(&self) -> Vec<(u64, Vec<String>)> {
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
        std::thread::scope(|scope| {
            for _ in 0..from_environment("CAPI_SIM_THREADS").unwrap_or(cores) {
                scope.spawn(|| while self.run_next() {});
            }
        });
        let mut failed = std::mem::take(&mut *self.failed.lock().unwrap());
        failed.sort_unstable();
        failed
    }

    fn run_next(&self) -> bool {
        let enough = self.failed.lock().unwrap().len() as u64 >= self.give_up_after;
        let seed = self.next.fetch_add(1, Ordering::Relaxed);
        if enough || seed >= self.first + self.seeds {
            return false;
        }
        let violations = run(seed, Plan::draw).violations;
        if !violations.is_empty() {
            say(&format!("seed {seed} fails: {}", violations[0]));
            self.failed.lock().unwrap().push((seed, violations));
        }
        self.tell_progress(seed - self.first);
        true
    }

    fn tell_progress(&self, done: u64) {
        let mut said = self.said.lock().unwrap();
        if said.elapsed() < PROGRESS_INTERVAL {
            return;
        }
        *said = Instant::now();
        let (seconds, failed) = (self.begun.elapsed().as_secs_f64(), self.failed.lock().unwrap().len());
        let rate = done as f64 / seconds;
        say(&format!("{done} of {} seeds, {rate:.0} a second, {failed} failed", self.seeds));
    }
}

/// To standard error, past the capture of the test harness.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

#[test]
fn no_seed_breaks_what_must_hold() {
    if let Some(seed) = from_environment("CAPI_SIM_SEED") {
        let violations = told(seed, Plan::draw).violations;
        assert!(violations.is_empty(), "seed {seed}: {violations:#?}");
        return;
    }
    let campaign = Campaign::from_environment();
    let failed = campaign.run();
    let seconds = campaign.begun.elapsed().as_secs_f64();
    let (first, seeds) = (campaign.first, campaign.seeds);
    say(&format!("{seeds} seeds from {first} in {seconds:.1} s, {} failed", failed.len()));
    for (seed, violations) in failed.iter().take(MAX_REPORTED) {
        say(&format!("make sim SEED={seed} tells the story of {violations:#?}"));
    }
    let seeds: Vec<u64> = failed.iter().map(|(seed, _)| *seed).collect();
    assert!(failed.is_empty(), "these seeds failed: {seeds:?}");
}
