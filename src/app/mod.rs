//! Assembles a server: the only place that chooses adapters.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use anyhow::{Context as _, bail};
use bytes::Bytes;
use futures_util::Stream;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::chain::Account;
use crate::client::dev::CHAIN_ID;
use crate::config::{
    AccessSettings, BackupSettings, LOCAL, MetadataStore, ObjectStore, Settings, TokenSettings,
};
use crate::domain::{Clock, Purpose};
use crate::service::audit::Audit;
use crate::service::backup::{
    self, Exporter, Recipient, Restored, Saved, Schedule, Target, Unmined, Vault, Verified,
};
use crate::service::development::Development;
use crate::service::events::Feeds;
use crate::service::index::{Identity, Index, IndexError};
use crate::service::jobs::{Class, Wakers};
use crate::service::observe::Observed;
use crate::service::read_model::ReadModel;
use crate::service::{
    BudgetState, BurntNonces, Context, Disk, Figures, PaidFiles, PendingUploadLimits, Policy, Previewers,
    SenderPolicy, ServerKey, SignInLimits, Strangers, TokenPolicy, Turns, UploadQuota, VerifiedTokens,
    Watches,
};
pub use crate::store::metadata::TableMade;
use crate::store::queue::Queue;
use crate::telemetry::access::AccessLog;
use crate::telemetry::{cloudwatch, metrics};
use crate::{chain, http, jobs, store};

pub mod doctor;
pub mod rebuild;

/// How long a worker may be silent before another takes its job.
const LEASE_DURATION: Duration = Duration::from_secs(30);

/// How long shutdown waits for the threads that still hold the stores.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(10);

/// A server that answers requests and runs jobs.
pub struct Server {
    address: SocketAddr,
    metrics: Option<(SocketAddr, ServerHandle)>,
    cloudwatch: JoinHandle<()>,
    context: Arc<Context>,
    draining: Arc<AtomicBool>,
    http: ServerHandle,
    running: JoinHandle<std::io::Result<()>>,
    stop_jobs: CancellationToken,
    jobs: jobs::Running,
}

impl Server {
    /// Opens the stores, listens, and starts working. Needs a Tokio runtime that lives as long as the server.
    pub async fn start(settings: Settings, clock: Arc<dyn Clock>) -> anyhow::Result<Server> {
        let context = open(&settings, clock).await?;
        Server::run(settings, context)
    }

    /// The same for a development market, with tools for its console.
    pub async fn start_with_tools(
        settings: Settings,
        clock: Arc<dyn Clock>,
        tools: Arc<dyn Development>,
    ) -> anyhow::Result<Server> {
        if settings.stack != LOCAL || settings.chain.chain_id != CHAIN_ID {
            bail!("the tools are only for a development market: stack {LOCAL}, chain {CHAIN_ID}");
        }
        let context = Context { development: Some(tools), ..open(&settings, clock).await? };
        Server::run(settings, context)
    }

    fn run(settings: Settings, context: Context) -> anyhow::Result<Server> {
        let context = Arc::new(context);
        let listen = settings.server.listen;
        let listener = http::listen(listen, settings.server.stall)
            .with_context(|| format!("cannot listen on {listen}"))?;
        let address = listener.local_addr()?;
        let metrics = serve_metrics(settings.server.metrics)?;
        let draining = Arc::new(AtomicBool::new(false));
        let limits = settings.limits.clone();
        let access_log = AccessLog::new(settings.server.access_log, settings.logs.json)?;
        let drain = settings.server.drain;
        let server = http::server(context.clone(), listener, drain, draining.clone(), limits, access_log)?;
        let http = server.handle();
        let stop_jobs = CancellationToken::new();
        let jobs = jobs::start(&context, &stop_jobs);
        let cloudwatch = tokio::spawn(report(&settings, &context, stop_jobs.clone()));
        let running = tokio::spawn(server);
        tracing::info!(%address, stack = settings.stack, account = %context.sender.account(), "serving");
        Ok(Server { address, metrics, cloudwatch, context, draining, http, running, stop_jobs, jobs })
    }

    /// The address in use, which has the actual port if port 0 was requested.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().map(|(address, _)| *address)
    }

    pub fn context(&self) -> &Arc<Context> {
        &self.context
    }

    /// Cancelled once an essential part has stopped for good.
    pub fn failed(&self) -> CancellationToken {
        self.jobs.failed()
    }

    /// Accepts no new work, lets running downloads finish within the drain timeout, and stops jobs between
    /// two steps.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.draining.store(true, Ordering::Relaxed);
        self.http.stop(true).await;
        self.running.await??;
        self.stop_jobs.cancel();
        self.jobs.ended().await;
        self.context.background.close();
        self.context.background.wait().await;
        if let Some((_, metrics)) = self.metrics {
            metrics.stop(true).await;
        }
        self.cloudwatch.await?;
        release(self.context).await;
        tracing::info!("stopped");
        Ok(())
    }
}

