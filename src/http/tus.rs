//! The headers of the tus protocol, version 1.0.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::{FromRequest, HttpRequest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::digest::DynDigest;
use utoipa::IntoParams;

use super::error::{HttpError, TUS_VERSION};
use super::form::{self, Fields};
use super::schema;
use crate::service::ServiceError;
use crate::service::uploads::Form;

pub(super) const EXTENSIONS: &str = "creation,creation-with-upload,expiration,checksum,termination";
pub(super) const CHECKSUM_ALGORITHMS: &str = "sha1,sha256,md5";

pub(super) const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
pub(super) const EXTENSION: HeaderName = HeaderName::from_static("tus-extension");
pub(super) const CHECKSUM_ALGORITHM: HeaderName = HeaderName::from_static("tus-checksum-algorithm");
pub(super) const MAX_SIZE: HeaderName = HeaderName::from_static("tus-max-size");
pub(super) const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
pub(super) const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
pub(super) const UPLOAD_EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
/// The task of an upload whose bytes are all received. Not part of tus.
pub(super) const TASK_ID: HeaderName = HeaderName::from_static("capi-task-id");
const UPLOAD_METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const UPLOAD_CHECKSUM: HeaderName = HeaderName::from_static("upload-checksum");

/// The media type of a part.
const PART_TYPE: &str = "application/offset+octet-stream";
const PATH: &str = "/uploads";

#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "documents a header that is read by its name")]
pub(super) struct PartHeaders {
    /// `sha1`, `sha256` or `md5`, a space, and the part's digest in Base64.
    #[param(rename = "Upload-Checksum", value_type = schema::ChecksumText, inline, required = false)]
    upload_checksum: Option<String>,
}

/// A request of a version that this server supports.
pub(super) struct Tus;

impl FromRequest for Tus {
    type Error = HttpError;
    type Future = Ready<Result<Self, HttpError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let is_supported = text(request, RESUMABLE).is_some_and(|version| version == TUS_VERSION);
        ready(if is_supported { Ok(Tus) } else { Err(HttpError::OtherTusVersion) })
    }
}

/// Names the version in every response of the protocol's paths.
pub(super) fn name_version(headers: &mut HeaderMap, path: &str) {
    if path.strip_prefix(PATH).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
        headers.insert(RESUMABLE, HeaderValue::from_static(TUS_VERSION));
    }
}

/// Refuses a body that is not a part.
pub(super) fn require_part(request: &HttpRequest) -> Result<(), HttpError> {
    match text(request, header::CONTENT_TYPE) {
        Some(PART_TYPE) => Ok(()),
        _ => Err(HttpError::UnsupportedMediaType("expected application/offset+octet-stream")),
    }
}

pub(super) fn offset(request: &HttpRequest) -> Result<u64, HttpError> {
    number(request, UPLOAD_OFFSET, "Upload-Offset")
}

pub(super) fn length(request: &HttpRequest) -> Result<u64, HttpError> {
    match number(request, UPLOAD_LENGTH, "Upload-Length")? {
        0 => Err(ServiceError::invalid("Upload-Length", "the file is empty").into()),
        length => Ok(length),
    }
}

pub(super) fn content_length(request: &HttpRequest) -> Option<u64> {
    text(request, header::CONTENT_LENGTH)?.parse().ok()
}

/// The form of an upload from its metadata. Unknown names are skipped.
pub(super) fn metadata(request: &HttpRequest) -> Result<Form, HttpError> {
    let mut fields = Fields::default();
    let pairs = text(request, UPLOAD_METADATA).unwrap_or_default();
    for pair in pairs.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once(' ').unwrap_or((pair, ""));
        let Some(name) = form::known(name) else { continue };
        let value = STANDARD.decode(value.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let value = value.ok_or_else(|| ServiceError::invalid(name, "expected UTF-8 text in Base64"))?;
        fields.add(name, value)?;
    }
    fields.require_all(true)?;
    fields.check()
}

/// The checksum that a part must have.
pub(super) struct Checksum {
    digest: Box<dyn DynDigest>,
    expected: Vec<u8>,
}

