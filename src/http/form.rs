//! An upload's text fields, validated one by one.

use super::error::HttpError;
use super::extract::wrong;
use crate::domain::listing_text::MAX_METADATA_BYTES;
use crate::domain::{Address, Hash, ParseError, PreviewChoice, listing_text};
use crate::service::ServiceError;
use crate::service::uploads::Form;

/// The maximum length of a field's value as sent, in bytes.
pub(super) const MAX_FIELD_BYTES: usize = 64 * 1024;

const REQUIRED: [&str; 8] =
    ["tx_hash", "listing_hash", "title", "description", "license", "file_type", "md5_sum", "owner"];
const OPTIONAL: [&str; 3] = ["tags", "filenames", "preview"];

/// The name of a known field; `None` for any other.
pub(super) fn known(name: &str) -> Option<&'static str> {
    REQUIRED.iter().chain(&OPTIONAL).find(|known| **known == name).copied()
}

/// The fields of a form as they arrive, in any order.
#[derive(Default)]
pub(super) struct Fields {
    values: Vec<(&'static str, String)>,
    /// Of all values.
    bytes: usize,
}

impl Fields {
    /// Refused as soon as the values are too long together, so that nobody holds more than that.
    pub(super) fn add(&mut self, name: &'static str, value: String) -> Result<(), HttpError> {
        self.bytes += value.len();
        if self.bytes > MAX_METADATA_BYTES {
            let sentence = format!("the fields have more than {MAX_METADATA_BYTES} bytes together");
            return Err(HttpError::bad_request(sentence));
        }
        self.values.push((name, value));
        Ok(())
    }

    /// The required fields that have not arrived yet.
    pub(super) fn missing(&self) -> Vec<&'static str> {
        REQUIRED.into_iter().filter(|name| self.values(name).next().is_none()).collect()
    }

    /// The refusal names every missing field, including the file.
    pub(super) fn require_all(&self, has_file: bool) -> Result<(), HttpError> {
        let mut missing = self.missing();
        if !has_file {
            missing.push("file");
        }
        if missing.is_empty() {
            return Ok(());
        }
        Err(HttpError::bad_request(format!("missing: {}", missing.join(", "))))
    }

    /// The validated form. The refusal names the first field that is missing or wrong.
    pub(super) fn check(&self) -> Result<Form, HttpError> {
        Ok(Form {
            tx_hash: self.parse("tx_hash", Hash::parse)?,
            listing_hash: self.parse("listing_hash", Hash::parse)?,
            title: self.line("title")?,
            description: self.text("description")?,
            license: self.text("license")?,
            file_type: self.line("file_type")?,
            md5_sum: self.md5_sum()?,
            owner: self.parse("owner", Address::parse)?,
            tags: self.tags()?,
            filename: self.filename()?,
            preview: self.preview()?,
        })
    }

    fn values(&self, name: &'static str) -> impl Iterator<Item = &str> {
        self.values.iter().filter(move |(key, _)| *key == name).map(|(_, value)| value.as_str())
    }

    /// A required field's value. A field may repeat with the same value, because 2019 clients send `owner` twice.
    fn value(&self, name: &'static str) -> Result<&str, HttpError> {
        let mut values = self.values(name);
        let first = values.next().ok_or_else(|| ServiceError::invalid(name, "missing"))?;
        if values.any(|value| !value.eq_ignore_ascii_case(first)) {
            return Err(ServiceError::invalid(name, "given twice, with different values").into());
        }
        if first.trim().is_empty() {
            return Err(ServiceError::invalid(name, "empty").into());
        }
        Ok(first)
    }

    fn parse<T>(
        &self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, ParseError>,
    ) -> Result<T, HttpError> {
        parse(self.value(name)?.trim()).map_err(|error| wrong(name, &error))
    }

    fn line(&self, name: &'static str) -> Result<String, HttpError> {
        Ok(checked(name, self.value(name)?, listing_text::check_line)?)
    }

    fn text(&self, name: &'static str) -> Result<String, HttpError> {
        Ok(checked(name, self.value(name)?, listing_text::check_text)?)
    }

    fn md5_sum(&self) -> Result<String, HttpError> {
        let digits = self.value("md5_sum")?.trim().to_ascii_lowercase();
        if digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            Ok(digits)
        } else {
            Err(ServiceError::invalid("md5_sum", "expected 32 hex digits").into())
        }
    }

    /// Comma-separated, in one or more fields. Blanks around a tag and empty tags are ignored.
    fn tags(&self) -> Result<Vec<String>, HttpError> {
        let tags = self.values("tags").flat_map(|value| value.split(',')).map(str::trim);
        let tags: Result<Vec<_>, _> = tags
            .filter(|tag| !tag.is_empty())
            .map(|tag| checked("tags", tag, listing_text::check_line))
            .collect();
        let tags = tags?;
        listing_text::check_tags(&tags).map_err(|error| ServiceError::invalid("tags", error.0))?;
        Ok(tags)
    }

    fn filename(&self) -> Result<Option<String>, HttpError> {
        let first = self.values("filenames").next().map(str::trim).filter(|name| !name.is_empty());
        Ok(first.map(|name| checked("filenames", name, listing_text::check_line)).transpose()?)
    }

    fn preview(&self) -> Result<Option<PreviewChoice>, HttpError> {
        let mut values = self.values("preview").map(str::trim).filter(|value| !value.is_empty());
        let Some(first) = values.next() else { return Ok(None) };
        if values.any(|value| value != first) {
            return Err(ServiceError::invalid("preview", "given twice, with different values").into());
        }
        PreviewChoice::parse(first).map(Some).map_err(|error| wrong("preview", &error))
    }
}

