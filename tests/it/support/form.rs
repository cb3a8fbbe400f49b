//! The form of an upload, as exact or as broken as a test wants it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use capi::domain::{Address, Hash};
use md5::{Digest, Md5};

const BOUNDARY: &str = "a-boundary-that-no-file-holds";

#[derive(Clone)]
pub struct Form {
    fields: Vec<(String, String)>,
    /// The part's `Content-Disposition` behind `form-data; `, and its bytes.
    file: Option<(String, Vec<u8>)>,
}

impl Form {
    /// A form that the server takes.
    pub fn new(listing: Hash, transaction: Hash, owner: Address, bytes: &[u8]) -> Self {
        let fields = [
            ("tx_hash", transaction.to_string()),
            ("listing_hash", listing.to_string()),
            ("title", "A title".to_owned()),
            ("description", "What it is".to_owned()),
            ("license", "MIT".to_owned()),
            ("file_type", "text/plain".to_owned()),
            ("md5_sum", md5(bytes)),
            ("owner", owner.to_string()),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), value)).to_vec();
        Form { fields, file: Some((r#"name="file"; filename="a.txt""#.to_owned(), bytes.to_vec())) }
    }

    /// Changes a field, or adds it.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self.and(name, value)
    }

    /// Adds a field beside those of its name.
    pub fn and(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self
    }

    pub fn without_file(self) -> Self {
        Form { file: None, ..self }
    }

    /// Names the file part otherwise.
    pub fn file_named(self, disposition: &str) -> Self {
        Form { file: self.file.map(|(_, bytes)| (disposition.to_owned(), bytes)), ..self }
    }

    /// The fields as the metadata of a resumable upload.
    pub fn metadata(&self) -> String {
        let pairs = self.fields.iter().map(|(name, value)| format!("{name} {}", STANDARD.encode(value)));
        pairs.collect::<Vec<_>>().join(",")
    }

    pub fn content_type() -> String {
        format!("multipart/form-data; boundary={BOUNDARY}")
    }

    pub fn body(&self) -> Vec<u8> {
        [self.field_parts(), self.file_part(), end()].concat()
    }

    /// With the file before the fields.
    pub fn body_file_first(&self) -> Vec<u8> {
        [self.file_part(), self.field_parts(), end()].concat()
    }

    fn field_parts(&self) -> Vec<u8> {
        let mut parts = Vec::new();
        for (name, value) in &self.fields {
            let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
            parts.extend([head.as_bytes(), value.as_bytes(), b"\r\n"].concat());
        }
        parts
    }

    fn file_part(&self) -> Vec<u8> {
        let Some((disposition, bytes)) = &self.file else { return Vec::new() };
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\nContent-Type: text/plain\r\n\r\n"
        );
        [head.as_bytes(), bytes, b"\r\n"].concat()
    }
}

fn end() -> Vec<u8> {
    format!("--{BOUNDARY}--\r\n").into_bytes()
}

pub fn md5(bytes: &[u8]) -> String {
    hex::encode(Md5::digest(bytes))
}
