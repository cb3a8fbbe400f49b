//! The endpoints' query parameters, parsed and documented from one definition. Those that select listings and candidates
//! are in [`super::selection`].

use serde::{Deserialize, Deserializer};
use utoipa::IntoParams;

use super::query::{hash_or_address, optional, page_size, short_text, whole_number};
use super::schema;
use crate::domain::{Address, Hash, Kind};
use crate::service::events::Topic;
use crate::service::series::{By, Figure};

/// The default page size of lists that always have pages.
pub(super) const DEFAULT_PAGE_SIZE: usize = 100;

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
    #[param(value_type = schema::EventIdText, inline)]
    pub(super) after: Option<String>,
    /// Only events about this hash or address.
    #[serde(deserialize_with = "hash_or_address")]
    #[param(value_type = schema::HashOrAddressText, inline)]
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
    use serde::de::DeserializeOwned;

    use super::super::query::parse;
    use super::*;

    fn refusal<T: DeserializeOwned>(query: &str) -> String {
        parse::<T>(query).map(drop).unwrap_err().to_string()
    }

    #[test]
    fn kinds_are_read_from_one_text() {
        let read = |query| parse::<ResolvedParams>(query).map(|read| read.kind);
        assert_eq!(read("").unwrap(), Kind::ALL);
        assert_eq!(read("kind=registration,reparam,reparam").unwrap(), [Kind::Reparam, Kind::Registration]);
        for wrong in ["kind=", "kind=poll", "kind=reparam,", "kind=reparam&kind=challenge"] {
            assert!(refusal::<ResolvedParams>(wrong).starts_with("kind: "), "{wrong}");
        }
    }

    #[test]
    fn an_unknown_parameter_is_refused_with_the_known_ones() {
        let refusal = refusal::<PageParams>("colour=blue");
        assert_eq!(refusal, "colour: no such parameter; known parameters: limit, cursor");
    }

    #[test]
    fn a_required_parameter_is_missed_by_name() {
        assert_eq!(refusal::<DeliveryParams>(""), "delivery_hash: missing");
        assert_eq!(refusal::<RefreshParams>(""), "refresh: missing");
        assert_eq!(refusal::<RefreshParams>("refresh=1"), "refresh: expected true");
        assert!(parse::<RefreshParams>("refresh=True").is_ok());
    }

    #[test]
    fn bytes_that_are_not_text_are_refused_where_a_hash_is_expected() {
        let query = format!("delivery_hash={}&query=%ff%00", Hash::ZERO);
        assert!(refusal::<DeliveryParams>(&query).starts_with("query: "));
    }
}
