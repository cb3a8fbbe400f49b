//! A running server: the real use cases, follower and state machines on simulated surroundings. Only the loops that
//! decide when to look again are written anew, because the real ones belong to Tokio's scheduler.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use capi::chain::Reader;
use capi::domain::{Amount, Clock, Timestamp};
use capi::service::events::Feeds;
use capi::service::follow::Following;
use capi::service::index::{Identity, Index};
use capi::service::observe::Observed;
use capi::service::read_model::ReadModel;
use capi::service::{
    Aside, AsidePolicy, BurntNonces, Context, Disk, Figures, Policy, Previewers, SenderPolicy, ServerKey,
    TokenPolicy, Watches, transactions, uploads, watches, work,
};
use capi::store::queue::Queue;
use redb::Database;
use redb::backends::InMemoryBackend;
use secrecy::SecretString;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};
use tokio_util::task::TaskTracker;

use super::executor::Spawner;
use super::faults::Process;
use super::faulty_store::Stores;
use super::model_chain::Node;
use super::no_figures::NoFigures;
use super::world::{BACKEND, SimulatedClock, World};

const LEASE: Duration = Duration::from_secs(30);
const WORKERS: usize = 16;
const POLL: Duration = Duration::from_secs(5);
/// The longest pause between two looks at a queue.
const IDLE: Duration = Duration::from_secs(4);
const SWEEP: Duration = Duration::from_secs(60);

/// A process and the context that its use cases work with.
pub struct Replica {
    pub process: Arc<Process>,
    pub context: Arc<Context>,
}

/// Keeps a replica running: whenever it dies, another begins on the same stores, now and then with an empty index.
pub async fn keep_running(world: Rc<World>, number: usize) {
    let mut index = new_database();
    for life in 0.. {
        let process = Process::new(format!("replica {number}.{life}"), world.faults.clone());
        let context = context(&world, &process, index.clone());
        start(&world.spawner, &world.clock, &process, &context);
        world.replicas.borrow_mut()[number] = Some(Replica { process: process.clone(), context });
        process.died.notified().await;
        world.replicas.borrow_mut()[number] = None;
        world.pause(0, 45).await;
        if world.chance.one_in(3) {
            index = new_database();
        }
    }
}

/// An index in memory.
pub fn new_database() -> Arc<Database> {
    Arc::new(Database::builder().create_with_backend(InMemoryBackend::new()).unwrap())
}

/// Opens an index of the simulated market.
pub fn open_index(database: Arc<Database>, reader: &dyn Reader) -> Index {
    let identity = Identity { chain_id: 1, genesis_block: 0, contracts: reader.contracts() };
    Index::on(database, &identity).unwrap()
}

/// The clock of a process, which may be ahead.
struct ClockAhead {
    clock: Arc<SimulatedClock>,
    ahead: Duration,
}

impl Clock for ClockAhead {
    fn now(&self) -> Timestamp {
        self.clock.now().after(self.ahead)
    }

    fn random(&self) -> [u8; 16] {
        self.clock.random()
    }
}

/// What the use cases of a process work with.
pub fn context(world: &World, process: &Arc<Process>, database: Arc<Database>) -> Arc<Context> {
    let stores = Arc::new(Stores { memory: world.memory.clone(), process: process.clone() });
    let node = Node::new(world.chain.clone(), process.clone(), BACKEND);
    let clock: Arc<dyn Clock> = Arc::new(ClockAhead { clock: world.clock.clone(), ahead: process.ahead });
    let queue = |name| Queue {
        state: stores.clone(),
        clock: clock.clone(),
        name,
        lease: LEASE,
        added: Arc::default(),
    };
    let index = Arc::new(open_index(database, &*node));
    Arc::new(Context {
        listings: stores.clone(),
        state: stores.clone(),
        objects: stores.clone(),
        figures: Figures::new(Arc::new(NoFigures)),
        read_model: Arc::new(ReadModel::in_memory(index.clone()).unwrap()),
        index,
        feeds: Feeds::default(),
        chain: node.clone(),
        sender: node,
        observed: Observed::default(),
        policy: policy(world),
        key: ServerKey::default(),
        burnt_nonces: BurntNonces::default(),
        watches: Watches::default(),
        wake_watches: Notify::default(),
        previewers: Previewers::default(),
        aside: Aside::default(),
        disk: Disk::new(Vec::new(), 0),
        process: process.name.clone(),
        jobs: queue("jobs"),
        transactions: queue("transactions"),
        development: None,
        background: TaskTracker::new(),
        runtime: tokio::runtime::Handle::current(),
        clock,
    })
}

