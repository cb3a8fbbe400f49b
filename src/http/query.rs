//! Parameters of the query string, read by hand so that every refusal names the parameter.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::error::HttpError;
use super::extract::wrong;
use crate::domain::ParseError;
use crate::service::read_model::{Filter, Order};
use crate::service::{ServiceError, listings};

/// Longest text parameter, in characters.
const MAX_TEXT_CHARS: usize = 256;
/// Most listings on a page.
const MAX_PAGE_SIZE: u64 = 1000;
/// Items on a page of a list that always comes in pages.
const DEFAULT_PAGE_SIZE: usize = 100;

/// The decoded parameters. One that is given twice is refused, for there is no telling which is meant; names this
/// server does not know are ignored.
pub(super) struct Params(Vec<(String, String)>);

impl FromRequest for Params {
    type Error = HttpError;
    type Future = Ready<Result<Self, HttpError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Params::decode(request.query_string())))
    }
}

impl Params {
    fn decode(query: &str) -> Self {
        Params(url::form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    /// The parameter as sent.
    pub(super) fn get(&self, name: &'static str) -> Result<Option<&str>, HttpError> {
        let mut values = self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let value = values.next();
        match values.next() {
            Some(_) => Err(ServiceError::invalid(name, "given more than once").into()),
            None => Ok(value),
        }
    }

    /// A parameter of one of the domain's types.
    pub(super) fn parse<T>(
        &self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, ParseError>,
    ) -> Result<Option<T>, HttpError> {
        self.get(name)?.map(parse).transpose().map_err(|error| wrong(name, &error))
    }

    /// A parameter that has to be there.
    pub(super) fn required<T>(
        &self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, ParseError>,
    ) -> Result<T, HttpError> {
        self.parse(name, parse)?.ok_or_else(|| ServiceError::invalid(name, "missing").into())
    }

    fn text(&self, name: &'static str) -> Result<Option<String>, HttpError> {
        match self.get(name)? {
            Some(text) if text.chars().count() > MAX_TEXT_CHARS => {
                Err(ServiceError::invalid(name, format!("longer than {MAX_TEXT_CHARS} characters")).into())
            }
            text => Ok(text.map(str::to_owned)),
        }
    }

    /// The inclusive block range of `from-block` (0 when not given) and `to-block`.
    pub(super) fn blocks(&self) -> Result<(u64, Option<u64>), HttpError> {
        let from = self.parse("from-block", whole_number)?.unwrap_or(0);
        let to = self.parse("to-block", whole_number)?;
        match to {
            Some(to) if to < from => Err(ServiceError::invalid("to-block", "lies before from-block").into()),
            _ => Ok((from, to)),
        }
    }

    /// A time in Unix seconds.
    pub(super) fn seconds(&self, name: &'static str) -> Result<Option<u64>, HttpError> {
        self.parse(name, whole_number)
    }

    /// `limit`, 100 when not given, and `cursor`.
    pub(super) fn page(&self) -> Result<(usize, Option<String>), HttpError> {
        let limit = self.parse("limit", page_size)?.unwrap_or(DEFAULT_PAGE_SIZE);
        Ok((limit, self.text("cursor")?))
    }

    /// The parameters of listings and applications.
    pub(super) fn listings(&self) -> Result<listings::Query, HttpError> {
        let mut query = self.candidates()?;
        query.filter.tag = self.text("tag")?;
        query.q = self.text("q")?;
        query.order = self.parse("sort", order)?.unwrap_or_default();
        Ok(query)
    }

    /// The parameters of every list.
    pub(super) fn candidates(&self) -> Result<listings::Query, HttpError> {
        let (from_block, to_block) = self.blocks()?;
        let owner = self.parse("owner", str::parse)?;
        Ok(listings::Query {
            filter: Filter { owner, tag: None, from_block, to_block },
            q: None,
            order: Order::default(),
            limit: self.parse("limit", page_size)?,
            cursor: self.text("cursor")?,
        })
    }
}

fn order(text: &str) -> Result<Order, ParseError> {
    match text {
        "chain" => Ok(Order::Chain),
        "newest" => Ok(Order::Newest),
        "relevance" => Ok(Order::Relevance),
        _ => Err(ParseError("expected chain, newest or relevance")),
    }
}

fn page_size(text: &str) -> Result<usize, ParseError> {
    match whole_number(text) {
        Ok(size @ 1..=MAX_PAGE_SIZE) => Ok(size as usize),
        _ => Err(ParseError("expected a whole number from 1 to 1000")),
    }
}

/// Digits only: `u64::from_str` alone would take a sign.
fn whole_number(text: &str) -> Result<u64, ParseError> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits).ok_or(ParseError("expected a whole number"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Address, Hash};

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
        ] {
            assert!(refusal(Params::decode(query).listings()).starts_with(&format!("{name}: ")), "{query}");
        }
        let long = format!("tag={}", "x".repeat(257));
        assert!(refusal(Params::decode(&long).listings()).starts_with("tag: "));
    }

    #[test]
    fn good_parameters_are_read_and_unknown_ones_ignored() {
        let query = "owner=5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED&from-block=3&to-block=3&limit=1000\
                     &q=two+words&tag=%C3%A9&colour=blue";
        let read = Params::decode(query).listings().unwrap();
        let filter = &read.filter;
        assert_eq!(filter.owner, Address::parse("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed").ok());
        assert_eq!((filter.from_block, filter.to_block, read.limit), (3, Some(3), Some(1000)));
        assert_eq!((read.q.as_deref(), filter.tag.as_deref()), (Some("two words"), Some("é")));
    }

    #[test]
    fn nothing_given_means_everything() {
        let read = Params::decode("").listings().unwrap();
        assert_eq!((read.filter, read.limit), (Filter::default(), None));
    }

    #[test]
    fn a_required_parameter_is_missed_by_name() {
        assert_eq!(
            refusal(Params::decode("").required("delivery_hash", Hash::parse)),
            "delivery_hash: missing"
        );
    }

    #[test]
    fn bytes_that_are_not_text_are_refused_where_a_hash_is_expected() {
        assert!(Params::decode("query=%ff%00").required("query", Hash::parse).is_err());
    }
}