/// The checksum of a part, if it has one.
pub(super) fn checksum(request: &HttpRequest) -> Result<Option<Checksum>, HttpError> {
    if !request.headers().contains_key(UPLOAD_CHECKSUM) {
        return Ok(None);
    }
    let wrong = |reason: &str| HttpError::from(ServiceError::invalid("Upload-Checksum", reason));
    let given = text(request, UPLOAD_CHECKSUM).unwrap_or_default();
    let (algorithm, expected) = given.split_once(' ').ok_or_else(|| wrong("expected a name and a digest"))?;
    let digest: Box<dyn DynDigest> = match algorithm {
        "sha1" => Box::new(sha1::Sha1::default()),
        "sha256" => Box::new(sha2::Sha256::default()),
        "md5" => Box::new(md5::Md5::default()),
        _ => return Err(wrong("expected sha1, sha256 or md5")),
    };
    let expected = STANDARD.decode(expected.trim()).map_err(|_| wrong("expected a digest in Base64"))?;
    Ok(Some(Checksum { digest, expected }))
}

impl Checksum {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.digest.update(bytes);
    }

    pub(super) fn matches(self) -> bool {
        *self.digest.finalize() == *self.expected
    }
}

fn number(request: &HttpRequest, name: HeaderName, shown: &'static str) -> Result<u64, HttpError> {
    let Some(digits) = text(request, name) else {
        return Err(ServiceError::invalid(shown, "missing").into());
    };
    let number = digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()));
    number.ok_or_else(|| ServiceError::invalid(shown, "expected a whole number").into())
}

fn text(request: &HttpRequest, name: HeaderName) -> Option<&str> {
    request.headers().get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn with(name: &str, value: &str) -> HttpRequest {
        TestRequest::default().insert_header((name, value)).to_http_request()
    }

    fn refusal<T>(outcome: Result<T, HttpError>) -> String {
        match outcome {
            Ok(_) => panic!("accepted"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn metadata_are_the_fields_of_the_form() {
        let fields = [
            ("tx_hash", "ab".repeat(32)),
            ("listing_hash", "cd".repeat(32)),
            ("title", "Grüße".to_owned()),
            ("description", "two\nlines".to_owned()),
            ("license", "MIT".to_owned()),
            ("file_type", "text/plain".to_owned()),
            ("md5_sum", "ef".repeat(16)),
            ("owner", "12".repeat(20)),
            ("colour", "unknown".to_owned()),
        ];
        let pairs: Vec<String> =
            fields.iter().map(|(name, value)| format!("{name} {}", STANDARD.encode(value))).collect();
        let form = metadata(&with("upload-metadata", &format!("{}, tags", pairs.join(", ")))).unwrap();
        assert_eq!((form.title.as_str(), form.tags.len()), ("Grüße", 0));
        let missing = refusal(metadata(&with("upload-metadata", &pairs[..7].join(","))));
        assert_eq!(missing, "missing: owner");
        assert!(refusal(metadata(&with("upload-metadata", "title !"))).starts_with("title: expected"));
        let not_text = format!("title {}", STANDARD.encode([0xff]));
        assert!(refusal(metadata(&with("upload-metadata", &not_text))).starts_with("title: expected"));
    }

    #[test]
    fn numbers_are_digits() {
        assert_eq!(offset(&with("upload-offset", "12")).unwrap(), 12);
        for (value, reason) in [("-1", "expected"), ("+1", "expected"), ("1e3", "expected"), ("", "expected")]
        {
            assert!(refusal(offset(&with("upload-offset", value))).contains(reason), "{value}");
        }
        assert_eq!(refusal(length(&TestRequest::default().to_http_request())), "Upload-Length: missing");
        assert!(refusal(length(&with("upload-length", "0"))).contains("empty"));
    }

    #[test]
    fn a_checksum_is_compared_with_what_came() {
        for (given, right) in [
            ("sha1 qvTGHdzF6KLavt4PO0gs2a6pQ00=", true),
            ("md5 XUFAKrxLKna5cZ2REBfFkg==", true),
            ("sha256 LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=", true),
            ("sha1 XUFAKrxLKna5cZ2REBfFkg==", false),
        ] {
            let mut checksum = checksum(&with("upload-checksum", given)).unwrap().unwrap();
            checksum.update(b"hel");
            checksum.update(b"lo");
            assert_eq!(checksum.matches(), right, "{given}");
        }
        for given in ["sha1", "crc32 AAAA", "sha1 !"] {
            assert!(refusal(checksum(&with("upload-checksum", given))).starts_with("Upload-Checksum: "));
        }
    }
}
