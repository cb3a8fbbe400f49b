//! Compressed forms of prepared bodies and of the pieces of lists, each made once while it is hot.
//!
//! What is compressed contains no secrets and does not depend on the caller, so its compressed size reveals nothing.

use std::error::Error;
use std::io;
use std::sync::Arc;

use actix_web::{HttpMessage, HttpRequest, web};
use bytes::Bytes;
use crc32fast::Hasher;
use moka::sync::Cache;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::coding::{self, Choice, Coding, Part};
use super::error::HttpError;
use crate::service::ServiceError;
use crate::service::listings::{Piece, WholeList};
use crate::service::read_model::Begin;

/// The size of the cache of compressed bodies, in bytes.
const MAX_BODY_BYTES: u64 = 4 << 20;
/// The size of the cache of compressed pieces of lists, in bytes: some 150 000 listings in one coding.
const MAX_PIECE_BYTES: u64 = 8 << 20;
/// Smaller bodies fit in a packet, so compressing them saves nothing.
const MIN_BODY_BYTES: usize = 1024;
/// The approximate size of an entry without its bytes.
const ENTRY_BYTES: usize = 256;
/// Each compression at work takes up to about 3 MB. Pieces of lists have places of their own, because they wait for searches.
const MAX_CONCURRENT_BODIES: usize = 4;
const MAX_CONCURRENT_PIECES: usize = 2;

/// The hot compressed forms of a process, by entity tag, which identifies the content.
pub(super) struct Compressed {
    bodies: Cache<(String, Coding), Bytes>,
    pieces: Cache<PieceKey, Arc<ListPiece>>,
    body_work: Arc<Semaphore>,
    piece_work: Arc<Semaphore>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct PieceKey {
    etag: String,
    coding: Coding,
    begin: Option<Begin>,
}

/// A compressed piece of a list.
struct ListPiece {
    part: Part,
    next: Option<Begin>,
}

impl Default for Compressed {
    fn default() -> Self {
        let body = |key: &(String, Coding), body: &Bytes| (key.0.len() + body.len() + ENTRY_BYTES) as u32;
        let piece = |key: &PieceKey, piece: &Arc<ListPiece>| {
            (key.etag.len() + piece.part.bytes.len() + ENTRY_BYTES) as u32
        };
        Compressed {
            bodies: Cache::builder().max_capacity(MAX_BODY_BYTES).weigher(body).build(),
            pieces: Cache::builder().max_capacity(MAX_PIECE_BYTES).weigher(piece).build(),
            body_work: Arc::new(Semaphore::new(MAX_CONCURRENT_BODIES)),
            piece_work: Arc::new(Semaphore::new(MAX_CONCURRENT_PIECES)),
        }
    }
}

impl Compressed {
    /// A body in the form that the client prefers, as [`compressed`] returns it; `None` if it has to be compressed first.
    pub(super) fn hot(
        &self,
        request: &impl HttpMessage,
        etag: &str,
        body: &Bytes,
    ) -> Option<Option<(Coding, Bytes)>> {
        let Some(coding) = wanted(request, body) else { return Some(None) };
        let hot = self.bodies.get(&(etag.to_owned(), coding))?;
        Some(Some((coding, hot)))
    }

    async fn body(&self, coding: Coding, etag: &str, body: &Bytes) -> Result<Bytes, HttpError> {
        let key = (etag.to_owned(), coding);
        if let Some(compressed) = self.bodies.get(&key) {
            return Ok(compressed);
        }
        let permit = permit(&self.body_work).await?;
        // Another request may have prepared it in the meantime.
        if let Some(compressed) = self.bodies.get(&key) {
            return Ok(compressed);
        }
        let body = body.clone();
        let compressed = off_thread(permit, move || coding::document(coding, &body)).await?;
        self.bodies.insert(key, compressed.clone());
        Ok(compressed)
    }

