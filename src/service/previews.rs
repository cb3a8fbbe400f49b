//! Previews of a file, for those who vote on it.
//!
//! The balance required for a preview is not spent, and can be passed on to another account. The number of accounts
//! that see a file in one poll is therefore limited: a few at once, and then one every few minutes. An account that has
//! seen it may see it again.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;

use super::files::{self, StoredFile};
use super::freshness::sync_to_head;
use super::{Context, ServiceError, ServiceResult};
use crate::domain::{Address, Hash, Kind, Timestamp};

/// Accounts that may see a file in the same poll at once.
const MAX_PREVIEWERS: usize = 20;
/// After these, one more account may see it each time this long has passed.
const PREVIEWER_INTERVAL: Duration = Duration::from_secs(10 * 60);

/// Who has seen which file in its open poll. Each process keeps this for the previews it has served.
#[derive(Default)]
pub struct Previewers(Mutex<HashMap<Hash, Poll>>);

struct Poll {
    /// Identifies the poll in addition to its hash, because a hash can be voted on again.
    vote_by: u64,
    begun: Timestamp,
    accounts: HashSet<Address>,
}

impl Previewers {
    /// Counts an account that sees the file in this poll.
    pub fn admit(&self, ctx: &Context, hash: Hash, vote_by: u64, account: Address) -> ServiceResult<()> {
        let now = ctx.now();
        let mut polls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A poll that ended a day ago no longer matters, whatever the chain's clock says.
        polls.retain(|_, poll| poll.vote_by.saturating_add(24 * 60 * 60) > now.seconds());
        let poll =
            polls.entry(hash).or_insert_with(|| Poll { vote_by, begun: now, accounts: HashSet::new() });
        if poll.vote_by != vote_by {
            *poll = Poll { vote_by, begun: now, accounts: HashSet::new() };
        }
        let more = now.since(poll.begun).as_secs() / PREVIEWER_INTERVAL.as_secs();
        let most = MAX_PREVIEWERS.saturating_add(usize::try_from(more).unwrap_or(usize::MAX));
        if poll.accounts.len() >= most && !poll.accounts.contains(&account) {
            return Err(ServiceError::TooMany {
                what: "many accounts have previewed this file in its poll; try again later".to_owned(),
                retry_after: PREVIEWER_INTERVAL,
            });
        }
        poll.accounts.insert(account);
        Ok(())
    }
}

/// The file of a live application or listing: to its owner; and while a poll on it is open, to callers whose CMT balance
/// reaches the market's stake.
pub async fn offer(ctx: &Context, caller: Address, hash: Hash) -> ServiceResult<StoredFile> {
    let outcome = decide(ctx, caller, hash).await;
    ctx.audit.decided(ctx.now(), caller, "preview", json!({ "listing": hash }), &outcome);
    outcome
}

async fn decide(ctx: &Context, caller: Address, hash: Hash) -> ServiceResult<StoredFile> {
    let (snapshot, head) = sync_to_head(ctx).await?;
    let facts = snapshot.listing(hash)?.unwrap_or_default();
    let candidate = snapshot.candidate(hash)?.filter(|candidate| {
        matches!(candidate.kind, Kind::Reparam | Kind::Registration | Kind::Application)
            || facts.listed.is_some()
    });
    let owner = match &candidate {
        Some(candidate) => match candidate.kind {
            Kind::Reparam | Kind::Registration => {
                return Err(ServiceError::invalid("listing_hash", "this candidate is not an application"));
            }
            Kind::Application => candidate.owner,
            Kind::Challenge => facts.owner,
        },
        None if facts.listed.is_some() => facts.owner,
        None => return Err(unknown()),
    };
    if caller != owner {
        let open = candidate.as_ref().filter(|candidate| head.timestamp < candidate.vote_by);
        let Some(poll) = open else {
            let sentence = "without an open poll, only the listing's owner may preview its file";
            return Err(ServiceError::Forbidden(sentence.to_owned()));
        };
        require_stake(ctx, caller).await?;
        ctx.previewers.admit(ctx, hash, poll.vote_by, caller)?;
    }
    let file = files::of_life(ctx, hash, facts.life, &facts).await?.ok_or_else(unknown)?;
    Ok(match ctx.policy.preview_bytes {
        Some(limit) => file.cut(limit),
        None => file,
    })
}

async fn require_stake(ctx: &Context, caller: Address) -> ServiceResult<()> {
    let (balance, stake) = ctx.chain.balance_and_stake(caller).await?;
    if balance >= stake {
        return Ok(());
    }
    let sentence = format!("a preview needs a balance of {stake} CMT wei; this account has {balance}");
    Err(ServiceError::Unmet(sentence))
}

fn unknown() -> ServiceError {
    ServiceError::NotFound("there is no live application or listing with a file under this hash".to_owned())
}
