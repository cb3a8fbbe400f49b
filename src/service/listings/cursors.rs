//! Cursors: where the pages of lists begin, as text.

use super::super::read_model::{Begin, Mark, SortField, SortValue, Sorting};
use super::super::{ServiceError, ServiceResult};
use super::{cursor_text, parse_cursor};

/// Parses a cursor written by [`begin_text`]: a place, the number of items before the page, or an order with a value and
/// a place.
pub(super) fn parse_begin(text: &str) -> ServiceResult<Begin> {
    if let Some(count) = text.strip_prefix("after-").and_then(|count| count.parse().ok()) {
        return Ok(Begin::After(count));
    }
    let mut parts = text.split('.');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(order), Some(value), Some(at), None) => {
            let unknown = || ServiceError::invalid("cursor", "expected one from an earlier response");
            let sorting = Sorting::parse(order).ok_or_else(unknown)?;
            let value = parse_value(sorting.by, value).ok_or_else(unknown)?;
            Ok(Begin::Sorted(Mark { sorting, value, at: parse_cursor(at)? }))
        }
        _ => parse_cursor(text).map(Begin::At),
    }
}

pub(super) fn begin_text(begin: &Begin) -> String {
    match begin {
        Begin::At(position) => cursor_text(*position),
        Begin::After(count) => format!("after-{count}"),
        Begin::Sorted(Mark { sorting, value, at }) => {
            let value = match value {
                None => String::new(),
                Some(SortValue::Number(number)) => number.to_string(),
                Some(SortValue::Title(title)) => hex::encode(title),
            };
            format!("{sorting}.{value}.{}", cursor_text(*at))
        }
    }
}

/// A missing value is an empty text.
fn parse_value(by: SortField, text: &str) -> Option<Option<SortValue>> {
    if text.is_empty() {
        return Some(None);
    }
    let value = match by {
        SortField::Title => SortValue::Title(hex::decode(text).ok()?),
        SortField::Size | SortField::Supply if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            SortValue::Number(text.parse().unwrap_or(u128::MAX))
        }
        SortField::Size | SortField::Supply => return None,
    };
    Some(Some(value))
}

#[cfg(test)]
mod tests {
    use super::super::super::index::Position;
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let at = Position { block: 1024, index: 3 };
        let sorted = |name, value| {
            let sorting = Sorting::parse(name).unwrap();
            Begin::Sorted(Mark { sorting, value, at })
        };
        for (begin, text) in [
            (Begin::At(at), "1024-3"),
            (Begin::After(7), "after-7"),
            (sorted("-size", Some(SortValue::Number(4096))), "-size.4096.1024-3"),
            (sorted("supply", None), "supply..1024-3"),
            (sorted("title", Some(SortValue::Title(b"rain".to_vec()))), "title.7261696e.1024-3"),
        ] {
            assert_eq!(begin_text(&begin), text);
            assert_eq!(parse_begin(text).unwrap(), begin);
        }
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        for text in ["", "x", "1", "-", "after-", "size", "size.1", "size.1.1", "size.+1.1-1", "size.1.1-1.1"]
        {
            assert!(parse_begin(text).is_err(), "{text}");
        }
        for text in ["chain.1.1-1", "title.rain.1-1", "title.f.1-1", "size.-1.1-1", "Size.1.1-1"] {
            assert!(parse_begin(text).is_err(), "{text}");
        }
    }
}