    async fn piece(
        &self,
        coding: Coding,
        list: &WholeList,
        begin: Option<Begin>,
    ) -> Result<Arc<ListPiece>, HttpError> {
        let is_first = begin.is_none();
        let key = PieceKey { etag: list.etag.clone(), coding, begin: begin.clone() };
        if let Some(piece) = self.pieces.get(&key) {
            return Ok(piece);
        }
        // Waited for before the piece is read, so that those who wait hold nothing.
        let permit = permit(&self.piece_work).await?;
        if let Some(piece) = self.pieces.get(&key) {
            return Ok(piece);
        }
        let Piece { bytes, next } = list.piece(begin).await?;
        let part = off_thread(permit, move || Part::new(coding, &bytes, is_first)).await?;
        let piece = Arc::new(ListPiece { part, next });
        if list.is_unchanged() {
            self.pieces.insert(key, piece.clone());
        }
        Ok(piece)
    }
}

async fn permit(permits: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, HttpError> {
    permits.clone().acquire_owned().await.map_err(|error| failed(&error))
}

/// Runs `work` off the threads that answer requests. The permit lasts as long as the work, even if the request is dropped.
async fn off_thread<T: Send + 'static>(
    permit: OwnedSemaphorePermit,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, HttpError> {
    let done = web::block(move || {
        let _permit = permit;
        work()
    });
    done.await.map_err(|error| failed(&error))?.map_err(|error| failed(&error))
}

fn failed(error: &dyn Error) -> HttpError {
    let what = "the response cannot be compressed; try again";
    ServiceError::Unavailable { what, cause: error.to_string() }.into()
}

/// A body in the form that the client prefers, with its coding, if that is not the plain one.
pub(super) async fn compressed(
    request: &HttpRequest,
    etag: &str,
    body: &Bytes,
) -> Result<Option<(Coding, Bytes)>, HttpError> {
    let cache = request.app_data::<web::Data<Compressed>>();
    let Some((cache, coding)) = cache.zip(wanted(request, body)) else { return Ok(None) };
    Ok(Some((coding, cache.body(coding, etag, body).await?)))
}

/// The coding that the client prefers for a body, if not none.
fn wanted(request: &impl HttpMessage, body: &Bytes) -> Option<Coding> {
    let Choice { coding, is_required } = coding::choose(request)?;
    (body.len() >= MIN_BODY_BYTES || is_required).then_some(coding)
}

/// The pieces of a list, in the form that the client prefers.
pub(super) struct ListPieces {
    list: WholeList,
    coded: Option<CodedDocument>,
}

/// A document that is sent compressed, part by part.
struct CodedDocument {
    coding: Coding,
    cache: web::Data<Compressed>,
    /// Of the parts that were sent.
    checksum: Hasher,
}

impl ListPieces {
    pub(super) fn new(request: &HttpRequest, list: WholeList) -> Self {
        let cache = request.app_data::<web::Data<Compressed>>();
        let coded = cache.zip(coding::choose(request)).map(|(cache, choice)| CodedDocument {
            coding: choice.coding,
            cache: cache.clone(),
            checksum: Hasher::new(),
        });
        ListPieces { list, coded }
    }

    pub(super) fn coding(&self) -> Option<Coding> {
        self.coded.as_ref().map(|coded| coded.coding)
    }

    /// The piece that begins there, and where the next one does. `None` is the beginning, and the end.
    pub(super) async fn read(&mut self, begin: Option<Begin>) -> Result<(Bytes, Option<Begin>), HttpError> {
        let Some(CodedDocument { coding, cache, checksum }) = &mut self.coded else {
            let piece = self.list.piece(begin).await?;
            return Ok((piece.bytes, piece.next));
        };
        let piece = cache.piece(*coding, &self.list, begin).await?;
        let bytes = piece.part.bytes.clone();
        checksum.combine(&piece.part.checksum);
        match &piece.next {
            Some(next) => Ok((bytes, Some(next.clone()))),
            None => Ok(([&bytes[..], &coding::end(*coding, checksum)].concat().into(), None)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use actix_web::http::header;
    use actix_web::test::TestRequest;
    use flate2::read::GzDecoder;

    use super::*;

    async fn asked(accepted: Option<&str>, body: &Bytes) -> Option<(Coding, Bytes)> {
        let mut request = TestRequest::get().app_data(web::Data::new(Compressed::default()));
        if let Some(accepted) = accepted {
            request = request.insert_header((header::ACCEPT_ENCODING, accepted));
        }
        compressed(&request.to_http_request(), "\"abc\"", body).await.unwrap()
    }

    #[actix_web::test]
    async fn a_client_that_prefers_a_coding_gets_the_same_document_smaller() {
        let body = Bytes::from("{\"items\":[]}".repeat(1_000));
        for (accepted, coding) in [
            ("gzip", Coding::Gzip),
            ("gzip, deflate, br", Coding::Brotli),
            ("gzip, deflate, br, zstd", Coding::Zstd),
        ] {
            let (sent_as, sent) = asked(Some(accepted), &body).await.unwrap();
            assert_eq!(sent_as, coding);
            assert!(sent.len() < body.len() / 2);
        }
        let (_, sent) = asked(Some("gzip"), &body).await.unwrap();
        let mut received = Vec::new();
        GzDecoder::new(&sent[..]).read_to_end(&mut received).unwrap();
        assert_eq!(received, body);
    }

    #[actix_web::test]
    async fn others_and_small_bodies_are_sent_as_they_are() {
        let body = Bytes::from(" ".repeat(10_000));
        for accepted in [None, Some("gzip;q=0"), Some("identity"), Some("nonsense;q=x")] {
            assert_eq!(asked(accepted, &body).await, None, "{accepted:?}");
        }
        let small = Bytes::from_static(b"{}");
        assert_eq!(asked(Some("gzip"), &small).await, None);
        assert!(asked(Some("gzip, identity;q=0"), &small).await.is_some(), "it refuses anything else");
    }

    #[actix_web::test]
    async fn a_body_waits_for_no_piece_of_a_list() {
        let (cache, body) = (Compressed::default(), Bytes::from(" ".repeat(10_000)));
        let _waiting = cache.piece_work.try_acquire_many(MAX_CONCURRENT_PIECES as u32).unwrap();
        cache.body(Coding::Gzip, "\"abc\"", &body).await.unwrap();
    }

    #[actix_web::test]
    async fn a_body_is_compressed_once_for_each_coding() {
        let (cache, body) = (Compressed::default(), Bytes::from(" ".repeat(10_000)));
        let first = cache.body(Coding::Zstd, "\"abc\"", &body).await.unwrap();
        let second = cache.body(Coding::Zstd, "\"abc\"", &body).await.unwrap();
        assert_eq!(second.as_ptr(), first.as_ptr());
        assert_ne!(cache.body(Coding::Gzip, "\"abc\"", &body).await.unwrap(), first);
    }
}
