//! Query strings. Errors name the parameter.

use std::future::{Ready, ready};
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};

use super::error::HttpError;
use crate::domain::{Address, Hash, ParseError, nearest};

/// The maximum length of a text parameter, in characters.
const MAX_TEXT_CHARS: usize = 256;

/// The maximum number of items on a page.
const MAX_PAGE_SIZE: u64 = 1000;

/// The query string parsed as `T`, one of the structs in [`super::parameters`] and [`super::selection`]. Duplicate and unknown parameters are
/// refused.
pub(super) struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = HttpError;
    type Future = Ready<Result<Self, HttpError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request.query_string()).map(Query))
    }
}

/// Parses a query string.
pub(super) fn parse<T: DeserializeOwned>(query: &str) -> Result<T, HttpError> {
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    serde_path_to_error::deserialize(serde_urlencoded::Deserializer::new(pairs)).map_err(|error| {
        let path = error.path().to_string();
        explain("query", &path, &error.into_inner().to_string())
    })
}

/// The error for a `whole` (body or query) in which `serde` found the fault `message` at `path`.
pub(super) fn explain(whole: &str, path: &str, message: &str) -> HttpError {
    let quoted = |prefix: &str| message.strip_prefix(prefix)?.split('`').nth(1).map(str::to_owned);
    HttpError::bad_request(if let Some(name) = quoted("missing field ") {
        format!("{name}: missing")
    } else if let Some(name) = quoted("duplicate field ") {
        format!("{name}: given more than once")
    } else if let Some(name) = quoted("unknown field ") {
        unknown(&name, message)
    } else if matches!(path, "." | "?") {
        format!("{whole}: {message}")
    } else {
        format!("{path}: {message}")
    })
}

/// `message` quotes the unknown name first, then the known ones.
fn unknown(name: &str, message: &str) -> String {
    let known = || message.split('`').skip(1).step_by(2).skip(1);
    match nearest(name, known()) {
        Some(meant) => format!("{name}: no such parameter; did you mean {meant}?"),
        None => {
            format!("{name}: no such parameter; known parameters: {}", known().collect::<Vec<_>>().join(", "))
        }
    }
}

/// Parses an optional parameter from text.
pub(super) fn optional<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err = ParseError>,
{
    let text = String::deserialize(deserializer)?;
    text.parse().map(Some).map_err(Error::custom)
}

/// Accepts only digits, because `u64::from_str` would also accept a sign.
pub(super) fn whole_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| digits);
    number.map(Some).ok_or_else(|| Error::custom("expected a whole number"))
}

/// Accepts a hash or an address, and writes it as responses do.
pub(super) fn hash_or_address<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let hash = || Hash::parse(&text).map(|hash| hash.to_string());
    let address = || Address::parse(&text).map(|address| address.to_string());
    let known = hash().or_else(|_| address());
    known.map(Some).map_err(|_| Error::custom("expected 0x and 64 hexadecimal digits, or 40 for an address"))
}

/// Accepts a text of limited length.
pub(super) fn short_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.chars().count() > MAX_TEXT_CHARS {
        return Err(Error::custom(format_args!("longer than {MAX_TEXT_CHARS} characters")));
    }
    Ok(Some(text))
}

pub(super) fn page_size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<usize>, D::Error> {
    match whole_number(deserializer) {
        Ok(Some(size @ 1..=MAX_PAGE_SIZE)) => Ok(Some(size as usize)),
        _ => Err(Error::custom("expected a whole number from 1 to 1000")),
    }
}
