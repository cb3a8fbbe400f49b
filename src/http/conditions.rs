//! Conditional and range requests (RFC 9110, sections 13 and 14), for files that never change.

use actix_web::http::Method;
use actix_web::http::header::{self, EntityTag, Header, HeaderMap, IfMatch, IfNoneMatch, IfRange};
use actix_web::{HttpMessage, HttpRequest};

use super::error::HttpError;

/// The part of a file to send.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Part {
    /// The client has the file already.
    NotModified,
    Whole,
    /// The bytes from `start`; at least one.
    Range {
        start: u64,
        length: u64,
    },
}

/// The part that a request wants of a file with `size` bytes and the strong entity tag `etag`. Returns 412 if `If-Match`
/// names another tag, and 416 if the range is out of bounds.
pub(super) fn evaluate(request: &HttpRequest, etag: &str, size: u64) -> Result<Part, HttpError> {
    let etag = etag.parse::<EntityTag>().ok();
    if let Some(condition) = parse::<IfMatch>(request)
        && !matches_strongly(&condition, etag.as_ref())
    {
        return Err(HttpError::PreconditionFailed);
    }
    if let Some(condition) = parse::<IfNoneMatch>(request)
        && matches_weakly(&condition, etag.as_ref())
    {
        return Ok(Part::NotModified);
    }
    // Ranges are defined only for GET; HEAD describes the whole file.
    if request.method() != Method::GET || !range_applies(request, etag.as_ref()) {
        return Ok(Part::Whole);
    }
    match Wanted::of(request.headers()) {
        Wanted::Whole => Ok(Part::Whole),
        Wanted::From(start, last) if start < size => {
            Ok(Part::Range { start, length: last.min(size - 1) - start + 1 })
        }
        Wanted::Last(count) if count > 0 && size > 0 => {
            let length = count.min(size);
            Ok(Part::Range { start: size - length, length })
        }
        Wanted::From(..) | Wanted::Last(_) => Err(HttpError::RangeNotSatisfiable { size }),
    }
}

/// Whether `If-None-Match` names this entity.
pub(super) fn not_modified(request: &impl HttpMessage, etag: &str) -> bool {
    let given = request.headers().get(header::IF_NONE_MATCH);
    if given.is_none_or(|given| given == etag) {
        // As nearly all clients send it, without parsing it.
        return given.is_some();
    }
    let condition = parse::<IfNoneMatch>(request);
    condition.is_some_and(|condition| matches_weakly(&condition, etag.parse::<EntityTag>().ok().as_ref()))
}

/// An invalid condition counts as none.
fn parse<H: Header>(request: &impl HttpMessage) -> Option<H> {
    request.headers().contains_key(H::name()).then(|| request.get_header::<H>()).flatten()
}

fn matches_strongly(condition: &IfMatch, etag: Option<&EntityTag>) -> bool {
    match condition {
        IfMatch::Any => true,
        IfMatch::Items(tags) => etag.is_some_and(|etag| tags.iter().any(|tag| tag.strong_eq(etag))),
    }
}

fn matches_weakly(condition: &IfNoneMatch, etag: Option<&EntityTag>) -> bool {
    match condition {
        IfNoneMatch::Any => true,
        IfNoneMatch::Items(tags) => etag.is_some_and(|etag| tags.iter().any(|tag| tag.weak_eq(etag))),
    }
}

/// A range applies unless `If-Range` names another entity. Files have no date, so a date never matches.
fn range_applies(request: &HttpRequest, etag: Option<&EntityTag>) -> bool {
    if !request.headers().contains_key(header::IF_RANGE) {
        return true;
    }
    match request.get_header::<IfRange>() {
        Some(IfRange::EntityTag(tag)) => etag.is_some_and(|etag| tag.strong_eq(etag)),
        Some(IfRange::Date(_)) | None => false,
    }
}

/// The `Range` header. Numbers beyond `u64` count as its maximum.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Wanted {
    /// No range, an invalid one, a unit other than bytes, or several ranges: the response is the whole file.
    Whole,
    /// From the first position to the last, inclusive.
    From(u64, u64),
    /// That many bytes at the end.
    Last(u64),
}

