//! Which faults occur, and when: every important step asks here before and after it runs.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until};

use super::chance::Chance;
use super::executor::breathe;

/// For how long a process may stand still.
pub const MAX_PAUSE: Duration = Duration::from_secs(400);

/// How often each kind of fault occurs: once in this many occasions; 0 means never.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// A process dies before or after a step.
    pub crash: u64,
    /// A step of the server's code panics.
    pub panic: u64,
    /// Nodes say for minutes at a time that the contract refuses completions.
    pub completion_refused: bool,
    /// A process stands still for minutes.
    pub pause: u64,
    /// A step takes up to some seconds.
    pub delay: u64,
    /// A store fails before or after it did what it was asked.
    pub store_lost: u64,
    /// The store reports a conflict that did not happen.
    pub conflict: u64,
    /// The store's list of what is due is some seconds old.
    pub stale_due: u64,
    /// The node's answer, or the question, is lost.
    pub node_lost: u64,
    /// The node refuses a transaction for reasons of its own, or names fees of long ago.
    pub refusal: u64,
    /// A transaction reaches the node minutes after it was sent, or a second time.
    pub late_send: u64,
    /// The node is behind others, for a while or for one answer.
    pub lag: u64,
    /// Blocks that it may be behind.
    pub lag_blocks: u64,
    /// The node gives a wrong response: a receipt or logs of a block that is no longer canonical, or headers that do
    /// not follow each other.
    pub lie: u64,
    /// Seconds that a receipt may be missing after its block.
    pub receipt_lag: u64,
    /// A client goes away before its answer is complete.
    pub disconnect: u64,
    /// Seconds that the clock of a process may be ahead.
    pub skew: u64,
}

/// The faults of a run, all off once it is to settle.
pub struct Faults {
    pub chance: Arc<Chance>,
    pub profile: Profile,
    active: AtomicBool,
    struck: AtomicU64,
}

impl Faults {
    pub fn new(chance: Arc<Chance>, profile: Profile) -> Self {
        Faults { chance, profile, active: AtomicBool::new(true), struck: AtomicU64::new(0) }
    }

    pub fn stop(&self) {
        self.active.store(false, Ordering::Relaxed);
    }

    pub fn are_active(&self) -> bool {
        self.active.load(Ordering::Relaxed)
    }

    /// How many faults there were.
    pub fn struck(&self) -> u64 {
        self.struck.load(Ordering::Relaxed)
    }

    /// Whether a fault of this rarity strikes now.
    pub fn strikes(&self, rarity: u64) -> bool {
        let strikes = self.active.load(Ordering::Relaxed) && self.chance.one_in(rarity);
        if strikes {
            self.struck.fetch_add(1, Ordering::Relaxed);
        }
        strikes
    }
}

/// A running server, as its surroundings see it.
pub struct Process {
    pub name: String,
    pub faults: Arc<Faults>,
    /// How far its clock is ahead.
    pub ahead: Duration,
    dead: AtomicBool,
    /// Told once it died.
    pub died: Notify,
    paused_until: Mutex<Option<Instant>>,
    /// How often each thing was asked of stores and nodes.
    asked: Mutex<BTreeMap<String, u64>>,
}

impl Process {
    pub fn new(name: String, faults: Arc<Faults>) -> Arc<Self> {
        let ahead = Duration::from_secs(faults.chance.between(0, faults.profile.skew));
        Process::with_clock(name, faults, ahead)
    }

    /// A process whose clock is so far ahead.
    pub fn with_clock(name: String, faults: Arc<Faults>, ahead: Duration) -> Arc<Self> {
        let (dead, died) = (AtomicBool::new(false), Notify::new());
        Arc::new(Process {
            name,
            faults,
            ahead,
            dead,
            died,
            paused_until: Mutex::new(None),
            asked: Mutex::default(),
        })
    }

    pub fn asked(&self) -> BTreeMap<String, u64> {
        self.asked.lock().unwrap().clone()
    }

    pub fn is_dead(&self) -> bool {
        self.dead.load(Ordering::Relaxed)
    }

    pub fn kill(&self) {
        if !self.dead.swap(true, Ordering::Relaxed) {
            self.died.notify_one();
        }
    }

    /// A moment before or after something happens. A dead process never gets beyond it.
    pub async fn moment(&self, what: &str) {
        let faults = &self.faults;
        if faults.strikes(faults.profile.crash) && !self.is_dead() {
            tracing::info!(process = self.name, what, "FAULT: crash");
            self.kill();
        }
        if self.is_dead() {
            return pending().await;
        }
        if faults.strikes(faults.profile.panic) {
            tracing::info!(process = self.name, what, "FAULT: panic");
            // Without the hook, which would write a trace.
            std::panic::resume_unwind(Box::new(format!("simulated in {what}")));
        }
        if faults.strikes(faults.profile.pause) {
            let pause = Duration::from_secs(faults.chance.between(20, MAX_PAUSE.as_secs()));
            tracing::info!(process = self.name, what, ?pause, "FAULT: pause");
            *self.paused_until.lock().unwrap() = Some(Instant::now() + pause);
        }
        if faults.strikes(faults.profile.delay) {
            sleep(Duration::from_millis(faults.chance.between(1, 8_000))).await;
        }
        let paused = *self.paused_until.lock().unwrap();
        if let Some(until) = paused.filter(|until| *until > Instant::now()) {
            sleep_until(until).await;
        }
        if faults.chance.one_in(2) {
            breathe().await;
        }
        if self.is_dead() {
            pending::<()>().await;
        }
    }

    /// A moment at which the connection to what is asked may break: `Err` says when.
    pub async fn ask(&self, what: &str, rarity: u64, when: &str) -> Result<(), String> {
        if when == "before" {
            *self.asked.lock().unwrap().entry(what.to_owned()).or_default() += 1;
        }
        self.moment(what).await;
        if self.faults.strikes(rarity) {
            tracing::info!(process = self.name, what, when, "FAULT: lost");
            return Err(format!("simulated: lost {when} {what}"));
        }
        Ok(())
    }
}
