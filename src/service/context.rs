//! The context of every use case.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;

use super::audit::Audit;
use super::backup::Exporter;
use super::development::Development;
use super::events::Feeds;
use super::figures::Figures;
use super::index::{Index, IndexError, Snapshot};
use super::jobs::Wakers;
use super::observe::Observed;
use super::previews::Previewers;
use super::read_model::ReadModel;
use super::transactions::{BudgetState, SenderPolicy};
use super::uploads::UploadQuota;
use super::watches::Watches;
use super::{
    BurntNonces, Disk, PaidFiles, ServerKey, ServiceResult, SignInLimits, Strangers, Turns, VerifiedTokens,
};
use crate::chain::{Reader, Sender};
use crate::domain::{Address, Clock, Hash, LargePurchase, Timestamp};
use crate::store::metadata::{Listings, StateStore};
use crate::store::objects::Objects;
use crate::store::queue::Queue;

/// The server's parts, behind their traits.
pub struct Context {
    pub listings: Arc<dyn Listings>,
    pub state: Arc<dyn StateStore>,
    /// For backups; `None` if the store has its own.
    pub exporter: Option<Exporter>,
    pub objects: Arc<dyn Objects>,
    pub chain: Arc<dyn Reader>,
    pub sender: Arc<dyn Sender>,
    pub figures: Figures,
    pub index: Arc<Index>,
    pub read_model: Arc<ReadModel>,
    pub feeds: Feeds,
    pub clock: Arc<dyn Clock>,
    pub policy: Policy,
    /// Records every decision about money or access.
    pub audit: Audit,
    /// Whether the day's budget for transactions is used up.
    pub budget: BudgetState,
    /// Authenticates nonces, watches and tickets.
    pub key: ServerKey,
    pub burnt_nonces: BurntNonces,
    pub verified_tokens: VerifiedTokens,
    pub strangers: Strangers,
    /// Watched transactions that no node knows yet.
    pub watches: Watches,
    /// Wakes the job that looks for them when there is a new one.
    pub wake_watches: Notify,
    pub previewers: Previewers,
    /// Lets a buyer's downloads be granted one after the other.
    pub grant_turns: Turns,
    pub paid_files: PaidFiles,
    /// Counts uploads whose `list` transaction is not mined.
    pub upload_quota: UploadQuota,
    /// The disk space left for files.
    pub disk: Disk,
    /// Identifies this process among those on the same store.
    pub process: String,
    /// The server's jobs: uploads to announce, deliveries to settle, transactions to watch.
    pub jobs: Queue,
    /// The backend account's transactions.
    pub transactions: Queue,
    /// Wakes the workers of this process.
    pub wakers: Wakers,
    /// The latest observation of settlement.
    pub observed: Observed,
    /// Work that outlives a request, such as recording what an interrupted download sent; awaited at shutdown.
    pub background: TaskTracker,
    /// The runtime for background work, because request threads end with the HTTP server.
    pub runtime: tokio::runtime::Handle,
    /// Only on a development market.
    pub development: Option<Arc<dyn Development>>,
}

/// The state of everything known of the chain, and of the rows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FactsVersion {
    pub index: u64,
    pub rows: u64,
}

impl Context {
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whether the account may operate this server.
    pub fn is_operator(&self, account: Address) -> bool {
        account == self.sender.account() || self.policy.operators.contains(&account)
    }

    /// What is read after this call and kept may be used until this changes.
    pub fn facts_version(&self) -> FactsVersion {
        FactsVersion { index: self.index.revision(), rows: self.read_model.row_changes() }
    }

    /// The age of the index's newest block, by the block's own timestamp; `None` before the first block is applied.
    pub fn head_age(&self) -> Option<Duration> {
        let made = Timestamp::from_seconds(self.index.progress().head?.timestamp);
        Some(self.now().since(made))
    }

    /// Reads much of the index, off the threads that answer requests.
    pub async fn look_up<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Snapshot) -> Result<T, IndexError> + Send + 'static,
    ) -> ServiceResult<T> {
        let index = self.index.clone();
        let found = self.read_model.blocking(move |_| Ok(index.read().and_then(|snapshot| work(&snapshot))));
        Ok(found.await??)
    }

    /// The hash of the URL at which a delivery is fetched, as recorded by `delivered`.
    pub fn delivery_url(&self, delivery: Hash) -> Hash {
        Hash::keccak(format!("{}/deliveries/?delivery_hash={delivery}", self.policy.dns_name))
    }
}

/// The rules of this deployment.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The name of the deployment. Tokens are bound to it.
    pub stack: String,
    /// Public name without scheme: the sign-in domain, and part of the delivery URL.
    pub dns_name: String,
    pub chain_id: u64,
    /// The number of blocks on top of a block that make it final.
    pub confirmations: u64,
    /// When a large purchase counts as final.
    pub large_purchase: Option<LargePurchase>,
    /// Sign-in messages may name `http` addresses.
    pub insecure_sign_in: bool,
    pub legacy_login: bool,
    pub anonymous_uploads: bool,
    /// Who may operate the server besides the backend account.
    pub operators: Vec<Address>,
    pub max_upload_bytes: u64,
    pub upload_limits: PendingUploadLimits,
    /// The maximum size of a preview; `None`: the whole file.
    pub preview_bytes: Option<u64>,
    /// How long to wait for a transaction that no node knows.
    pub transaction_timeout: Duration,
    /// The longest delay between a delivery's last grant and its completion.
    pub complete_after: Duration,
    /// The pause between two polls of the chain.
    pub poll: Duration,
    /// The time between two checkpoints of the index; `None`: they are neither written nor used.
    pub checkpoint_interval: Option<Duration>,
    /// A chain whose newest block is older has stalled; `None` if blocks are mined only on demand.
    pub max_block_age: Option<Duration>,
    /// Whether the web console is served.
    pub console: bool,
    /// The URL of a transaction in a block explorer, with `{tx}` in place of its hash.
    pub explorer: Option<String>,
    /// `None`: there are no limits.
    pub sign_ins: Option<SignInLimits>,
    pub sender: SenderPolicy,
    pub tokens: TokenPolicy,
}

impl Policy {
    /// Whether a fact of `block` is final as of `head`.
    pub fn is_final(&self, block: u64, head: u64) -> bool {
        head >= block.saturating_add(self.confirmations)
    }
}

#[derive(Clone, Debug)]
pub struct TokenPolicy {
    pub key: SecretString,
    pub previous_key: Option<SecretString>,
    pub access_life: Duration,
    pub refresh_life: Duration,
    /// How long a link to a download works.
    pub ticket_life: Duration,
}

/// Limits on uploads whose `list` transaction is not mined.
#[derive(Clone, Copy, Debug)]
pub struct PendingUploadLimits {
    /// Files of one account.
    pub files: usize,
    /// Bytes of one account.
    pub bytes: u64,
    /// Bytes in all.
    pub total_bytes: u64,
}
