//! A running server: the real use cases, follower and state machines on a simulated environment. Only the loops that
//! decide when to look again are written anew, because the real ones belong to Tokio's scheduler.

use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use capi::chain::Reader;
use capi::domain::{Amount, Clock, Timestamp};
use capi::service::audit::Audit;
use capi::service::events::Feeds;
use capi::service::follow::Following;
use capi::service::index::{Identity, Index};
use capi::service::jobs::{Class, Wakers};
use capi::service::observe::Observed;
use capi::service::read_model::ReadModel;
use capi::service::transactions::SenderLoop;
use capi::service::uploads::Sweeper;
use capi::service::{
    BudgetState, BurntNonces, Context, Disk, Figures, PaidFiles, PendingUploadLimits, Policy, Previewers,
    SenderPolicy, ServerKey, Strangers, TokenPolicy, Turns, UploadQuota, VerifiedTokens, Watches, watches,
    work,
};
use capi::store::queue::Queue;
use futures_util::FutureExt;
use redb::Database;
use redb::backends::InMemoryBackend;
use secrecy::SecretString;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::executor::Spawner;
use super::faults::Process;
use super::faulty_store::Stores;
use super::model_chain::Node;
use super::no_figures::NoFigures;
use super::world::{BACKEND, SimulatedClock, World};

const LEASE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_secs(5);
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
    let queue = |name| Queue { state: stores.clone(), clock: clock.clone(), name, lease: LEASE };
    let index = Arc::new(open_index(database, &*node));
    Arc::new(Context {
        listings: stores.clone(),
        state: stores.clone(),
        exporter: None,
        objects: stores.clone(),
        figures: Figures::new(Arc::new(NoFigures)),
        read_model: Arc::new(ReadModel::in_memory(index.clone()).unwrap()),
        index,
        feeds: Feeds::default(),
        chain: node.clone(),
        sender: node,
        observed: Observed::default(),
        wakers: Wakers::default(),
        policy: policy(world),
        audit: Audit::new(&process.name),
        budget: BudgetState::default(),
        key: ServerKey::default(),
        burnt_nonces: BurntNonces::default(),
        verified_tokens: VerifiedTokens::default(),
        strangers: Strangers::new(None, &clock),
        watches: Watches::default(),
        wake_watches: Notify::default(),
        previewers: Previewers::default(),
        grant_turns: Turns::default(),
        paid_files: PaidFiles::default(),
        upload_quota: UploadQuota::default(),
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
        checkpoint_interval: None,
        large_purchase: world.plan.large_purchase,
        insecure_sign_in: false,
        legacy_login: false,
        operators: Vec::new(),
        anonymous_uploads: world.plan.anonymous_uploads,
        max_upload_bytes: 1 << 20,
        upload_limits: PendingUploadLimits { files: 8, bytes: 1 << 20, total_bytes: 1 << 20 },
        preview_bytes: None,
        transaction_timeout: Duration::from_secs(600),
        complete_after: Duration::from_secs(world.plan.complete_after),
        poll: POLL,
        max_block_age: None,
        console: false,
        explorer: None,
        sign_ins: None,
        sender: SenderPolicy {
            max_fee: Amount::from(world.plan.max_fee),
            max_per_day: Amount::from_ether(1),
            bump_blocks: 6,
            max_in_flight: world.plan.max_in_flight,
            reserved_percent: 25,
            min_earnings: Amount::ZERO,
            charges_per_buyer: 1_000_000,
        },
        tokens: TokenPolicy {
            key: SecretString::from("0".repeat(64)),
            previous_key: None,
            access_life: Duration::from_secs(3600),
            refresh_life: Duration::from_secs(3600),
            ticket_life: Duration::from_secs(600),
        },
    }
}

fn start(spawner: &Spawner, clock: &Arc<SimulatedClock>, process: &Arc<Process>, ctx: &Arc<Context>) {
    let of_follower = ctx.clone();
    spawner.inside(process, async move {
        supervise(&of_follower, || follow(of_follower.clone())).await;
    });
    for class in Class::ALL {
        let ctx = ctx.clone();
        spawner.inside(process, async move {
            supervise(&ctx, || async { work::run_class(&ctx, class, &CancellationToken::new()).await }).await;
        });
    }
    let of_sender = ctx.clone();
    spawner.inside(process, async move {
        supervise(&of_sender, || async {
            SenderLoop::default().run(&of_sender, &CancellationToken::new()).await;
        })
        .await;
    });
    let of_sweep = ctx.clone();
    spawner.inside(process, async move {
        supervise(&of_sweep, || sweep(of_sweep.clone())).await;
    });
    let of_lookups = ctx.clone();
    spawner.inside(process, async move {
        supervise(&of_lookups, || look_for_watched(of_lookups.clone())).await;
    });
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

/// Starts a part again whenever it panicked.
async fn supervise<F: Future<Output = ()>>(ctx: &Context, run: impl Fn() -> F) {
    loop {
        let ended = AssertUnwindSafe(async { run().await }).catch_unwind().await;
        tracing::debug!(process = ctx.process, panicked = ended.is_err(), "a part ended");
        sleep(Duration::from_secs(1)).await;
    }
}

async fn sweep(ctx: Arc<Context>) {
    let mut files = Sweeper::default();
    loop {
        let _ = ctx.state.purge(ctx.now(), 1000).await;
        let _ = files.sweep(&ctx).await;
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
