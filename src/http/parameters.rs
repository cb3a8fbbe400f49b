//! The endpoints' query parameters, parsed and documented from one definition.

use serde::{Deserialize, Deserializer};
use utoipa::IntoParams;

use super::error::HttpError;
use super::query::{optional, short_text, whole_number};
use super::schema;
use crate::domain::{Address, Hash, Kind};
use crate::service::events::Topic;
use crate::service::read_model::{Filter, Order};
use crate::service::series::{By, Figure};
use crate::service::{ServiceError, listings};

/// The maximum number of items on a page.
const MAX_PAGE_SIZE: u64 = 1000;
/// The default page size of lists that always have pages.
pub(super) const DEFAULT_PAGE_SIZE: usize = 100;

/// Parameters of candidate lists.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListParams {
    /// Only items owned by this account.
    #[serde(deserialize_with = "optional")]
    #[param(value_type = schema::AddressText, inline)]
    owner: Option<Address>,
    /// First block; 0 by default.
    #[serde(rename = "from-block", deserialize_with = "whole_number")]
    #[param(value_type = schema::U64, inline)]
    from_block: Option<u64>,
    /// Last block, not before the first; the newest by default.
    #[serde(rename = "to-block", deserialize_with = "whole_number")]
    #[param(value_type = schema::U64, inline)]
    to_block: Option<u64>,
    /// Return pages of at most this many items.
    #[serde(deserialize_with = "page_size")]
    #[param(value_type = Option<u64>, minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `next` from the previous page.
    #[serde(deserialize_with = "short_text")]
    #[param(value_type = schema::CursorText, inline)]
    cursor: Option<String>,
}

/// Parameters of listing and application lists.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct SearchParams {
    /// Only items owned by this account.
    #[serde(deserialize_with = "optional")]
    #[param(value_type = schema::AddressText, inline)]
    owner: Option<Address>,
    /// First block; 0 by default.
    #[serde(rename = "from-block", deserialize_with = "whole_number")]
    #[param(value_type = schema::U64, inline)]
    from_block: Option<u64>,
    /// Last block, not before the first; the newest by default.
    #[serde(rename = "to-block", deserialize_with = "whole_number")]
    #[param(value_type = schema::U64, inline)]
    to_block: Option<u64>,
    /// Only items with this tag.
    #[serde(deserialize_with = "short_text")]
    #[param(max_length = 256)]
    tag: Option<String>,
    /// Only items of this media type, such as `image/png`, or with this first part, such as `image`.
    #[serde(rename = "type", deserialize_with = "short_text")]
    #[param(max_length = 256)]
    file_type: Option<String>,
    /// Only items with exactly this license.
    #[serde(deserialize_with = "short_text")]
    #[param(max_length = 256)]
    license: Option<String>,
    /// Only items of at least this size in bytes.
    #[serde(rename = "min-size", deserialize_with = "whole_number")]
    #[param(value_type = schema::U64, inline)]
    min_size: Option<u64>,
    /// Only items of at most this size in bytes, not less than `min-size`.
    #[serde(rename = "max-size", deserialize_with = "whole_number")]
    #[param(value_type = schema::U64, inline)]
    max_size: Option<u64>,
    /// Words or prefixes that must all occur in the title, ignoring case and accents.
    #[serde(deserialize_with = "short_text")]
    #[param(max_length = 256)]
    title: Option<String>,
    /// Words or prefixes that must all occur in the title, the description or the tags, ignoring case and accents.
    #[serde(deserialize_with = "short_text")]
    #[param(max_length = 256)]
    q: Option<String>,
    /// `chain` (chain order, the default), `newest`, `relevance` (best match for `q` or `title` first), or by a value:
    /// `size`, `title` or `supply`, with a minus before it from the highest to the lowest. Items without the value come
    /// last.
    #[param(value_type = schema::OrderName, inline)]
    sort: Order,
    /// Return pages of at most this many items.
    #[serde(deserialize_with = "page_size")]
    #[param(value_type = Option<u64>, minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `next` from the previous page.
    #[serde(deserialize_with = "short_text")]
    #[param(value_type = schema::CursorText, inline)]
    cursor: Option<String>,
}

/// Parameters of lists that always have pages.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PageParams {
    /// Items per page; 100 by default.
    #[serde(deserialize_with = "page_size")]
    #[param(value_type = Option<u64>, minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `next` from the previous page.
    #[serde(deserialize_with = "short_text")]
    #[param(value_type = schema::PositionText, inline)]
    pub(super) cursor: Option<String>,
}

/// Parameters of the list of resolved polls.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ResolvedParams {
    /// Only polls of these kinds, separated by commas; all kinds by default.
    #[serde(deserialize_with = "kinds")]
    #[param(value_type = schema::KindsText, inline)]
    pub(super) kind: Vec<Kind>,
    /// Items per page; 100 by default.
    #[serde(deserialize_with = "page_size")]
    #[param(value_type = Option<u64>, minimum = 1, maximum = 1000)]
    pub(super) limit: Option<usize>,
    /// `next` from the previous page.
    #[serde(deserialize_with = "short_text")]
    #[param(value_type = schema::PositionText, inline)]
    pub(super) cursor: Option<String>,
}

