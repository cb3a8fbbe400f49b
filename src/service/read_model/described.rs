//! What filters and orders need of an item's metadata, in the form in which it is compared.

use super::words::words;
use crate::domain::{Amount, Listing};

/// Longer media types and licenses cannot be asked for, and are in no facet.
const MAX_VALUE_CHARS: usize = 256;
/// Titles are compared by this many bytes. Cursors contain them.
pub(super) const MAX_TITLE_BYTES: usize = 80;

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Described {
    /// Sorted, each once.
    pub tags: Vec<String>,
    pub file_type: Option<String>,
    pub license: Option<String>,
    pub size: Option<u64>,
    /// CMT wei.
    pub supply: Option<u128>,
    /// `None` if it has neither letters nor digits.
    pub title: Option<Vec<u8>>,
}

impl Described {
    pub(super) fn new(row: &Listing, supply: Option<Amount>) -> Self {
        let metadata = &row.metadata;
        let mut tags = metadata.tags.clone();
        tags.sort_unstable();
        tags.dedup();
        Described {
            tags,
            file_type: metadata.file_type.as_deref().and_then(media_type),
            license: metadata.license.as_deref().and_then(license),
            size: metadata.size,
            supply: supply.map(Amount::as_u128_saturating),
            title: metadata.title.as_deref().and_then(title),
        }
    }
}

/// A media type without parameters, in lower case.
pub(super) fn media_type(text: &str) -> Option<String> {
    let essence = text.split(';').next().unwrap_or_default();
    value(essence).map(str::to_lowercase)
}

pub(super) fn license(text: &str) -> Option<String> {
    value(text).map(str::to_owned)
}

/// The first part of a media type.
pub(super) fn kind(media_type: &str) -> &str {
    media_type.split('/').next().unwrap_or_default()
}

fn value(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty() && text.chars().count() <= MAX_VALUE_CHARS)
}

/// A title without case and accents.
fn title(text: &str) -> Option<Vec<u8>> {
    let mut bytes = words(text).join(" ").into_bytes();
    bytes.truncate(MAX_TITLE_BYTES);
    Some(bytes).filter(|bytes| !bytes.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_has_one_form() {
        assert_eq!(media_type(" Text/CSV; charset=utf-8").as_deref(), Some("text/csv"));
        assert_eq!((media_type(" ; x"), media_type("")), (None, None));
        assert_eq!((kind("text/csv"), kind("csv")), ("text", "csv"));
        assert_eq!(license(" CC-BY-4.0\n").as_deref(), Some("CC-BY-4.0"));
        assert_eq!(license(&"x".repeat(257)), None);
        assert_eq!(title("Éclairs, 2020"), title("eclairs 2020"));
        assert_eq!((title("!?"), title("")), (None, None));
        assert_eq!(title(&"é ".repeat(200)).map(|title| title.len()), Some(MAX_TITLE_BYTES));
    }
}