fn policy(world: &World) -> Policy {
    Policy {
        stack: "simulation".into(),
        dns_name: "market.example".into(),
        chain_id: 1,
        confirmations: world.plan.confirmations,
        large_purchase: world.plan.large_purchase,
        insecure_sign_in: false,
        legacy_login: false,
        anonymous_uploads: world.plan.anonymous_uploads,
        max_upload_bytes: 1 << 20,
        aside: AsidePolicy { files: 8, bytes: 1 << 20, total_bytes: 1 << 20 },
        preview_bytes: None,
        transaction_timeout: Duration::from_secs(600),
        poll: POLL,
        console: false,
        explorer: None,
        sender: SenderPolicy {
            max_fee: Amount::from(world.plan.max_fee),
            max_per_day: Amount::from_ether(1),
            bump_blocks: 6,
        },
        tokens: TokenPolicy {
            key: SecretString::from("0".repeat(64)),
            previous_key: None,
            access_life: Duration::from_secs(3600),
            refresh_life: Duration::from_secs(3600),
        },
    }
}

fn start(spawner: &Spawner, clock: &Arc<SimulatedClock>, process: &Arc<Process>, ctx: &Arc<Context>) {
    spawner.inside(process, follow(ctx.clone()));
    spawner.inside(process, do_jobs(ctx.clone(), spawner.clone(), process.clone()));
    spawner.inside(process, send_transactions(ctx.clone()));
    spawner.inside(process, sweep(ctx.clone()));
    spawner.inside(process, look_for_watched(ctx.clone()));
    tracing::info!(process = process.name, at = ?clock.elapsed(), "starts");
}

async fn follow(ctx: Arc<Context>) {
    let mut following = Following::new(&ctx).unwrap();
    loop {
        if let Err(error) = following.poll(&ctx).await {
            tracing::debug!(process = ctx.process, %error, cause = error.cause(), "cannot follow");
        }
        let _ = timeout(POLL, ctx.index.poll_requested.notified()).await;
    }
}

async fn do_jobs(ctx: Arc<Context>, spawner: Spawner, process: Arc<Process>) {
    let running = Rc::new(Cell::new(0));
    loop {
        let room = WORKERS - running.get();
        let mut leased = Vec::new();
        for record in ctx.state.due(ctx.jobs.name, ctx.now(), room).await.unwrap_or_default() {
            leased.extend(ctx.jobs.lease(&record.key.sort).await.ok().flatten());
        }
        if leased.is_empty() {
            idle(&ctx, &ctx.jobs).await;
        }
        for job in leased {
            running.set(running.get() + 1);
            let (ctx, running) = (ctx.clone(), running.clone());
            spawner.inside(&process, async move {
                let id = job.key.sort.clone();
                let outcome = work::run(&ctx, job).await;
                tracing::debug!(process = ctx.process, id, ?outcome, "job carried on");
                ctx.wake_workers();
                running.set(running.get() - 1);
            });
        }
    }
}

async fn send_transactions(ctx: Arc<Context>) {
    loop {
        let due = ctx.state.due(ctx.transactions.name, ctx.now(), 1).await.unwrap_or_default();
        let mut leased = None;
        if let Some(record) = due.first() {
            leased = ctx.transactions.lease(&record.key.sort).await.ok().flatten();
        }
        let Some(transaction) = leased else {
            idle(&ctx, &ctx.transactions).await;
            continue;
        };
        let id = transaction.key.sort.clone();
        let outcome = transactions::run(&ctx, transaction).await;
        tracing::debug!(process = ctx.process, id, ?outcome, "transaction carried on");
        ctx.wake_workers();
    }
}

async fn idle(ctx: &Context, queue: &Queue) {
    let wait = match ctx.state.next_due(queue.name).await {
        Ok(Some(at)) => at.since(ctx.now()).clamp(Duration::from_millis(5), IDLE),
        Ok(None) | Err(_) => IDLE,
    };
    let _ = timeout(wait, queue.added.notified()).await;
}

async fn sweep(ctx: Arc<Context>) {
    loop {
        let _ = ctx.state.purge(ctx.now(), 1000).await;
        let _ = uploads::sweep(&ctx).await;
        sleep(SWEEP).await;
    }
}

async fn look_for_watched(ctx: Arc<Context>) {
    loop {
        let pause = watches::check_due(&ctx).await;
        sleep(watches::PASS_INTERVAL).await;
        let _ = timeout(pause, ctx.wake_watches.notified()).await;
    }
}