/// Closes the stores, which another server may want to open. The request threads release them a moment after the HTTP
/// server has stopped, and other threads once they have ended what was cut off. Whoever releases them last closes them, and
/// that must not be one of those threads.
async fn release(context: Arc<Context>) {
    let in_use = || {
        // The lists hold the index too.
        Arc::strong_count(&context) > 1
            || Arc::strong_count(&context.read_model) > 1
            || Arc::strong_count(&context.index) > 2
    };
    let alone = async {
        while in_use() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    if tokio::time::timeout(RELEASE_TIMEOUT, alone).await.is_err() {
        tracing::warn!("the stores are still in use");
    }
}

/// Writes a backup of what a running server exports as `lines`, and of its files.
pub async fn backup<E: std::fmt::Display>(
    place: &BackupSettings,
    objects: &ObjectStore,
    lines: impl Stream<Item = Result<Bytes, E>> + Unpin,
    recipient: &Recipient,
    clock: &dyn Clock,
) -> anyhow::Result<Saved> {
    let files = store::objects::open(objects).await?;
    Ok(vault(place).await?.save(lines, &*files, recipient, place.keep, clock.now()).await?)
}

/// Decrypts the newest backup and returns a summary of it.
pub async fn verify_backup(place: &BackupSettings, identity: &backup::Identity) -> anyhow::Result<Verified> {
    Ok(vault(place).await?.verify(identity).await?)
}

/// Restores the newest backup into the configured stores, which no server may use in the meantime.
pub async fn restore(
    place: &BackupSettings,
    settings: &Settings,
    identity: &backup::Identity,
    unmined: &Unmined,
    clock: &dyn Clock,
) -> anyhow::Result<Restored> {
    let metadata = store::metadata::open(&settings.metadata).await?;
    let files = store::objects::open(&settings.objects).await?;
    let target = Target { market: market(settings), metadata, files };
    Ok(vault(place).await?.restore(identity, &target, unmined, clock.now()).await?)
}

async fn vault(place: &BackupSettings) -> anyhow::Result<Vault> {
    let store = store::objects::open(&place.store).await.context("CAPI_BACKUP_STORE")?;
    Ok(Vault::new(store, &place.prefix))
}

/// `None` if no recipient is configured.
async fn schedule(place: &BackupSettings) -> anyhow::Result<Option<Schedule>> {
    let Some(recipient) = &place.recipient else { return Ok(None) };
    let recipient =
        Recipient::parse(recipient).map_err(anyhow::Error::msg).context("CAPI_BACKUP_RECIPIENT")?;
    Ok(Some(Schedule::new(vault(place).await?, recipient, place.keep, place.every)))
}

fn market(settings: &Settings) -> backup::Market {
    let (chain_id, contracts) = (settings.chain.chain_id, settings.chain.contracts);
    backup::Market { stack: settings.stack.clone(), chain_id, contracts }
}

/// Creates the tables that are missing in the chosen metadata store.
pub async fn create_tables(settings: &MetadataStore) -> anyhow::Result<Vec<TableMade>> {
    Ok(store::metadata::create_tables(settings).await?)
}

/// The API's description as readable JSON.
pub fn api_description() -> anyhow::Result<String> {
    Ok(http::description()?)
}

fn serve_metrics(listen: Option<SocketAddr>) -> anyhow::Result<Option<(SocketAddr, ServerHandle)>> {
    let Some(listen) = listen else { return Ok(None) };
    let (address, server) = metrics::serve(listen)?;
    let handle = server.handle();
    tokio::spawn(server);
    Ok(Some((address, handle)))
}

/// Reports to CloudWatch, if configured.
fn report(
    settings: &Settings,
    context: &Context,
    stop: CancellationToken,
) -> impl Future<Output = ()> + Send + 'static {
    let (wanted, namespace) = (settings.server.cloudwatch, settings.access.dns_name.clone());
    let clock = context.clock.clone();
    async move {
        if wanted && let Err(error) = cloudwatch::run(namespace, || clock.now().0, stop).await {
            tracing::warn!(%error, "cannot report metrics to CloudWatch");
        }
    }
}

