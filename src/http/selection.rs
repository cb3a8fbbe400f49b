//! The query parameters that select listings and candidates.

use serde::Deserialize;
use utoipa::IntoParams;

use super::error::HttpError;
use super::query::{optional, page_size, short_text, whole_number};
use super::schema;
use crate::domain::Address;
use crate::service::read_model::{Filter, Order};
use crate::service::{ServiceError, listings};

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

#[cfg(test)]
mod tests {
    use super::super::query::parse;
    use super::*;
    use crate::service::read_model::{SortField, Sorting};

    fn listings(query: &str) -> Result<listings::Query, HttpError> {
        parse::<SearchParams>(query)?.query()
    }

    fn refusal(query: &str) -> String {
        listings(query).map(drop).unwrap_err().to_string()
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
            let refusal = refusal(query);
            assert!(refusal.starts_with(&format!("{name}: ")), "{query}: {refusal}");
        }
        let long = format!("tag={}", "x".repeat(257));
        assert!(refusal(&long).starts_with("tag: "));
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
    fn nothing_given_means_everything() {
        let read = listings("").unwrap();
        assert_eq!((read.filter, read.limit), (Filter::default(), None));
    }

    #[test]
    fn an_unknown_parameter_is_refused_and_the_one_that_is_meant_named() {
        for (query, meant) in
            [("form-block=1", "from-block"), ("from_block=1", "from-block"), ("limt=1", "limit")]
        {
            let refusal = refusal(query);
            assert!(refusal.ends_with(&format!("did you mean {meant}?")), "{query}: {refusal}");
        }
    }
}
