//! A whole market in one thread: replicas, chain, stores, and the people outside, under a clock that only moves when
//! nobody has anything to do.

use std::cell::RefCell;
use std::fmt::Display;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use capi::domain::{Address, Clock, Hash, Timestamp};
use capi::service::Context;
use futures_util::FutureExt;
use tokio::time::{Instant, sleep, timeout};

use super::chance::Chance;
use super::executor::Spawner;
use super::faults::Faults;
use super::ledger::Ledger;
use super::model_chain::{Act, Chain, QUIET, Tx};
use super::model_store::Memory;
use super::plan::Plan;
use super::replica::Replica;

/// The account of the server.
pub const BACKEND: Address = Address::new([0xba; 20]);
/// When every run begins: 13 November 2033.
const BEGIN: Timestamp = Timestamp::from_seconds(2_015_500_000);
/// Bytes of a piece of a download.
const PIECE: usize = 256;

/// The run's time and chance.
pub struct SimulatedClock {
    started: Instant,
    chance: Arc<Chance>,
}

impl SimulatedClock {
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        BEGIN.after(self.elapsed())
    }

    fn random(&self) -> [u8; 16] {
        self.chance.bytes(16).try_into().unwrap()
    }
}

/// Everything a run consists of.
pub struct World {
    pub plan: Plan,
    pub chance: Arc<Chance>,
    pub faults: Arc<Faults>,
    pub clock: Arc<SimulatedClock>,
    pub chain: Arc<Mutex<Chain>>,
    pub memory: Arc<Memory>,
    pub spawner: Spawner,
    pub ledger: RefCell<Ledger>,
    pub replicas: RefCell<Vec<Option<Replica>>>,
    /// People who have not finished yet.
    pub busy: RefCell<usize>,
}

impl World {
    /// Needs a Tokio runtime whose clock is paused.
    pub fn new(plan: Plan, chance: Arc<Chance>) -> Rc<World> {
        let clock = Arc::new(SimulatedClock { started: Instant::now(), chance: chance.clone() });
        Rc::new(World {
            faults: Arc::new(Faults::new(chance.clone(), plan.faults.clone())),
            chain: Arc::new(Mutex::new(Chain::new(BACKEND, clock.now().seconds()))),
            memory: Memory::new(clock.clone(), PIECE),
            spawner: Spawner::default(),
            ledger: RefCell::default(),
            replicas: RefCell::new((0..plan.replicas).map(|_| None).collect()),
            busy: RefCell::new(0),
            plan,
            chance,
            clock,
        })
    }

    /// Notes that `what`, which must hold, does not.
    pub fn violation(&self, what: &str, how: impl Display) {
        let text = format!("{what}: {how}");
        tracing::error!(text, "VIOLATION");
        self.ledger.borrow_mut().violations.push(text);
    }

    /// Counts `work` among what has to end before the run may settle.
    pub fn employ(self: &Rc<Self>, work: impl Future<Output = ()> + 'static) {
        *self.busy.borrow_mut() += 1;
        let world = self.clone();
        self.spawner.outside(async move {
            work.await;
            *world.busy.borrow_mut() -= 1;
        });
    }

    pub async fn pause(&self, from: u64, to: u64) {
        sleep(Duration::from_millis(self.chance.between(from * 1000, to * 1000))).await;
    }

    /// How long the client of a request stays, when it does not wait for the answer.
    fn impatience(&self) -> Option<Duration> {
        let leaves = self.faults.strikes(self.plan.faults.disconnect);
        leaves.then(|| Duration::from_millis(self.chance.between(0, 6_000)))
    }

    /// Has a random replica do something; `None` when none runs, or the connection broke. A request whose client goes
    /// away is dropped wherever it is.
    pub async fn request<T, W>(&self, work: impl FnOnce(Arc<Context>) -> W) -> Option<T>
    where
        T: 'static,
        W: Future<Output = T> + 'static,
    {
        let running: Vec<usize> = {
            let replicas = self.replicas.borrow();
            (0..replicas.len()).filter(|number| replicas[*number].is_some()).collect()
        };
        let (answer, waiting) = tokio::sync::oneshot::channel();
        {
            let number = *self.chance.pick(&running)?;
            let replicas = self.replicas.borrow();
            let replica = replicas[number].as_ref()?;
            let (work, impatience) = (work(replica.context.clone()), self.impatience());
            self.spawner.inside(&replica.process, async move {
                // A request that panics breaks its connection.
                let work = AssertUnwindSafe(work).catch_unwind();
                let done = match impatience {
                    Some(moment) => timeout(moment, work).await.ok(),
                    None => Some(work.await),
                };
                if let Some(Ok(done)) = done {
                    let _ = answer.send(done);
                }
            });
        }
        waiting.await.ok()
    }
}