fn checked(
    name: &'static str,
    value: &str,
    check: impl FnOnce(&str) -> Result<(), ParseError>,
) -> Result<String, ServiceError> {
    check(value).map_err(|error| ServiceError::invalid(name, error.0))?;
    Ok(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(changes: &[(&'static str, &str)]) -> Fields {
        let hash = "AB".repeat(32);
        let mut fields = Fields::default();
        for (name, value) in [
            ("tx_hash", hash.as_str()),
            ("listing_hash", &hash),
            ("title", "A title"),
            ("description", "First line\r\n\tsecond"),
            ("license", "MIT"),
            ("file_type", "image/png"),
            ("md5_sum", "D41D8CD98F00B204E9800998ECF8427E"),
            ("owner", &"ab".repeat(20)),
        ] {
            match changes.iter().find(|(changed, _)| *changed == name) {
                Some((_, "absent")) => {}
                Some((_, other)) => fields.add(name, (*other).to_owned()).unwrap(),
                None => fields.add(name, value.to_owned()).unwrap(),
            }
        }
        for (name, value) in changes.iter().filter(|(name, _)| OPTIONAL.contains(name)) {
            fields.add(name, (*value).to_owned()).unwrap();
        }
        fields
    }

    fn refusal(fields: &Fields) -> String {
        match fields.require_all(true).and_then(|()| fields.check()) {
            Ok(_) => panic!("accepted"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_whole_form_is_read() {
        let form = with(&[("tags", " a, b,,c ,"), ("filenames", "photo.png")]).check().unwrap();
        assert_eq!(form.tags, ["a", "b", "c"]);
        assert_eq!(form.filename.as_deref(), Some("photo.png"));
        assert_eq!(form.md5_sum, "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(form.listing_hash.to_string(), format!("0x{}", "ab".repeat(32)));
    }

    #[test]
    fn everything_that_is_missing_is_named_at_once() {
        assert_eq!(refusal(&with(&[("title", "absent"), ("owner", "absent")])), "missing: title, owner");
        let error = Fields::default().require_all(false).unwrap_err().to_string();
        assert_eq!(
            error,
            "missing: tx_hash, listing_hash, title, description, license, file_type, md5_sum, owner, file"
        );
    }

    #[test]
    fn what_is_empty_malformed_or_too_long_is_named() {
        let (long_title, long_text) = ("é".repeat(257), "e".repeat(10_001));
        for (name, value) in [
            ("tx_hash", "0x12"),
            ("listing_hash", "zz"),
            ("title", ""),
            ("title", "  "),
            ("title", "two\nlines"),
            ("title", &long_title),
            ("description", "bell\u{7}"),
            ("description", &long_text),
            ("license", "\u{0}"),
            ("file_type", "image/png\r\nX: y"),
            ("md5_sum", "abc"),
            ("md5_sum", "zz1d8cd98f00b204e9800998ecf8427e"),
            ("owner", "me"),
            ("tags", "a\u{1b}"),
            ("tags", &"a,".repeat(65)),
            ("filenames", "a\u{0}b"),
            ("preview", "all"),
            ("preview", "rows:0"),
            ("preview", "bytes:-1"),
        ] {
            assert!(refusal(&with(&[(name, value)])).starts_with(&format!("{name}: ")), "{name}");
        }
    }

    #[test]
    fn limits_count_characters_not_bytes() {
        let title = "é".repeat(256);
        assert_eq!(with(&[("title", &title)]).check().unwrap().title, title);
    }

    #[test]
    fn fields_that_are_too_long_together_are_refused_before_the_form_is_whole() {
        let mut fields = Fields::default();
        let kept = (0..).take_while(|_| fields.add("tags", "a".repeat(1_000)).is_ok()).count();
        assert_eq!(kept, MAX_METADATA_BYTES / 1_000);
        let held: usize = fields.values.iter().map(|(_, value)| value.len()).sum();
        assert!(held <= MAX_METADATA_BYTES);
    }

    #[test]
    fn a_field_may_repeat_as_long_as_it_says_the_same() {
        let mut fields = with(&[]);
        fields.add("owner", "AB".repeat(20)).unwrap();
        assert!(fields.check().is_ok());
        fields.add("owner", "cd".repeat(20)).unwrap();
        assert!(refusal(&fields).starts_with("owner: "));
    }

    #[test]
    fn a_choice_of_preview_may_be_left_out() {
        let preview = |value| with(&[("preview", value)]).check().unwrap().preview;
        assert_eq!(with(&[]).check().unwrap().preview, None);
        assert_eq!((preview(""), preview(" none ")), (None, Some(PreviewChoice::Nothing)));
        let mut fields = with(&[("preview", "rows:20")]);
        assert_eq!(fields.check().unwrap().preview, Some(PreviewChoice::Rows(20)));
        fields.add("preview", "rows:21".into()).unwrap();
        assert!(refusal(&fields).starts_with("preview: "));
    }

    #[test]
    fn the_first_of_several_filenames_is_kept() {
        let mut fields = with(&[("filenames", "one.png")]);
        fields.add("filenames", "two.png".into()).unwrap();
        assert_eq!(fields.check().unwrap().filename.as_deref(), Some("one.png"));
    }
}
