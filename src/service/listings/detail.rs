//! Everything about one listing: its price, its history, and its buyers.

use super::super::index::{EventFacts, ListingCounts, ListingFacts, Placed, Stretch};
use super::super::{Context, ServiceError, ServiceResult, figures};
use super::{ListingView, cursor_text, parse_cursor};
use crate::chain::{Event, Parameters};
use crate::domain::{Address, Amount, Candidate, Hash};

/// The most events shown with a listing.
const MAX_TIMELINE: usize = 200;

/// A live listing, with everything known about it.
pub struct ListingDetail {
    pub view: ListingView,
    pub data_hash: Option<Hash>,
    /// `None` where the size is unknown, or the parameters.
    pub price: Option<Price>,
    /// The newest first.
    pub timeline: Vec<Placed<EventFacts>>,
    /// The poll that is open on it.
    pub poll: Option<Candidate>,
    pub counts: ListingCounts,
    /// Whether it stays as it is until the facts change.
    pub settled: bool,
}

/// What the whole file costs at today's parameters, in CET wei, and who gets it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Price {
    pub total: Amount,
    pub maker: Amount,
    pub backend: Amount,
    pub reserve: Amount,
}

impl Price {
    pub fn of(size: u64, parameters: &Parameters) -> Self {
        let total = parameters.cost_per_byte.saturating_mul(size.into());
        Price {
            total,
            maker: total.percent(parameters.maker_payment),
            backend: total.percent(parameters.backend_payment),
            reserve: total.percent(parameters.reserve_payment),
        }
    }
}

/// The state of a listing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ListingStatus {
    /// Its application is being voted on.
    Candidate,
    Listed,
    Removed,
    /// Its application failed.
    Failed,
}

impl ListingStatus {
    /// The word for it in JSON.
    pub fn name(self) -> &'static str {
        match self {
            ListingStatus::Candidate => "candidate",
            ListingStatus::Listed => "listed",
            ListingStatus::Removed => "removed",
            ListingStatus::Failed => "failed",
        }
    }

    /// The state of the life that this `list` transaction began.
    pub(crate) fn of_life(life: Hash, facts: &ListingFacts) -> Self {
        let current = facts.life == Some(life);
        match (current, facts.listed, facts.ended, facts.ever_listed) {
            (true, Some(_), ..) => ListingStatus::Listed,
            (true, None, None, _) => ListingStatus::Candidate,
            (true, None, Some(_), true) => ListingStatus::Removed,
            (true, None, Some(_), false) => ListingStatus::Failed,
            // A hash is free again only once its listing is gone.
            (false, ..) => ListingStatus::Removed,
        }
    }
}

/// One live listing.
pub async fn detail(ctx: &Context, hash: Hash) -> ServiceResult<ListingDetail> {
    let view = super::get(ctx, hash).await?;
    let snapshot = ctx.index.read()?;
    let timeline = snapshot.timeline(hash, Stretch::newest(None, MAX_TIMELINE))?;
    let poll = snapshot.candidate(hash)?.map(|poll| poll.candidate(hash));
    let counts = snapshot.listing_counts(hash)?;
    drop(snapshot);
    let size = view.listing.metadata.size;
    let market = match size {
        Some(_) => figures::market(ctx).await.ok(),
        None => None,
    };
    let settled = size.is_none() || figures::are_current(ctx, market.as_ref());
    let price = size.zip(market).map(|(size, market)| Price::of(size, &market.value.parameters));
    let data_hash = view.listing.content.as_ref().map(|content| content.data_hash);
    Ok(ListingDetail { view, data_hash, price, timeline, poll, counts, settled })
}

/// An event of a listing hash, in the API's terms.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Happening {
    pub name: &'static str,
    /// Who did it, if the chain shows it.
    pub account: Option<Address>,
    /// Bytes of an access, else CMT wei.
    pub amount: Option<Amount>,
}

impl Happening {
    /// `None` for an event that is not about a listing.
    pub fn of(event: &Event) -> Option<Self> {
        let (name, account, amount) = match *event {
            Event::Applied { applicant, .. } => ("applied", Some(applicant), None),
            Event::ApplicationFailed { applicant, .. } => ("failed", Some(applicant), None),
            Event::Listed { owner, reward, .. } => ("listed", Some(owner), Some(reward)),
            Event::ListingRemoved { .. } => ("removed", None, None),
            Event::Challenged { challenger, .. } => ("challenged", Some(challenger), None),
            Event::ChallengeFailed { challenger, .. } => ("challenge_failed", Some(challenger), None),
            Event::Voted { voter, .. } => ("voted", Some(voter), None),
            Event::AccessRewardClaimed { minted, .. } => ("claimed", None, Some(minted)),
            Event::WithdrawnFromListing { owner, withdrawn, .. } => {
                ("withdrawn", Some(owner), Some(withdrawn))
            }
            Event::ListingAccessed { amount, .. } => ("accessed", None, Some(amount)),
            _ => return None,
        };
        Some(Happening { name, account, amount })
    }
}

/// Part of a sequence of events, the newest first.
pub struct Timeline {
    pub items: Vec<Placed<EventFacts>>,
    pub next: Option<String>,
    /// The total number of events.
    pub total: u64,
}

impl Timeline {
    /// One more than asked for, to see whether there is a next page.
    pub(in super::super) fn stretch(limit: usize, cursor: Option<&str>) -> ServiceResult<Stretch> {
        Ok(Stretch::newest(cursor.map(parse_cursor).transpose()?, limit + 1))
    }

    pub(in super::super) fn cut(mut items: Vec<Placed<EventFacts>>, limit: usize, total: u64) -> Self {
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(|(at, _)| cursor_text(*at));
        Timeline { items, next, total }
    }
}

/// The history of a listing hash over all its lives, whether it is live or not.
pub async fn history(
    ctx: &Context,
    hash: Hash,
    limit: usize,
    cursor: Option<&str>,
) -> ServiceResult<Timeline> {
    let stretch = Timeline::stretch(limit, cursor)?;
    let look_up = ctx.look_up(move |snapshot| {
        Ok((snapshot.timeline(hash, stretch)?, snapshot.listing_counts(hash)?.events))
    });
    let (items, total) = look_up.await?;
    if items.is_empty() && stretch.after.is_none() {
        return Err(ServiceError::NotFound("no listing is known under this hash".to_owned()));
    }
    Ok(Timeline::cut(items, limit, total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_split_as_the_contract_splits_it() {
        let parameters = Parameters {
            price_floor: Amount::ZERO,
            spread: 110,
            list_reward: Amount::ZERO,
            stake: Amount::ZERO,
            plurality: 50,
            vote_by: 0,
            backend_payment: 25,
            maker_payment: 30,
            reserve_payment: 45,
            cost_per_byte: Amount::from(3_u64),
        };
        let price = Price::of(7, &parameters);
        let parts = [price.total, price.maker, price.backend, price.reserve];
        assert_eq!(parts, [21_u64, 6, 5, 9].map(Amount::from));
    }
}
