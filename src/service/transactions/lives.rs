//! A listing hash can be listed again, and all its lives share one data hash on chain. A transaction signed for a life
//! that is over must therefore not be mined in the next one.

use super::super::index::{Life, Snapshot};
use super::super::{Context, ServiceResult};
use super::record::{OutgoingTransaction, TransactionState};
use crate::domain::{Call, Hash, Purpose};
use crate::store::metadata::typed::{self, Versioned};
use crate::store::queue::Queued;

/// The most open announcements checked per listing; there are never more lives in progress at once.
const MAX_LIVES: usize = 16;

/// The block by which the purpose's life had ended; `None` while it lasts. A life that the index does not know may
/// reappear with the next block, so it has not ended.
pub(super) fn end(snapshot: &Snapshot, purpose: &Purpose) -> ServiceResult<Option<u64>> {
    let Purpose::DataHash { listing, life } = purpose else { return Ok(None) };
    Ok(match snapshot.life(*listing, *life)? {
        Life::Over(block) => Some(block),
        Life::Running | Life::Unknown => None,
    })
}

/// Whether this server announced `data` for one of these lives of the listing, or is about to.
pub async fn announced(ctx: &Context, listing: Hash, lives: &[Hash], data: Hash) -> ServiceResult<bool> {
    for life in lives {
        let id = Purpose::DataHash { listing, life: *life }.to_string();
        // The open one first: it may end between the two reads.
        let open =
            typed::load::<Queued<OutgoingTransaction>>(&ctx.state, &ctx.transactions.key(&id), ctx.now())
                .await?;
        let ended = super::ended(ctx, &id).await?;
        let calls = [open.map(|open| open.value.job.call), ended.map(|ended| ended.value.call)];
        if calls.contains(&Some(Call::SetDataHash { listing, data })) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether an announcement of another life of the same listing has a nonce: it ends before this one is signed.
pub(super) async fn follows_another(ctx: &Context, purpose: &Purpose) -> ServiceResult<bool> {
    let Purpose::DataHash { listing, .. } = purpose else { return Ok(false) };
    let others = announcements(ctx, *listing).await?;
    Ok(others
        .iter()
        .any(|other| other.purpose != *purpose && !matches!(other.state, TransactionState::Queued { .. })))
}

async fn announcements(ctx: &Context, listing: Hash) -> ServiceResult<Vec<OutgoingTransaction>> {
    let prefix = Purpose::data_hash_prefix(listing);
    let records = ctx.state.list(ctx.transactions.name, Some(&prefix), MAX_LIVES, ctx.now()).await?;
    let mut found = Vec::new();
    for record in records.into_iter().filter(|record| record.key.sort.starts_with(&prefix)) {
        let record: Versioned<Queued<OutgoingTransaction>> = record.try_into()?;
        found.push(record.value.job);
    }
    Ok(found)
}