/// Mines blocks for as long as the run lasts, with what chance adds to that.
pub async fn mine(world: Rc<World>) {
    let mut spike_ends = Instant::now();
    loop {
        let seconds = world.plan.block_seconds;
        world.pause(1, 2 * seconds).await;
        if world.faults.strikes(world.plan.halt) {
            tracing::info!("FAULT: no blocks for a while");
            world.pause(60, 1200).await;
        }
        let now = world.clock.now().seconds();
        let mut chain = world.chain.lock().unwrap();
        if Instant::now() > spike_ends {
            chain.floor = QUIET;
        }
        if world.faults.strikes(world.plan.spike) {
            let duration = Duration::from_secs(world.chance.between(30, 900));
            spike_ends = Instant::now() + duration;
            chain.floor = QUIET * world.chance.between(2, 40);
            tracing::info!(floor = chain.floor, ?duration, "FAULT: fees rise");
        }
        if world.faults.strikes(world.plan.forget) {
            let rarity = world.chance.between(1, 3);
            tracing::info!(rarity, "FAULT: the mempool is forgotten");
            chain.forget(BACKEND, rarity, &world.chance);
        }
        if world.faults.strikes(world.plan.second_process) {
            let nonce = chain.market().nonce(BACKEND) + world.chance.below(2);
            let max_fee = world.chance.between(1, 20) * chain.floor;
            let call = capi::domain::Call::Nothing { account: BACKEND };
            tracing::info!(nonce, "FAULT: a second process uses the key");
            chain.add(Tx { from: BACKEND, nonce, max_fee, act: Act::Backend(call) });
        }
        match depth_of_fork(&world, &chain) {
            Some(depth) => {
                chain.reorganise(depth as usize, &world.chance, now);
                tracing::info!(depth, head = chain.head().block.number, "FAULT: reorganisation");
            }
            None => chain.mine(&world.chance, now),
        }
        trace_block(&chain);
        drop(chain);
        super::invariants::after_block(&world);
    }
}

/// How many blocks a reorganisation replaces now, if there is one.
fn depth_of_fork(world: &World, chain: &Chain) -> Option<u64> {
    let deepest = world.plan.confirmations.min(chain.path.len() as u64 - 1);
    if deepest == 0 {
        return None;
    }
    let brink = chain.at(&chain.path, chain.path.len() as u64 - deepest)?;
    let counts = |tx: &Tx| tx.from == BACKEND || !world.plan.brink_of_server;
    if brink.included.iter().any(|included| counts(&included.tx)) && world.faults.strikes(world.plan.brink) {
        return Some(deepest);
    }
    world.faults.strikes(world.plan.reorganisation).then(|| world.chance.between(1, deepest))
}

fn trace_block(chain: &Chain) {
    let head = chain.head();
    let what: Vec<String> = head
        .included
        .iter()
        .map(|included| {
            let outcome = included.refused.map_or("ok".to_owned(), |refusal| format!("{refusal:?}"));
            format!("{} #{} {:?}: {outcome}", included.tx.from, included.tx.nonce, included.tx.act)
        })
        .collect();
    tracing::debug!(number = head.block.number, hash = %head.block.hash, ?what, "block");
}

/// Asks for the state of the canonical chain.
pub fn on_chain<T>(world: &World, ask: impl FnOnce(&Chain) -> T) -> T {
    ask(&world.chain.lock().unwrap())
}

/// The listings that are listed now, with the size of the file that their data hash names.
pub fn on_sale(world: &World) -> Vec<(Hash, u64)> {
    let ledger = world.ledger.borrow();
    on_chain(world, |chain| {
        let market = chain.market();
        let size = |listing: &Hash| {
            let content = ledger.contents.get(market.data.get(listing)?)?;
            Some((*listing, content.len() as u64))
        };
        market.listed.keys().filter_map(size).collect()
    })
}
