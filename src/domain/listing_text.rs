//! Limits on a maker's metadata for a file.

use super::ParseError;

/// The maximum size of all texts together, because a row in a list costs memory for each of its readers.
pub const MAX_METADATA_BYTES: usize = 16 * 1024;
pub const MAX_TAGS: usize = 64;

const MAX_LINE_CHARS: usize = 256;
const MAX_TEXT_CHARS: usize = 10_000;

/// Title and media type: one line of at most 256 characters.
pub fn check_line(text: &str) -> Result<(), ParseError> {
    if text.chars().count() > MAX_LINE_CHARS {
        return Err(ParseError("longer than 256 characters"));
    }
    check(text, char::is_control)
}

/// Description and license: at most 10 000 characters on any number of lines.
pub fn check_text(text: &str) -> Result<(), ParseError> {
    if text.chars().count() > MAX_TEXT_CHARS {
        return Err(ParseError("longer than 10000 characters"));
    }
    check(text, |c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

pub fn check_tags(tags: &[String]) -> Result<(), ParseError> {
    if tags.len() > MAX_TAGS {
        return Err(ParseError("more than 64"));
    }
    tags.iter().filter(|tag| !tag.trim().is_empty()).try_for_each(|tag| check_line(tag))
}

fn check(text: &str, refused: impl Fn(char) -> bool) -> Result<(), ParseError> {
    if text.trim().is_empty() {
        Err(ParseError("empty"))
    } else if text.contains(refused) {
        Err(ParseError("contains control characters"))
    } else {
        Ok(())
    }
}
