//! File names and media types that are safe in headers.

use mime::Mime;
use mime2ext::mime2ext;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The maximum length of a name, in characters. Rows of 2019 may have longer titles.
const MAX_CHARS: usize = 256;

/// The octets that RFC 8187 leaves unencoded.
const NOT_ATTR_CHAR: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// Media types whose usual extension differs from the library's choice.
const USUAL: [(&str, &str); 4] =
    [("audio/aac", "aac"), ("audio/mpeg", "mp3"), ("audio/ogg", "ogg"), ("video/quicktime", "mov")];

/// The media type to send: the stored one if it is valid, else the type for unknown bytes.
pub(super) fn media_type(file_type: Option<&str>) -> &str {
    match file_type {
        Some(text)
            if text.parse::<Mime>().is_ok() && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) =>
        {
            text
        }
        _ => "application/octet-stream",
    }
}

/// A media type's usual extension with its dot; empty for an unknown type.
pub(super) fn extension(file_type: Option<&str>) -> String {
    let media_type = file_type.and_then(|text| text.parse::<Mime>().ok());
    let extension = media_type.and_then(|media_type| {
        let essence = media_type.essence_str();
        let usual = USUAL.iter().find(|(name, _)| *name == essence);
        usual.map(|(_, extension)| *extension).or_else(|| mime2ext(essence))
    });
    extension.map(|extension| format!(".{extension}")).unwrap_or_default()
}

/// `name` made safe for file systems and headers: control characters and path separators become `_`. Empty if only
/// dots and blanks are left.
pub(super) fn safe(name: &str) -> String {
    let replaced: String = name
        .chars()
        .take(MAX_CHARS)
        .map(
            |character| {
                if character.is_control() || matches!(character, '/' | '\\') { '_' } else { character }
            },
        )
        .collect();
    let trimmed = replaced.trim();
    if trimmed.chars().all(|character| character == '.') { String::new() } else { trimmed.to_owned() }
}

/// A safe ASCII name.
pub(super) fn ascii(safe_name: &str) -> String {
    safe_name.chars().map(|character| if character.is_ascii() { character } else { '_' }).collect()
}

/// The value of a `filename*` parameter (RFC 8187).
pub(super) fn extended(safe_name: &str) -> String {
    format!("UTF-8''{}", utf8_percent_encode(safe_name, NOT_ATTR_CHAR))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_the_usual_ones() {
        for (media_type, expected) in [
            ("image/png", ".png"),
            ("image/jpeg", ".jpg"),
            ("image/gif", ".gif"),
            ("image/svg+xml", ".svg"),
            ("image/tiff", ".tif"),
            ("image/webp", ".webp"),
            ("image/bmp", ".bmp"),
            ("text/plain", ".txt"),
            ("text/plain; charset=utf-8", ".txt"),
            ("TEXT/PLAIN", ".txt"),
            ("text/html", ".html"),
            ("text/css", ".css"),
            ("text/csv", ".csv"),
            ("text/xml", ".xml"),
            ("text/markdown", ".md"),
            ("application/javascript", ".js"),
            ("application/json", ".json"),
            ("application/pdf", ".pdf"),
            ("application/rtf", ".rtf"),
            ("application/xml", ".xml"),
            ("application/zip", ".zip"),
            ("application/gzip", ".gz"),
            ("application/x-tar", ".tar"),
            ("application/x-7z-compressed", ".7z"),
            ("application/msword", ".doc"),
            ("application/vnd.ms-excel", ".xls"),
            ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx"),
            ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx"),
            ("application/epub+zip", ".epub"),
            ("application/octet-stream", ".bin"),
            ("audio/mpeg", ".mp3"),
            ("audio/wav", ".wav"),
            ("audio/ogg", ".ogg"),
            ("video/mp4", ".mp4"),
            ("video/mpeg", ".mpeg"),
            ("video/webm", ".webm"),
            ("video/quicktime", ".mov"),
            ("video/x-msvideo", ".avi"),
        ] {
            assert_eq!(extension(Some(media_type)), expected, "{media_type}");
        }
    }

    #[test]
    fn types_nobody_knows_have_no_extension() {
        for media_type in ["application/x-made-up", "made/up", "nonsense", "", "*/*", "image/*", "text"] {
            assert_eq!(extension(Some(media_type)), "", "{media_type}");
        }
        assert_eq!(extension(None), "");
    }

    #[test]
    fn a_media_type_is_sent_as_stored_or_not_at_all() {
        assert_eq!(media_type(Some("text/plain; charset=utf-8")), "text/plain; charset=utf-8");
        for bad in [None, Some(""), Some("png"), Some("text/plain\r\nX: y"), Some("téxt/plain")] {
            assert_eq!(media_type(bad), "application/octet-stream", "{bad:?}");
        }
    }

    #[test]
    fn names_lose_what_could_be_misread() {
        assert_eq!(safe("a\r\nSet-Cookie: b\u{0}c\u{85}"), "a__Set-Cookie: b_c_");
        assert_eq!(safe("../../etc/passwd"), ".._.._etc_passwd");
        assert_eq!(safe("C:\\autoexec"), "C:_autoexec");
        assert_eq!(safe("  Žluťoučký \"kůň\" 🐎 "), "Žluťoučký \"kůň\" 🐎");
        for nothing in ["", ".", "..", "   "] {
            assert_eq!(safe(nothing), "");
        }
        assert_eq!(safe(&"x".repeat(1000)).len(), MAX_CHARS);
    }

    #[test]
    fn names_have_an_ascii_and_an_exact_form() {
        assert_eq!(ascii("Über 🐎.png"), "_ber _.png");
        assert_eq!(extended("Über 'a' (1)*.png"), "UTF-8''%C3%9Cber%20%27a%27%20%281%29%2A.png");
        assert_eq!(extended("a\"; b%"), "UTF-8''a%22%3B%20b%25");
    }
}
