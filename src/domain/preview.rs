//! What a preview of a file shows.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::ParseError;

const MAX_BYTES: u64 = 1_000_000_000;
const MAX_ROWS: u64 = 1_000;
const EXPECTED: &str = "expected none, bytes:<1 to 1000000000> or rows:<1 to 1000>";

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A maker's choice of what voters may see of a file. Its text is `none`, `bytes:<n>` or `rows:<n>`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PreviewChoice {
    Nothing,
    /// The first bytes.
    Bytes(u64),
    /// The first rows of a table.
    Rows(u64),
}

impl PreviewChoice {
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let choice = match text.split_once(':') {
            None if text == "none" => Some(PreviewChoice::Nothing),
            Some(("bytes", digits)) => number(digits, MAX_BYTES).map(PreviewChoice::Bytes),
            Some(("rows", digits)) => number(digits, MAX_ROWS).map(PreviewChoice::Rows),
            _ => None,
        };
        choice.ok_or(ParseError(EXPECTED))
    }

    /// The choice in a stored row. Anything that is not one counts as not given.
    pub(super) fn stored<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        let stored = serde_json::Value::deserialize(deserializer)?;
        Ok(stored.as_str().and_then(|text| Self::parse(text).ok()))
    }
}

/// A number from 1 on, in its only form.
fn number(digits: &str, most: u64) -> Option<u64> {
    let is_plain = digits.bytes().all(|digit| digit.is_ascii_digit()) && !digits.starts_with('0');
    digits.parse::<u64>().ok().filter(|number| is_plain && *number <= most)
}

impl fmt::Display for PreviewChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PreviewChoice::Nothing => f.write_str("none"),
            PreviewChoice::Bytes(bytes) => write!(f, "bytes:{bytes}"),
            PreviewChoice::Rows(rows) => write!(f, "rows:{rows}"),
        }
    }
}

impl Serialize for PreviewChoice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PreviewChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// The length of the first rows of a table (RFC 4180) that begins with these bytes. A row ends at a line feed outside of
/// double quotes. If the bytes are not the whole table, an incomplete last row is left out, unless it is the only one.
pub fn rows_length(rows: u64, bytes: &[u8], is_whole: bool) -> usize {
    let start = if bytes.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    let (mut complete, mut end) = (0, 0);
    let mut quotes = Quotes::default();
    for (position, byte) in bytes.iter().enumerate().skip(start) {
        if quotes.encloses(*byte) || *byte != b'\n' {
            continue;
        }
        complete += 1;
        end = position + 1;
        if complete >= rows {
            return end;
        }
    }
    if is_whole || end == 0 { bytes.len() } else { end }
}

/// Whether the bytes of a table are between double quotes. Quotes enclose only a whole field, so one in the middle of a
/// field, as in `5" pipe`, stands for itself.
#[derive(Default)]
struct Quotes {
    open: bool,
    before: Before,
}

/// What came last.
#[derive(Default, PartialEq, Eq)]
enum Before {
    /// The beginning of a field.
    #[default]
    Field,
    /// A quote that closed a field, or the first of two that stand for one.
    Closing,
    Other,
}

impl Quotes {
    fn encloses(&mut self, byte: u8) -> bool {
        if self.open {
            if byte == b'"' {
                self.open = false;
                self.before = Before::Closing;
            }
            return true;
        }
        self.open = byte == b'"' && self.before != Before::Other;
        self.before = match byte {
            b',' | b';' | b'\t' | b'|' | b'\n' => Before::Field,
            _ => Before::Other,
        };
        self.open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_has_one_text() {
        for text in ["none", "bytes:1", "bytes:1000000000", "rows:1", "rows:20", "rows:1000"] {
            assert_eq!(PreviewChoice::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            "None",
            "none:",
            "none:1",
            "all",
            "bytes",
            "bytes:",
            "bytes:0",
            "bytes:01",
            "bytes:+1",
            "bytes:-1",
            "bytes:1e3",
            "bytes: 1",
            "bytes:1 ",
            "bytes:1000000001",
            "rows:0",
            "rows:1001",
            "rows:1:2",
            "rows:٣",
            "rows:99999999999999999999",
            "columns:1",
        ] {
            assert_eq!(PreviewChoice::parse(text), Err(ParseError(EXPECTED)), "{text}");
        }
    }

    #[test]
    fn rows_end_at_line_feeds_outside_of_quotes() {
        for (rows, table, shown) in [
            (1, "a,b\r\n1,2\r\n", "a,b\r\n"),
            (2, "a,b\n1,2\n3,4\n", "a,b\n1,2\n"),
            (2, "a\n\"1\n2\"\n3\n", "a\n\"1\n2\"\n"),
            (1, "\"say \"\"a\n\"\"\",b\nc\n", "\"say \"\"a\n\"\"\",b\n"),
            (1, "\"\",\"\n\"\nc\n", "\"\",\"\n\"\n"),
            (1, "x;\"\n\"\nc\n", "x;\"\n\"\n"),
            (1, "\u{feff}\"a\nb\"\nc\n", "\u{feff}\"a\nb\"\n"),
            // Such a quote encloses nothing.
            (1, "5\" pipe\n6\" pipe\n", "5\" pipe\n"),
            (1, "5\"\" pipe\n6\" pipe\n", "5\"\" pipe\n"),
            (1, "\n\n", "\n"),
            (1, "one row", "one row"),
            (9, "a\nb", "a\nb"),
            (9, "", ""),
        ] {
            assert_eq!(&table[..rows_length(rows, table.as_bytes(), true)], shown, "{table}");
        }
    }

    #[test]
    fn an_incomplete_row_is_left_out_unless_it_is_the_only_one() {
        for (table, shown) in [
            ("a\nb\nhal", "a\nb\n"),
            ("a\n\"b\n", "a\n"),
            ("hal", "hal"),
            ("\"a\nb", "\"a\nb"),
            ("a\n", "a\n"),
        ] {
            assert_eq!(&table[..rows_length(9, table.as_bytes(), false)], shown, "{table}");
        }
    }
}