impl Wanted {
    fn of(headers: &HeaderMap) -> Self {
        let mut values = headers.get_all(header::RANGE);
        match (values.next(), values.next()) {
            (Some(value), None) => value.to_str().ok().and_then(Wanted::parse).unwrap_or(Wanted::Whole),
            _ => Wanted::Whole,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (unit, range) = text.split_once('=')?;
        if !unit.trim().eq_ignore_ascii_case("bytes") {
            return None;
        }
        let (first, last) = range.trim().split_once('-')?;
        match (first.trim(), last.trim()) {
            ("", count) => Some(Wanted::Last(position(count)?)),
            (first, "") => Some(Wanted::From(position(first)?, u64::MAX)),
            (first, last) => {
                let (first, last) = (position(first)?, position(last)?);
                (first <= last).then_some(Wanted::From(first, last))
            }
        }
    }
}

fn position(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    const ETAG: &str = "\"abc\"";

    fn ask(headers: &[(&'static str, &'static str)], size: u64) -> Result<Part, u16> {
        use actix_web::ResponseError;
        let request =
            headers.iter().fold(TestRequest::get(), |request, header| request.insert_header(*header));
        evaluate(&request.to_http_request(), ETAG, size).map_err(|error| error.status_code().as_u16())
    }

    #[test]
    fn a_single_range_is_cut_to_the_file() {
        for (range, start, length) in [
            ("bytes=0-0", 0, 1),
            ("bytes=0-9", 0, 10),
            ("bytes=3-5", 3, 3),
            ("bytes=3-", 3, 7),
            ("bytes=3-1000", 3, 7),
            ("bytes=3-99999999999999999999999", 3, 7),
            ("bytes=-4", 6, 4),
            ("bytes=-1000", 0, 10),
            ("Bytes = 3 - 5 ", 3, 3),
        ] {
            assert_eq!(ask(&[("range", range)], 10), Ok(Part::Range { start, length }), "{range}");
        }
    }

    #[test]
    fn a_range_outside_the_file_is_refused() {
        for range in ["bytes=10-", "bytes=10-20", "bytes=99999999999999999999999-", "bytes=-0"] {
            assert_eq!(ask(&[("range", range)], 10), Err(416), "{range}");
        }
        assert_eq!(ask(&[("range", "bytes=0-")], 0), Err(416));
        assert_eq!(ask(&[("range", "bytes=-5")], 0), Err(416));
    }

    #[test]
    fn what_is_no_single_range_is_answered_with_the_whole() {
        for range in [
            "bytes=5-2",
            "bytes=0-1,3-4",
            "lines=1-2",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "bytes=+1-2",
        ] {
            assert_eq!(ask(&[("range", range)], 10), Ok(Part::Whole), "{range}");
        }
        assert_eq!(ask(&[], 10), Ok(Part::Whole));
    }

    #[test]
    fn if_range_guards_the_range() {
        let range = ("range", "bytes=0-1");
        assert_eq!(ask(&[range, ("if-range", ETAG)], 10), Ok(Part::Range { start: 0, length: 2 }));
        for other in ["\"xyz\"", "W/\"abc\"", "Tue, 15 Nov 1994 08:12:31 GMT", "nonsense"] {
            assert_eq!(ask(&[range, ("if-range", other)], 10), Ok(Part::Whole), "{other}");
        }
    }

    #[test]
    fn if_none_match_comes_before_the_range() {
        for known in [ETAG, "*", "\"xyz\", \"abc\"", "W/\"abc\""] {
            let headers = [("if-none-match", known), ("range", "bytes=100-")];
            assert_eq!(ask(&headers, 10), Ok(Part::NotModified), "{known}");
        }
        assert_eq!(ask(&[("if-none-match", "\"xyz\"")], 10), Ok(Part::Whole));
    }

    #[test]
    fn if_match_comes_first() {
        assert_eq!(ask(&[("if-match", "\"xyz\""), ("if-none-match", ETAG)], 10), Err(412));
        assert_eq!(ask(&[("if-match", ETAG)], 10), Ok(Part::Whole));
        assert_eq!(ask(&[("if-match", "*")], 10), Ok(Part::Whole));
    }

    #[test]
    fn head_tells_about_the_whole_file() {
        let request = TestRequest::default().method(Method::HEAD).insert_header(("range", "bytes=0-1"));
        assert_eq!(evaluate(&request.to_http_request(), ETAG, 10).unwrap(), Part::Whole);
    }
}
