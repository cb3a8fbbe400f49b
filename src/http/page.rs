//! Lists of listings, written as they are read: memory does not grow with the market.

use actix_web::HttpResponse;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt, stream};

use super::error::HttpError;
use super::listings::ListingBody;
use crate::service::ServiceResult;
use crate::service::listings::{ListingView, Page};

/// Bytes after which a chunk of the document is sent.
const CHUNK_BYTES: usize = 32 * 1024;

/// The answer `{"items":[…],"from_block":…,"to_block":…}`, with `next` and `total` on a page of `limited` length.
///
/// The first chunk is made before the answer begins, so what fails at once is an ordinary refusal. What fails later
/// breaks the connection, for a document that ends early must not look whole.
pub(super) async fn answer(page: Page, limited: bool) -> Result<HttpResponse, HttpError> {
    let mut document = ListDocument::of(page, limited);
    let first = document.chunk().await?.unwrap_or_default();
    let mut answer = HttpResponse::Ok();
    answer.content_type("application/json");
    if document.finished() {
        return Ok(answer.body(first));
    }
    Ok(answer.streaming(stream::once(async { Ok(first) }).chain(document.rest())))
}

struct ListDocument {
    /// `None` once the last has been written.
    items: Option<BoxStream<'static, ServiceResult<ListingView>>>,
    tail: Tail,
    empty: bool,
}

impl ListDocument {
    fn of(page: Page, limited: bool) -> Self {
        let pagination = limited.then_some((page.next, page.total));
        let tail = Tail { from_block: page.from_block, to_block: page.to_block, pagination };
        ListDocument { items: Some(page.items), tail, empty: true }
    }

    fn finished(&self) -> bool {
        self.items.is_none()
    }

    /// The next chunk; `None` after the last.
    async fn chunk(&mut self) -> Result<Option<Bytes>, HttpError> {
        let Some(items) = &mut self.items else { return Ok(None) };
        let mut chunk = Vec::with_capacity(CHUNK_BYTES + CHUNK_BYTES / 2);
        if self.empty {
            chunk.extend_from_slice(br#"{"items":["#);
        }
        while chunk.len() < CHUNK_BYTES {
            let Some(item) = items.next().await else {
                self.items = None;
                self.tail.write(&mut chunk);
                break;
            };
            if !std::mem::take(&mut self.empty) {
                chunk.push(b',');
            }
            let ListingView { listing, supply } = item?;
            write(&mut chunk, &ListingBody::new(&listing, supply));
        }
        Ok(Some(chunk.into()))
    }

    fn rest(self) -> impl Stream<Item = Result<Bytes, HttpError>> {
        stream::unfold(Some(self), async |document| {
            let mut document = document?;
            match document.chunk().await {
                Ok(chunk) => Some((Ok(chunk?), Some(document))),
                Err(error) => {
                    tracing::error!(cause = error.cause(), %error, "a list broke off");
                    Some((Err(error), None))
                }
            }
        })
    }
}

struct Tail {
    from_block: u64,
    to_block: u64,
    pagination: Option<(Option<String>, Option<u64>)>,
}

impl Tail {
    fn write(&self, chunk: &mut Vec<u8>) {
        chunk.extend_from_slice(
            format!(r#"],"from_block":{},"to_block":{}"#, self.from_block, self.to_block).as_bytes(),
        );
        if let Some((next, total)) = &self.pagination {
            chunk.extend_from_slice(br#","next":"#);
            write(chunk, next);
            chunk.extend_from_slice(br#","total":"#);
            write(chunk, total);
        }
        chunk.push(b'}');
    }
}

#[expect(clippy::expect_used, reason = "neither the values nor a write to memory can fail")]
fn write(chunk: &mut Vec<u8>, value: &impl serde::Serialize) {
    serde_json::to_writer(chunk, value).expect("a listing is JSON");
}

#[cfg(test)]
mod tests {
    use actix_web::body::{BodySize, MessageBody};

    use super::*;
    use crate::domain::{Amount, Hash, Listing, Metadata};
    use crate::service::ServiceError;

    fn view(number: usize) -> Result<ListingView, ServiceError> {
        let metadata = Metadata { description: Some("x".repeat(5000)), ..Default::default() };
        let listing_hash = Hash::keccak(number.to_string());
        Ok(ListingView {
            listing: Listing { listing_hash, metadata, content: None }.into(),
            supply: Some(Amount::MAX),
        })
    }

    fn page(items: Vec<Result<ListingView, ServiceError>>) -> Page {
        Page {
            items: Box::pin(stream::iter(items)),
            from_block: 3,
            to_block: 9,
            next: Some("more".into()),
            total: Some(7),
        }
    }

    fn unavailable() -> Result<ListingView, ServiceError> {
        Err(ServiceError::Unavailable { what: "the metadata store is out of reach", cause: "secret".into() })
    }

    async fn text(response: HttpResponse) -> String {
        let body = actix_web::body::to_bytes(response.into_body()).await.unwrap();
        String::from_utf8(body.to_vec()).unwrap()
    }

    #[actix_web::test]
    async fn a_short_list_has_its_length_and_an_empty_one_is_whole() {
        let response = answer(page(vec![]), false).await.unwrap();
        assert!(matches!(response.body().size(), BodySize::Sized(_)));
        assert_eq!(text(response).await, r#"{"items":[],"from_block":3,"to_block":9}"#);
    }

    #[actix_web::test]
    async fn pages_tell_where_they_go_on() {
        let json = text(answer(page(vec![]), true).await.unwrap()).await;
        assert_eq!(json, r#"{"items":[],"from_block":3,"to_block":9,"next":"more","total":7}"#);
    }

    #[actix_web::test]
    async fn a_long_list_is_streamed_whole() {
        let response = answer(page((0..100).map(view).collect()), false).await.unwrap();
        assert_eq!(response.body().size(), BodySize::Stream);
        let json: serde_json::Value = serde_json::from_str(&text(response).await).unwrap();
        assert_eq!(json["items"].as_array().unwrap().len(), 100);
        assert_eq!(json["items"][99]["listing_hash"], Hash::keccak("99").to_string());
    }

    #[actix_web::test]
    async fn what_fails_at_once_is_a_refusal_and_what_fails_later_breaks_off() {
        assert!(answer(page(vec![view(1), unavailable()]), false).await.is_err());
        let late = (0..100).map(view).chain([unavailable()]).collect();
        let response = answer(page(late), false).await.unwrap();
        assert!(actix_web::body::to_bytes(response.into_body()).await.is_err());
    }
}
