//! One listing in detail, with its history.

use serde::Serialize;
use utoipa::ToSchema;

use super::at::At;
use super::listing_body::ListingBody;
use super::schema::{whole_number, whole_number_or_null};
use crate::domain::{Address, Amount, Candidate, Hash, PreviewChoice};
use crate::service::index::{EventFacts, Placed};
use crate::service::listings::{Happening, ListingDetail, Price, Timeline};

/// A live listing in detail.
#[derive(Serialize, ToSchema)]
pub(super) struct ListingDetailBody<'a> {
    #[serde(flatten)]
    listing: ListingBody<'a>,
    /// The file's keccak-256; null if this server did not receive the file.
    #[schema(value_type = Option<String>, required)]
    data_hash: Option<Hash>,
    /// What the maker lets voters see: `none`, `bytes:<n>` or `rows:<n>`; null if the maker has not chosen.
    #[schema(value_type = Option<String>, required)]
    preview: Option<PreviewChoice>,
    /// Null if the size or the market's parameters are unknown.
    #[schema(required)]
    price: Option<PriceBody>,
    /// Always `listed`, because only live listings are shown.
    status: &'static str,
    /// The newest 200 events under the hash, newest first.
    timeline: Vec<HappeningBody>,
    /// Its open poll.
    #[schema(required)]
    poll: Option<OpenPollBody>,
    /// The number of accesses under the hash.
    purchases: u64,
    /// The number of accounts with a completed delivery of it.
    buyers: u64,
}

/// The price of the whole file at the current parameters, in CET wei, and its split.
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

/// An event in a listing hash's history.
#[derive(Serialize, ToSchema)]
pub(super) struct HappeningBody {
    /// `applied`, `voted`, `listed`, `challenged`, `challenge_failed`, `removed`, `failed`, `claimed`, `withdrawn` or
    /// `accessed`.
    event: &'static str,
    at: At,
    /// Who did it, if the chain reveals it.
    #[schema(value_type = Option<String>, required)]
    account: Option<Address>,
    /// For an access, its bytes. Otherwise CMT wei: the reward of `listed`, or the amount minted by `claimed` or
    /// `withdrawn`.
    #[schema(schema_with = whole_number_or_null, required)]
    amount: Option<Amount>,
}

/// A page of the history, newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct TimelineBody {
    items: Vec<HappeningBody>,
    /// The next page's cursor; null on the last page.
    #[schema(required)]
    next: Option<String>,
    /// The total number of events.
    total: u64,
}

impl<'a> From<&'a ListingDetail> for ListingDetailBody<'a> {
    fn from(detail: &'a ListingDetail) -> Self {
        ListingDetailBody {
            listing: ListingBody::new(&detail.view.listing, detail.view.supply),
            data_hash: detail.data_hash,
            preview: detail.view.listing.metadata.preview,
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
