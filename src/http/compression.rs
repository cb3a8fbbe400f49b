//! Compressed forms of prepared bodies, each made once.
//!
//! What is compressed contains no secrets and does not depend on the caller, so its compressed size reveals nothing.

use std::io::Write;

use actix_web::http::header::{AcceptEncoding, ContentEncoding, Encoding, Header};
use actix_web::{HttpRequest, web};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use moka::sync::Cache;

/// The size of the cache of compressed bodies, in bytes.
const MAX_BYTES: u64 = 8 << 20;
/// Smaller bodies fit in a packet, so compressing them saves nothing.
const MIN_BODY_BYTES: usize = 1024;
/// The approximate size of an entry without its body, in bytes.
const ENTRY_BYTES: usize = 256;

/// The hot compressed bodies of a process, by entity tag, which identifies the content.
pub(super) struct Compressed(Cache<String, Bytes>);

impl Default for Compressed {
    fn default() -> Self {
        let weigh = |etag: &String, body: &Bytes| (etag.len() + body.len() + ENTRY_BYTES) as u32;
        Compressed(Cache::builder().max_capacity(MAX_BYTES).weigher(weigh).build())
    }
}

impl Compressed {
    fn of(&self, etag: &str, body: &Bytes) -> Option<Bytes> {
        if let Some(compressed) = self.0.get(etag) {
            return Some(compressed);
        }
        let compressed = gzip(body)?;
        self.0.insert(etag.to_owned(), compressed.clone());
        Some(compressed)
    }
}

/// The gzip form of a body, if the client prefers it and it is smaller to send.
pub(super) fn compressed(request: &HttpRequest, etag: &str, body: &Bytes) -> Option<Bytes> {
    if body.len() < MIN_BODY_BYTES || !prefers_gzip(request) {
        return None;
    }
    request.app_data::<web::Data<Compressed>>()?.of(etag, body)
}

fn prefers_gzip(request: &HttpRequest) -> bool {
    let offered = [Encoding::gzip(), Encoding::identity()];
    let accepted = AcceptEncoding::parse(request).ok();
    let chosen = accepted.and_then(|accepted| accepted.negotiate(offered.iter()));
    chosen == Some(Encoding::Known(ContentEncoding::Gzip))
}

fn gzip(body: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    encoder.write_all(body).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use actix_web::http::header;
    use actix_web::test::TestRequest;
    use flate2::read::GzDecoder;

    use super::*;

    fn asked(accepted: Option<&str>, body: &Bytes) -> Option<Bytes> {
        let mut request = TestRequest::get().app_data(web::Data::new(Compressed::default()));
        if let Some(accepted) = accepted {
            request = request.insert_header((header::ACCEPT_ENCODING, accepted));
        }
        compressed(&request.to_http_request(), "\"abc\"", body)
    }

    #[test]
    fn a_client_that_prefers_gzip_gets_the_same_document_smaller() {
        let body = Bytes::from("{\"items\":[]}".repeat(1_000));
        for accepted in ["gzip", "gzip, deflate, br", "identity;q=0.5, gzip"] {
            let sent = asked(Some(accepted), &body).unwrap();
            assert!(sent.len() < body.len());
            let mut received = Vec::new();
            GzDecoder::new(sent.as_ref()).read_to_end(&mut received).unwrap();
            assert_eq!(received, body, "{accepted}");
        }
    }

    #[test]
    fn nobody_else_does() {
        let body = Bytes::from(" ".repeat(10_000));
        for accepted in [None, Some("br"), Some("gzip;q=0"), Some("identity"), Some("nonsense;q=x")] {
            assert_eq!(asked(accepted, &body), None, "{accepted:?}");
        }
        assert_eq!(asked(Some("gzip"), &Bytes::from_static(b"{}")), None, "it is small");
    }

    #[test]
    fn a_body_is_compressed_once() {
        let (cache, body) = (Compressed::default(), Bytes::from(" ".repeat(10_000)));
        let first = cache.of("\"abc\"", &body).unwrap();
        assert_eq!(cache.of("\"abc\"", &body).unwrap().as_ptr(), first.as_ptr());
    }
}