/// Parameters of a figure over time.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct SeriesParams {
    #[param(value_type = schema::FigureName, inline)]
    pub(super) of: Figure,
    /// The interval in UTC.
    #[param(value_type = schema::IntervalName, inline)]
    pub(super) by: By,
    /// Unix seconds.
    #[serde(default, deserialize_with = "whole_number")]
    #[param(value_type = schema::U64, inline)]
    pub(super) from: Option<u64>,
    /// Unix seconds, not before `from`; the newest block's time by default.
    #[serde(default, deserialize_with = "whole_number")]
    #[param(value_type = schema::U64, inline)]
    pub(super) to: Option<u64>,
}

/// Parameters of the event stream.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct EventsParams {
    /// The `id` to resume after.
    #[serde(deserialize_with = "short_text")]
    #[param(value_type = schema::PositionText, inline)]
    pub(super) after: Option<String>,
    /// Only events about this hash or address.
    #[serde(deserialize_with = "short_text")]
    #[param(max_length = 256)]
    pub(super) hash: Option<String>,
    #[param(value_type = schema::TopicName, inline)]
    pub(super) kind: Option<Topic>,
}

/// Parameters of a check of a download.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct DeliveryParams {
    /// The delivery hash.
    #[param(value_type = schema::HashText, inline)]
    pub(super) delivery_hash: Hash,
    /// The listing hash.
    #[param(value_type = schema::HashText, inline)]
    pub(super) query: Hash,
}

/// Parameters of a download, with a token or by a link.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct DownloadParams {
    /// The delivery hash.
    #[param(value_type = schema::HashText, inline)]
    pub(super) delivery_hash: Hash,
    /// The listing hash.
    #[param(value_type = schema::HashText, inline)]
    pub(super) query: Hash,
    /// In place of a token: the ticket in the link from `POST /deliveries/tickets`.
    #[serde(default, deserialize_with = "short_text")]
    #[param(max_length = 256)]
    pub(super) ticket: Option<String>,
}

/// Parameters of the caller's consent.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ConsentParams {
    /// The caller's own address.
    #[serde(deserialize_with = "optional")]
    #[param(value_type = schema::AddressText, inline)]
    pub(super) owner: Option<Address>,
}

/// Parameters of the operator's transaction list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct TransactionsParams {
    /// The purpose, as shown in the list.
    #[serde(deserialize_with = "short_text")]
    #[param(max_length = 256)]
    pub(super) purpose: Option<String>,
}

/// Parameters of a token refresh.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct RefreshParams {
    /// `true`.
    #[serde(rename = "refresh", deserialize_with = "true_in_any_case")]
    #[param(value_type = schema::True, inline)]
    _refresh: (),
}

impl PageParams {
    pub(super) fn limit(&self) -> usize {
        self.limit.unwrap_or(DEFAULT_PAGE_SIZE)
    }
}

impl Default for ResolvedParams {
    fn default() -> Self {
        ResolvedParams { kind: Kind::ALL.to_vec(), limit: None, cursor: None }
    }
}

impl ListParams {
    /// What to list; an error if the blocks are in the wrong order.
    pub(super) fn query(self) -> Result<listings::Query, HttpError> {
        let ListParams { owner, from_block, to_block, limit, cursor } = self;
        SearchParams { owner, from_block, to_block, limit, cursor, ..SearchParams::default() }.query()
    }
}

impl SearchParams {
    /// What to list; an error if a range ends before it begins.
    pub(super) fn query(self) -> Result<listings::Query, HttpError> {
        let from_block = self.from_block.unwrap_or(0);
        if self.to_block.is_some_and(|to| to < from_block) {
            return Err(ServiceError::invalid("to-block", "is before from-block").into());
        }
        if self.max_size.is_some_and(|max| max < self.min_size.unwrap_or(0)) {
            return Err(ServiceError::invalid("max-size", "is less than min-size").into());
        }
        Ok(listings::Query {
            filter: Filter {
                owner: self.owner,
                tag: self.tag,
                file_type: self.file_type,
                license: self.license,
                min_size: self.min_size,
                max_size: self.max_size,
                from_block,
                to_block: self.to_block,
            },
            q: self.q,
            title: self.title,
            order: self.sort,
            limit: self.limit,
            cursor: self.cursor,
        })
    }
}

fn page_size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<usize>, D::Error> {
    match whole_number(deserializer) {
        Ok(Some(size @ 1..=MAX_PAGE_SIZE)) => Ok(Some(size as usize)),
        _ => Err(serde::de::Error::custom("expected a whole number from 1 to 1000")),
    }
}