/// Opens everything that the use cases need.
async fn open(settings: &Settings, clock: Arc<dyn Clock>) -> anyhow::Result<Context> {
    let account = backend_account(settings).await?;
    let chain::Market { reader: chain, state, sender } = chain::open_market(&settings.chain, account)?;
    let metadata = store::metadata::open(&settings.metadata).await?;
    let objects = store::objects::open(&settings.objects).await?;
    let schedule = match &settings.backup {
        Some(place) => schedule(place).await?,
        None => None,
    };
    let exporter = metadata.export.map(|store| Exporter { market: market(settings), store, schedule });
    let index = Arc::new(open_index(settings)?);
    let read_model = ReadModel::open(&settings.data_dir, index.clone())?;
    let queue =
        |name| Queue { state: metadata.state.clone(), clock: clock.clone(), name, lease: LEASE_DURATION };
    let (jobs, transactions) = (queue("jobs"), queue("transactions"));
    // Jobs stored by earlier versions have no lanes.
    jobs.release_all(&[jobs.name.to_owned()]).await?;
    transactions.release_all(&[transactions.name.to_owned()]).await?;
    if matches!(settings.metadata, MetadataStore::Embedded { .. }) {
        // The open file keeps other processes out, so no other worker holds a lease.
        jobs.release_all(&Class::ALL.map(|class| jobs.lane(class.lane()))).await?;
        transactions.release_all(&Purpose::KINDS.map(|kind| transactions.lane(kind))).await?;
    }
    let (policy, process) = (policy(settings), hex::encode(clock.random()));
    Ok(Context {
        jobs,
        transactions,
        exporter,
        listings: metadata.listings,
        state: metadata.state,
        objects,
        chain,
        sender,
        index,
        figures: Figures::new(state),
        read_model: Arc::new(read_model),
        feeds: Feeds::default(),
        observed: Observed::default(),
        wakers: Wakers::default(),
        strangers: Strangers::new(policy.sign_ins, &clock),
        policy,
        budget: BudgetState::default(),
        key: ServerKey::default(),
        burnt_nonces: BurntNonces::default(),
        verified_tokens: VerifiedTokens::default(),
        watches: Watches::default(),
        wake_watches: Notify::default(),
        previewers: Previewers::default(),
        grant_turns: Turns::default(),
        paid_files: PaidFiles::default(),
        upload_quota: UploadQuota::default(),
        disk: disk(settings),
        audit: Audit::new(&process),
        process,
        clock,
        development: None,
        background: TaskTracker::new(),
        runtime: tokio::runtime::Handle::current(),
    })
}

fn open_index(settings: &Settings) -> Result<Index, IndexError> {
    let identity = Identity {
        chain_id: settings.chain.chain_id,
        genesis_block: settings.follower.genesis_block,
        contracts: &settings.chain.contracts,
    };
    Index::open(&settings.data_dir.join("index.redb"), &identity)
}

/// The account of the backend's key, which must be the one that the settings name, if they do.
pub async fn backend_account(settings: &Settings) -> anyhow::Result<Account> {
    let named = settings.access.public_key;
    let account = Account::of_backend(&settings.datatrust_key, named, settings.chain.chain_id).await;
    let account = account.context("CAPI_DATATRUST_KEY")?;
    let address = account.address();
    if let Some(named) = named.filter(|named| *named != address) {
        bail!("CAPI_PUBLIC_KEY: {named} is not the address of CAPI_DATATRUST_KEY, which is {address}");
    }
    Ok(account)
}

/// This server's directories on local disks.
fn disk(settings: &Settings) -> Disk {
    Disk::new(directories(settings), settings.access.min_free_disk)
}

/// The directories that a server with these settings writes to.
fn directories(settings: &Settings) -> Vec<PathBuf> {
    let mut directories = vec![settings.data_dir.clone()];
    if let ObjectStore::Local { directory } = &settings.objects {
        directories.push(directory.clone());
    }
    directories
}

fn policy(settings: &Settings) -> Policy {
    let AccessSettings {
        dns_name,
        insecure_sign_in,
        legacy_login,
        anonymous_uploads,
        max_upload_bytes,
        pending_uploads,
        pending_upload_bytes,
        pending_total_bytes,
        min_free_disk: _,
        preview_bytes,
        transaction_timeout,
        complete_after,
        public_key: _,
        operators,
    } = settings.access.clone();
    let TokenSettings { key, previous_key, access_life, refresh_life, ticket_life } = settings.tokens.clone();
    Policy {
        stack: settings.stack.clone(),
        dns_name,
        chain_id: settings.chain.chain_id,
        confirmations: settings.follower.confirmations,
        large_purchase: settings.follower.large_purchase,
        insecure_sign_in,
        legacy_login,
        anonymous_uploads,
        operators,
        max_upload_bytes,
        upload_limits: PendingUploadLimits {
            files: pending_uploads,
            bytes: pending_upload_bytes,
            total_bytes: pending_total_bytes,
        },
        preview_bytes,
        transaction_timeout,
        complete_after,
        poll: settings.follower.poll,
        checkpoint_interval: settings.follower.checkpoint_interval,
        max_block_age: settings.follower.max_block_age,
        console: settings.server.console,
        explorer: settings.server.explorer.clone(),
        sign_ins: settings.limits.callers.as_ref().map(SignInLimits::of),
        sender: SenderPolicy {
            max_fee: settings.sender.max_fee,
            max_per_day: settings.sender.max_per_day,
            bump_blocks: settings.sender.bump_blocks,
            max_in_flight: settings.sender.max_in_flight,
            reserved_percent: settings.sender.reserved_percent,
            min_earnings: settings.sender.min_earnings,
            charges_per_buyer: settings.sender.charges_per_buyer,
        },
        tokens: TokenPolicy { key, previous_key, access_life, refresh_life, ticket_life },
    }
}
