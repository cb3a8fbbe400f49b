//! Previews of a file, for those who vote on it.
//!
//! The balance required for a preview is not spent, and can be passed on to another account. The number of accounts
//! that see a file in one poll is therefore limited: a few at once, and then one every few minutes. An account that has
//! seen it may see it again.
//!
//! A maker may choose what voters see of a file.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::TryStreamExt;
use serde_json::json;

use super::files::{self, StoredFile};
use super::freshness::sync_to_head;
use super::{Context, ServiceError, ServiceResult};
use crate::domain::{Address, Hash, Kind, PreviewChoice, Timestamp, rows_length};

/// Accounts that may see a file in the same poll at once.
const MAX_PREVIEWERS: usize = 20;
/// After these, one more account may see it each time this long has passed.
const PREVIEWER_INTERVAL: Duration = Duration::from_secs(10 * 60);

/// Rows are looked for in this many bytes, even if a preview may be longer.
const MAX_ROWS_BYTES: u64 = 1 << 20;

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
    let poll = candidate.as_ref().filter(|candidate| head.timestamp < candidate.vote_by);
    if caller != owner {
        if poll.is_none() {
            let sentence = "without an open poll, only the listing's owner may preview its file";
            return Err(ServiceError::Forbidden(sentence.to_owned()));
        }
        require_stake(ctx, caller).await?;
    }
    let row = files::row_of_life(ctx, hash, facts.life, &facts).await?.ok_or_else(unknown)?;
    let file = files::stored(ctx, &row).await?.ok_or_else(unknown)?;
    let choice = row.metadata.preview.filter(|_| caller != owner);
    let extent = extent(choice, ctx.policy.preview_bytes)?;
    if let Some(poll) = poll.filter(|_| caller != owner) {
        ctx.previewers.admit(ctx, hash, poll.vote_by, caller)?;
    }
    match extent {
        Extent::Whole => Ok(file),
        Extent::Bytes(bytes) => Ok(file.cut(bytes)),
        Extent::Rows { rows, within } => first_rows(ctx, file, rows, within).await,
    }
}

/// How much of a file a preview shows.
#[derive(PartialEq, Eq, Debug)]
enum Extent {
    Whole,
    Bytes(u64),
    Rows {
        rows: u64,
        /// The most bytes.
        within: u64,
    },
}

/// By the maker's choice, if one applies, and the server's limit.
fn extent(choice: Option<PreviewChoice>, limit: Option<u64>) -> ServiceResult<Extent> {
    let most = limit.unwrap_or(u64::MAX);
    match choice {
        Some(PreviewChoice::Nothing) => {
            Err(ServiceError::Forbidden("the maker shows no preview of this file".to_owned()))
        }
        Some(PreviewChoice::Bytes(bytes)) => Ok(Extent::Bytes(bytes.min(most))),
        Some(PreviewChoice::Rows(rows)) => Ok(Extent::Rows { rows, within: most.min(MAX_ROWS_BYTES) }),
        None => Ok(limit.map_or(Extent::Whole, Extent::Bytes)),
    }
}

async fn first_rows(ctx: &Context, file: StoredFile, rows: u64, within: u64) -> ServiceResult<StoredFile> {
    let length = file.size.min(within);
    let pieces: Vec<Bytes> = files::read(ctx, &file, 0, length).await?.try_collect().await?;
    let bytes = pieces.concat();
    let shown = rows_length(rows, &bytes, file.size <= within);
    Ok(file.cut(shown as u64))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_makers_choice_counts_within_the_servers_limit() {
        let (bytes, rows) = (Some(PreviewChoice::Bytes(100)), Some(PreviewChoice::Rows(20)));
        for (choice, limit, expected) in [
            (None, None, Extent::Whole),
            (None, Some(50), Extent::Bytes(50)),
            (bytes, None, Extent::Bytes(100)),
            (bytes, Some(50), Extent::Bytes(50)),
            (bytes, Some(500), Extent::Bytes(100)),
            (rows, Some(50), Extent::Rows { rows: 20, within: 50 }),
            (rows, None, Extent::Rows { rows: 20, within: MAX_ROWS_BYTES }),
            (rows, Some(u64::MAX), Extent::Rows { rows: 20, within: MAX_ROWS_BYTES }),
        ] {
            assert_eq!(extent(choice, limit).unwrap(), expected, "{choice:?} {limit:?}");
        }
        assert!(matches!(extent(Some(PreviewChoice::Nothing), None), Err(ServiceError::Forbidden(_))));
    }
}
