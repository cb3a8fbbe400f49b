//! Responses about single listings and applications, prepared once and cached while the facts behind them are current.

use std::sync::Arc;

use actix_web::HttpRequest;
use bytes::Bytes;
use moka::sync::Cache;
use serde::Serialize;

use super::error::HttpResult;
use super::page;
use crate::domain::Hash;
use crate::service::Context;
use crate::service::read_model::etag;

/// The most bytes of prepared responses.
const MAX_BYTES: u64 = 8 << 20;
/// About how many bytes a response takes in addition to its body.
const ENTRY_BYTES: usize = 256;

/// What a response is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Subject {
    Listing(Hash),
    Application(Hash),
}

/// The state of all facts that a response may depend on, taken before they are read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct FactsVersion {
    index: u64,
    rows: u64,
}

impl FactsVersion {
    pub(super) fn current(ctx: &Context) -> Self {
        FactsVersion { index: ctx.index.revision(), rows: ctx.read_model.row_changes() }
    }
}

/// A response, ready to be sent.
pub(super) struct Answer {
    body: Bytes,
    etag: String,
    version: FactsVersion,
}

impl Answer {
    #[expect(
        clippy::expect_used,
        reason = "an answer contains only text, numbers and lists of them, so it always serializes"
    )]
    pub(super) fn new(body: &impl Serialize, version: FactsVersion) -> Self {
        let body = serde_json::to_vec(body).expect("an answer is JSON");
        // A vector that grew may be twice as large as what is in it.
        Answer { etag: etag(&body), body: body.into_boxed_slice().into(), version }
    }

    /// The response to a request, or 304 if the client has it.
    pub(super) async fn respond(&self, request: &HttpRequest) -> HttpResult {
        page::tagged(request, &self.etag, &self.body).await
    }
}

/// The cached responses of a process.
pub(super) struct Answers(Cache<Subject, Arc<Answer>>);

impl Default for Answers {
    fn default() -> Self {
        let weigh = |_: &Subject, answer: &Arc<Answer>| (answer.body.len() + ENTRY_BYTES) as u32;
        Answers(Cache::builder().max_capacity(MAX_BYTES).weigher(weigh).build())
    }
}

impl Answers {
    /// The response that was prepared from exactly these facts. `hot` asks for it before a request reaches its handler.
    pub(super) fn hot(&self, subject: Subject, version: FactsVersion) -> Option<Arc<Answer>> {
        self.0.get(&subject).filter(|answer| answer.version == version)
    }

    /// Caches a response that is valid until the facts change.
    pub(super) fn keep(&self, subject: Subject, answer: Answer) {
        self.0.insert(subject, Arc::new(answer));
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header;
    use actix_web::test::TestRequest;

    use super::*;

    const VERSION: FactsVersion = FactsVersion { index: 1, rows: 1 };

    #[actix_web::test]
    async fn what_the_client_has_is_not_sent_again() {
        let answer = Answer::new(&"body", VERSION);
        let first = answer.respond(&TestRequest::get().to_http_request()).await.unwrap();
        let etag = first.headers().get(header::ETAG).unwrap().to_str().unwrap().to_owned();
        assert_eq!(first.status(), 200);
        let known = TestRequest::get().insert_header((header::IF_NONE_MATCH, etag)).to_http_request();
        assert_eq!(answer.respond(&known).await.unwrap().status(), 304);
        assert_eq!(Answer::new(&"another body", VERSION).respond(&known).await.unwrap().status(), 200);
    }

    #[test]
    fn a_kept_answer_takes_no_more_memory_than_its_weight() {
        let body = Answer::new(&"x".repeat(1_000), VERSION).body;
        let length = body.len();
        assert_eq!(Vec::from(body).capacity(), length);
    }

    #[test]
    fn an_answer_is_hot_until_the_facts_change() {
        let (answers, subject) = (Answers::default(), Subject::Listing(Hash::ZERO));
        answers.keep(subject, Answer::new(&"body", VERSION));
        assert!(answers.hot(subject, VERSION).is_some());
        assert!(answers.hot(Subject::Application(Hash::ZERO), VERSION).is_none());
        for changed in [FactsVersion { index: 2, ..VERSION }, FactsVersion { rows: 2, ..VERSION }] {
            assert!(answers.hot(subject, changed).is_none());
        }
    }
}