/// Kinds separated by commas, each counted once.
fn kinds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Kind>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let parsed = text.split(',').map(Kind::parse).collect::<Result<Vec<_>, _>>();
    let wanted = parsed.map_err(serde::de::Error::custom)?;
    Ok(Kind::ALL.into_iter().filter(|kind| wanted.contains(kind)).collect())
}

fn true_in_any_case<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    match String::deserialize(deserializer)? {
        text if text.eq_ignore_ascii_case("true") => Ok(()),
        _ => Err(serde::de::Error::custom("expected true")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::query::parse;
    use super::*;
    use crate::service::read_model::{SortField, Sorting};

    fn listings(query: &str) -> Result<listings::Query, HttpError> {
        parse::<SearchParams>(query)?.query()
    }

    fn refusal<T>(outcome: Result<T, HttpError>) -> String {
        match outcome {
            Ok(_) => panic!("accepted"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_bad_parameter_is_named() {
        for (query, name) in [
            ("owner=0x12", "owner"),
            ("owner=", "owner"),
            ("from-block=-1", "from-block"),
            ("from-block=%2B1", "from-block"),
            ("from-block=", "from-block"),
            ("to-block=1.5", "to-block"),
            ("to-block=18446744073709551616", "to-block"),
            ("from-block=5&to-block=4", "to-block"),
            ("limit=0", "limit"),
            ("limit=1001", "limit"),
            ("limit=x", "limit"),
            ("q=a&q=b", "q"),
            ("sort=price", "sort"),
            ("sort=-newest", "sort"),
            ("min-size=-1", "min-size"),
            ("min-size=2&max-size=1", "max-size"),
            ("type=a&type=b", "type"),
        ] {
            let refusal = refusal(listings(query));
            assert!(refusal.starts_with(&format!("{name}: ")), "{query}: {refusal}");
        }
        let long = format!("tag={}", "x".repeat(257));
        assert!(refusal(listings(&long)).starts_with("tag: "));
    }

    #[test]
    fn good_parameters_are_read() {
        let query = "owner=5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED&from-block=3&to-block=3&limit=1000\
                     &q=two+words&tag=%C3%A9&sort=-size&type=image%2Fpng&license=MIT&min-size=0&max-size=0&title=a";
        let read = listings(query).unwrap();
        let filter = &read.filter;
        assert_eq!(filter.owner, Address::parse("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed").ok());
        assert_eq!((filter.from_block, filter.to_block, read.limit), (3, Some(3), Some(1000)));
        assert_eq!((read.q.as_deref(), filter.tag.as_deref()), (Some("two words"), Some("é")));
        assert_eq!(
            (filter.file_type.as_deref(), filter.license.as_deref()),
            (Some("image/png"), Some("MIT"))
        );
        assert_eq!((filter.min_size, filter.max_size, read.title.as_deref()), (Some(0), Some(0), Some("a")));
        assert_eq!(read.order, Order::Sorted(Sorting { by: SortField::Size, descending: true }));
    }

    #[test]
    fn kinds_are_read_from_one_text() {
        let read = |query| parse::<ResolvedParams>(query).map(|read| read.kind);
        assert_eq!(read("").unwrap(), Kind::ALL);
        assert_eq!(read("kind=registration,reparam,reparam").unwrap(), [Kind::Reparam, Kind::Registration]);
        for wrong in ["kind=", "kind=poll", "kind=reparam,", "kind=reparam&kind=challenge"] {
            assert!(refusal(read(wrong)).starts_with("kind: "), "{wrong}");
        }
    }

    #[test]
    fn nothing_given_means_everything() {
        let read = listings("").unwrap();
        assert_eq!((read.filter, read.limit), (Filter::default(), None));
    }

    #[test]
    fn an_unknown_parameter_is_refused_and_the_one_that_is_meant_named() {
        for (query, meant) in
            [("form-block=1", "from-block"), ("from_block=1", "from-block"), ("limt=1", "limit")]
        {
            let refusal = refusal(listings(query));
            assert!(refusal.ends_with(&format!("did you mean {meant}?")), "{query}: {refusal}");
        }
        let refusal = refusal(parse::<PageParams>("colour=blue"));
        assert_eq!(refusal, "colour: no such parameter; known parameters: limit, cursor");
    }

    #[test]
    fn a_required_parameter_is_missed_by_name() {
        assert_eq!(refusal(parse::<DeliveryParams>("")), "delivery_hash: missing");
        assert_eq!(refusal(parse::<RefreshParams>("")), "refresh: missing");
        assert_eq!(refusal(parse::<RefreshParams>("refresh=1")), "refresh: expected true");
        assert!(parse::<RefreshParams>("refresh=True").is_ok());
    }

    #[test]
    fn bytes_that_are_not_text_are_refused_where_a_hash_is_expected() {
        let query = format!("delivery_hash={}&query=%ff%00", Hash::ZERO);
        assert!(refusal(parse::<DeliveryParams>(&query)).starts_with("query: "));
    }
}
