//! File responses, for deliveries and previews.

use std::cell::RefCell;
use std::convert::Infallible;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody, SizedStream};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::StreamExt;

use super::conditions::{self, Part};
use super::connections::ConnectionStatus;
use super::error::HttpError;
use super::filename;
use super::outlet::{FileBody, OnSent, Outlet};
use crate::service::deliveries::Progress;
use crate::service::files::{Content, StoredFile};
use crate::telemetry::metrics;

/// The policy of a file, from which a browser runs nothing.
const UNTRUSTED: &str = "default-src 'none'; sandbox";
/// The least that is worth sending apart from the response's head.
const MIN_SENT_BYTES: u64 = 32 << 10;

/// A response with a file, or part of it, in preparation.
pub(super) struct FileResponse {
    head: HttpResponseBuilder,
    part: Part,
    size: u64,
    /// The connection's.
    outlet: Option<Outlet>,
}

impl FileResponse {
    /// The requested part of `file`, and its headers. Nothing is read or charged yet.
    pub(super) fn to(request: &HttpRequest, file: &Arc<StoredFile>) -> Result<Self, HttpError> {
        let etag = file.etag();
        let part = conditions::evaluate(request, &etag, file.size)?;
        let mut head = HttpResponse::Ok();
        head.insert_header((header::ETAG, etag))
            .insert_header((header::ACCEPT_RANGES, HeaderValue::from_static("bytes")))
            .insert_header((header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")));
        match part {
            Part::NotModified => {
                head.status(StatusCode::NOT_MODIFIED);
            }
            Part::Whole => describe(&mut head, file),
            Part::Range { start, length } => {
                describe(&mut head, file);
                let range = format!("bytes {start}-{}/{}", start + length - 1, file.size);
                head.status(StatusCode::PARTIAL_CONTENT).insert_header((header::CONTENT_RANGE, range));
            }
        }
        let outlet = request.conn_data::<ConnectionStatus>().map(|connection| connection.outlet.clone());
        Ok(FileResponse { head, part, size: file.size, outlet })
    }

    /// First position and number of the bytes to send; `None` if the request needs no bytes.
    pub(super) fn bytes(&self) -> Option<(u64, u64)> {
        match self.part {
            Part::NotModified => None,
            Part::Whole => Some((0, self.size)),
            Part::Range { start, length } => Some((start, length)),
        }
    }

    /// The response with exactly the bytes that [`bytes`](Self::bytes) names.
    pub(super) fn with(mut self, content: Content, mut progress: Progress) -> HttpResponse {
        let length = self.bytes().map_or(0, |(_, length)| length);
        let mut on_sent: OnSent = Box::new(move |bytes| {
            metrics::downloaded(bytes);
            progress.sent(bytes);
        });
        match (content, self.outlet) {
            // A body whose length the library does not know must have all that the head states.
            (Content::File(part), Some(outlet)) if part.left() == length && length >= MIN_SENT_BYTES => {
                self.head.no_chunking(length).body(FileBody::new(outlet, part, on_sent))
            }
            (content, _) => {
                let bytes = content.into_stream().map(move |piece| {
                    on_sent(piece.as_ref().map_or(0, |piece: &Bytes| piece.len() as u64));
                    piece
                });
                self.head.body(SizedStream::new(length, bytes))
            }
        }
    }

    /// The response without bytes: to a HEAD request, or to a client that has the file.
    pub(super) fn without_body(mut self) -> HttpResponse {
        match self.bytes() {
            Some((_, length)) => self.head.body(HeadBody(BodySize::Sized(length))),
            None => self.head.finish(),
        }
    }
}

/// The most files whose headers a thread keeps.
const MAX_DESCRIBED: usize = 16;

/// The headers that describe a file.
type Description = Rc<[(HeaderName, HeaderValue)]>;

thread_local! {
    /// Of the files that this thread sent last, the latest one at the end: a program that fetches a file in parts requests
    /// it again and again.
    static DESCRIBED: RefCell<Vec<(Arc<StoredFile>, Description)>> = const { RefCell::new(Vec::new()) };
}

fn describe(head: &mut HttpResponseBuilder, file: &Arc<StoredFile>) {
    let headers = DESCRIBED.with_borrow_mut(|described| {
        if let Some((_, headers)) = described.iter().find(|(of, _)| Arc::ptr_eq(of, file)) {
            return headers.clone();
        }
        let headers: Description = description(file).into();
        if described.len() == MAX_DESCRIBED {
            described.remove(0);
        }
        described.push((file.clone(), headers.clone()));
        headers
    });
    for (name, value) in headers.iter() {
        head.insert_header((name.clone(), value.clone()));
    }
}

fn description(file: &StoredFile) -> Vec<(HeaderName, HeaderValue)> {
    let file_type = file.file_type.as_deref();
    let listing_hash = file.listing_hash.to_string();
    let titled = filename::titled(file.title.as_deref().unwrap_or_default(), file_type);
    let mut disposition = format!("attachment; filename={listing_hash}");
    if let Some(name) = &titled {
        disposition.push_str(&format!("; filename*={}", filename::extended(name)));
    }
    let name = titled.unwrap_or_else(|| filename::untitled(&listing_hash, file_type));
    let digest = file.sha256.as_deref().and_then(|digits| hex::decode(digits).ok());
    let digest = digest.map(|digest| format!("sha-256=:{}:", STANDARD.encode(digest)));
    let texts = [
        (header::CONTENT_TYPE, Some(filename::media_type(file_type).to_owned())),
        // The bytes are untrusted, so no browser may run them as part of this site.
        (header::CONTENT_SECURITY_POLICY, Some(UNTRUSTED.to_owned())),
        (header::CONTENT_DISPOSITION, Some(disposition)),
        (HeaderName::from_static("filename"), Some(filename::ascii(&name))),
        (HeaderName::from_static("repr-digest"), digest),
    ];
    let value = |text: Option<String>| HeaderValue::try_from(text?).ok();
    texts.into_iter().filter_map(|(name, text)| value(text).map(|value| (name, value))).collect()
}

/// A body that only reports its length.
pub(super) struct HeadBody(pub BodySize);

impl MessageBody for HeadBody {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        self.0
    }

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        Poll::Ready(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Hash;

    fn file() -> StoredFile {
        StoredFile {
            listing_hash: Hash::ZERO,
            title: Some("Grüße".into()),
            file_type: Some("image/png".into()),
            size: 10,
            data_hash: Some(Hash::ZERO),
            sha256: Some("00".repeat(32)),
            object: String::new(),
            identity: "test".into(),
        }
    }

    fn described(file: StoredFile) -> HttpResponse {
        described_again(&Arc::new(file))
    }

    fn described_again(file: &Arc<StoredFile>) -> HttpResponse {
        let mut head = HttpResponse::Ok();
        describe(&mut head, file);
        head.finish()
    }

    fn header(response: &HttpResponse, name: &str) -> Option<String> {
        response.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn a_file_is_described_for_old_and_new_clients() {
        let response = described(file());
        let zeros = "0".repeat(64);
        for (name, value) in [
            ("content-type", "image/png".to_owned()),
            (
                "content-disposition",
                format!("attachment; filename=0x{zeros}; filename*=UTF-8''Gr%C3%BC%C3%9Fe.png"),
            ),
            ("filename", "Gr__e.png".to_owned()),
            ("repr-digest", format!("sha-256=:{}=:", "A".repeat(43))),
        ] {
            assert_eq!(header(&response, name).as_deref(), Some(value.as_str()), "{name}");
        }
    }

    #[test]
    fn files_are_told_apart_however_many_are_described() {
        let titled = |number: usize| StoredFile { title: Some(format!("file {number}")), ..file() };
        let files: Vec<_> = (0..=MAX_DESCRIBED).map(|number| Arc::new(titled(number))).collect();
        for _ in 0..2 {
            for (number, file) in files.iter().enumerate() {
                for _ in 0..2 {
                    let name = header(&described_again(file), "filename");
                    assert_eq!(name, Some(format!("file {number}.png")));
                }
            }
        }
        assert_eq!(DESCRIBED.with_borrow(Vec::len), MAX_DESCRIBED);
    }

    #[test]
    fn rows_of_2019_may_lack_everything() {
        let response =
            described(StoredFile { title: None, file_type: None, data_hash: None, sha256: None, ..file() });
        let hash = Hash::ZERO.to_string();
        assert_eq!(header(&response, "content-type").as_deref(), Some("application/octet-stream"));
        assert_eq!(header(&response, "content-disposition"), Some(format!("attachment; filename={hash}")));
        assert_eq!(header(&response, "filename"), Some(hash));
        assert_eq!(header(&response, "repr-digest"), None);
    }

    #[test]
    fn the_headers_of_the_longest_title_fit_behind_a_proxy() {
        let title = Some("天".repeat(1000));
        let response = described(StoredFile { title, file_type: Some("text/csv".into()), ..file() });
        let bytes: usize =
            response.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        assert!(bytes < 2000, "{bytes}");
    }

    #[test]
    fn no_title_breaks_out_of_its_header() {
        let title = "a\"; filename=\"evil.exe\r\nSet-Cookie: x".to_owned();
        let response = described(StoredFile { title: Some(title), ..file() });
        assert!(header(&response, "set-cookie").is_none());
        let disposition = header(&response, "content-disposition").unwrap();
        assert_eq!(disposition.matches("; ").count(), 2, "{disposition}");
    }
}
