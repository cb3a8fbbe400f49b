//! Everything about one listing, and what happened to it.

use serde::Serialize;
use utoipa::ToSchema;

use super::at::At;
use super::listing_body::ListingBody;
use super::schema::{whole_number, whole_number_or_null};
use crate::domain::{Address, Amount, Candidate, Hash};
use crate::service::index::{EventFacts, Placed};
use crate::service::listings::{Happening, ListingDetail, Price, Timeline};

/// A live listing with all that is known of it.
#[derive(Serialize, ToSchema)]
pub(super) struct ListingDetailBody<'a> {
    #[serde(flatten)]
    listing: ListingBody<'a>,
    /// keccak-256 of the file's bytes; null where this server did not take them in.
    #[schema(value_type = Option<String>, required)]
    data_hash: Option<Hash>,
    /// Null where the size or the market's parameters are unknown.
    #[schema(required)]
    price: Option<PriceBody>,
    /// `listed`: only live listings are shown.
    status: &'static str,
    /// The newest 200 events under the hash, the newest first.
    timeline: Vec<HappeningBody>,
    /// The poll that is open on it.
    #[schema(required)]
    poll: Option<OpenPollBody>,
    /// Accesses under the hash.
    purchases: u64,
    /// Accounts with a completed delivery of it.
    buyers: u64,
}

/// What the whole file costs at today's parameters, in CET wei, and who gets it.
#[derive(Serialize, ToSchema)]
struct PriceBody {
    #[schema(schema_with = whole_number)]
    total: Amount,
    #[schema(schema_with = whole_number)]
    maker: Amount,
    #[schema(schema_with = whole_number)]
    backend: Amount,
    #[schema(schema_with = whole_number)]
    reserve: Amount,
}

#[derive(Serialize, ToSchema)]
struct OpenPollBody {
    #[schema(value_type = String)]
    hash: Hash,
    /// `application` or `challenge`.
    kind: &'static str,
    /// Unix seconds.
    vote_by: u64,
}

/// Something that happened to a listing hash.
#[derive(Serialize, ToSchema)]
pub(super) struct HappeningBody {
    /// `applied`, `voted`, `listed`, `challenged`, `challenge_failed`, `removed`, `failed`, `claimed`, `withdrawn` or
    /// `accessed`.
    event: &'static str,
    at: At,
    /// Who did it, where the chain tells.
    #[schema(value_type = Option<String>, required)]
    account: Option<Address>,
    /// Bytes of an access; else CMT wei: the reward of `listed`, what was minted by `claimed` or `withdrawn`.
    #[schema(schema_with = whole_number_or_null, required)]
    amount: Option<Amount>,
}

/// A part of what happened, the newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct TimelineBody {
    items: Vec<HappeningBody>,
    /// The cursor of the next page, null on the last.
    #[schema(required)]
    next: Option<String>,
    /// How many there are in all.
    total: u64,
}

impl<'a> From<&'a ListingDetail> for ListingDetailBody<'a> {
    fn from(detail: &'a ListingDetail) -> Self {
        ListingDetailBody {
            listing: ListingBody::new(&detail.view.listing, detail.view.supply),
            data_hash: detail.data_hash,
            price: detail.price.map(PriceBody::from),
            status: "listed",
            timeline: happenings(&detail.timeline),
            poll: detail.poll.as_ref().map(OpenPollBody::from),
            purchases: detail.counts.purchases,
            buyers: detail.counts.buyers,
        }
    }
}

impl From<Price> for PriceBody {
    fn from(price: Price) -> Self {
        let Price { total, maker, backend, reserve } = price;
        PriceBody { total, maker, backend, reserve }
    }
}

impl From<&Candidate> for OpenPollBody {
    fn from(candidate: &Candidate) -> Self {
        OpenPollBody { hash: candidate.hash, kind: candidate.kind.name(), vote_by: candidate.vote_by }
    }
}

impl From<Timeline> for TimelineBody {
    fn from(timeline: Timeline) -> Self {
        TimelineBody { items: happenings(&timeline.items), next: timeline.next, total: timeline.total }
    }
}

fn happenings(events: &[Placed<EventFacts>]) -> Vec<HappeningBody> {
    let body = |placed: &Placed<EventFacts>| {
        let Happening { name, account, amount } = Happening::of(&placed.1.event)?;
        Some(HappeningBody { event: name, at: At::of(placed), account, amount })
    };
    events.iter().filter_map(body).collect()
}
