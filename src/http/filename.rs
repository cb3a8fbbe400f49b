//! File names and media types that are safe in headers.

use mime::Mime;
use mime2ext::mime2ext;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The maximum length of a name in UTF-8 bytes, which is what common file systems take. Its header, percent-encoded and
/// beside the others, stays well below the 4 kB that proxies keep for all headers of a response.
const MAX_BYTES: usize = 255;

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
const USUAL: [(&str, &str); 5] = [
    // The front end of 2019 calls text files that.
    ("application/text", "txt"),
    ("audio/aac", "aac"),
    ("audio/mpeg", "mp3"),
    ("audio/ogg", "ogg"),
    ("video/quicktime", "mov"),
];

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
fn extension(file_type: Option<&str>) -> String {
    let media_type = file_type.and_then(|text| text.parse::<Mime>().ok());
    let extension = media_type.and_then(|media_type| {
        let essence = media_type.essence_str();
        let usual = USUAL.iter().find(|(name, _)| *name == essence);
        usual.map(|(_, extension)| *extension).or_else(|| mime2ext(essence))
    });
    extension.map(|extension| format!(".{extension}")).unwrap_or_default()
}

/// The name of a file with that title: with its type's extension, at most [`MAX_BYTES`] long, and safe for file systems and
/// headers. `None` if nothing of the title can be used.
pub(super) fn titled(title: &str, file_type: Option<&str>) -> Option<String> {
    let extension = extension(file_type);
    let title = safe(title);
    let (stem, extension) = match title.rsplit_once('.') {
        Some((stem, given)) if !stem.is_empty() && names_type(given, &extension, file_type) => {
            (stem, format!(".{given}"))
        }
        _ => (title.as_str(), extension),
    };
    let cut = stem.floor_char_boundary(MAX_BYTES - extension.len().min(MAX_BYTES));
    let stem = stem[..cut].trim_end();
    // What is left of a long title may be a dot, which names a directory.
    let is_name = !stem.chars().all(|character| character == '.');
    is_name.then(|| format!("{stem}{extension}"))
}

/// The title's own extension says what the type's would.
fn names_type(given: &str, extension: &str, file_type: Option<&str>) -> bool {
    let of_type = file_type.and_then(|text| text.parse::<Mime>().ok());
    let is_of_type =
        |guess: Mime| of_type.as_ref().is_some_and(|of_type| of_type.essence_str() == guess.essence_str());
    extension.strip_prefix('.').is_some_and(|usual| usual.eq_ignore_ascii_case(given))
        || mime_guess::from_ext(given).iter().any(is_of_type)
}

/// A file of the listing without a usable title.
pub(super) fn untitled(listing_hash: &str, file_type: Option<&str>) -> String {
    format!("{listing_hash}{}", extension(file_type))
}

/// `name` made safe for file systems and headers: control characters and path separators become `_`, and what would show
/// it in another order is left out. Empty if only dots and blanks are left.
fn safe(name: &str) -> String {
    let replaced: String = name
        .chars()
        .filter(|character| !changes_order(*character))
        .map(|character| if is_separator(character) { '_' } else { character })
        .collect();
    let trimmed = replaced.trim();
    if trimmed.chars().all(|character| character == '.') { String::new() } else { trimmed.to_owned() }
}

/// A bidirectional control character: `gpj.exe` could be shown as `exe.jpg`.
fn changes_order(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_separator(character: char) -> bool {
    character.is_control() || matches!(character, '/' | '\\' | '\u{2028}' | '\u{2029}')
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
            ("application/text", ".txt"),
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
        assert_eq!(safe("annual\u{202e}txt.exe"), "annualtxt.exe");
        assert_eq!(safe("\u{2066}a\u{2069}\u{200f}\u{61c}b\u{2028}c"), "ab_c");
    }

    #[test]
    fn a_file_is_called_by_its_title_with_one_extension() {
        for (title, file_type, expected) in [
            ("Data", Some("text/csv"), Some("Data.csv")),
            ("data.csv", Some("text/csv"), Some("data.csv")),
            ("DATA.CSV", Some("text/csv; charset=utf-8"), Some("DATA.CSV")),
            ("photo.jpeg", Some("image/jpeg"), Some("photo.jpeg")),
            ("page.htm", Some("text/html"), Some("page.htm")),
            ("notes.txt", Some("application/text"), Some("notes.txt")),
            ("v1.2", Some("text/csv"), Some("v1.2.csv")),
            ("virus.exe", Some("image/png"), Some("virus.exe.png")),
            (".csv", Some("text/csv"), Some(".csv.csv")),
            ("data.csv", None, Some("data.csv")),
            ("..", Some("text/csv"), None),
            ("\u{202e}", Some("text/csv"), None),
        ] {
            assert_eq!(titled(title, file_type).as_deref(), expected, "{title}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_extension_and_whole_characters() {
        for title in
            ["x".repeat(1000), "天".repeat(256), "🐎".repeat(256), format!("{}.csv", "é".repeat(200))]
        {
            let name = titled(&title, Some("text/csv")).unwrap();
            assert!((MAX_BYTES - 3..=MAX_BYTES).contains(&name.len()), "{} bytes", name.len());
            assert!(name.ends_with(".csv") && !name.ends_with(".csv.csv"), "{name}");
        }
        assert_eq!(
            titled(&format!("{} {}", "x".repeat(250), "y".repeat(9)), Some("text/csv")).unwrap().len(),
            254
        );
    }

    #[test]
    fn a_title_that_is_cut_never_becomes_the_name_of_a_directory() {
        for dots in [".", ".."] {
            let title = format!("{dots}{}x", " ".repeat(MAX_BYTES));
            assert_eq!(titled(&title, None), None, "{dots}");
            assert_eq!(titled(&title, Some("text/csv")), None, "{dots}");
        }
    }

    #[test]
    fn names_have_an_ascii_and_an_exact_form() {
        assert_eq!(ascii("Über 🐎.png"), "_ber _.png");
        assert_eq!(extended("Über 'a' (1)*.png"), "UTF-8''%C3%9Cber%20%27a%27%20%281%29%2A.png");
        assert_eq!(extended("a\"; b%"), "UTF-8''a%22%3B%20b%25");
    }
}
