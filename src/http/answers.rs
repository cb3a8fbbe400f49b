//! Complete responses by what was requested, kept while the facts behind them are current. The fast path sends them again.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::uri::PathAndQuery;
use bytes::Bytes;
use moka::sync::Cache;
use serde::Serialize;

use crate::service::read_model::{Page, Series, etag};
use crate::service::{Context, FactsVersion};
use crate::telemetry::metrics::HttpRoute;

/// The most bytes of kept responses.
const MAX_BYTES: u64 = 6 << 20;
/// About how many bytes a response takes in addition to its texts.
const ENTRY_BYTES: usize = 256;
/// Longer requests are rarely repeated.
const MAX_TARGET_BYTES: usize = 512;

/// The state of the facts that a response depends on, taken before they are read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// Everything known of the chain, and the rows.
    Facts(FactsVersion),
    /// Some lists.
    Lists { series: &'static [Series], generation: u64 },
}

impl Version {
    pub(super) fn of_facts(ctx: &Context) -> Self {
        Version::Facts(ctx.facts_version())
    }

    fn is_current(&self, ctx: &Context) -> bool {
        match self {
            Version::Facts(version) => *version == ctx.facts_version(),
            Version::Lists { series, generation } => {
                ctx.read_model.is_complete() && ctx.read_model.generation(series) == *generation
            }
        }
    }
}

/// A response, ready to be sent.
#[derive(Clone)]
pub(super) struct Answer {
    /// JSON.
    pub body: Bytes,
    pub etag: String,
    version: Version,
}

impl Answer {
    #[expect(
        clippy::expect_used,
        reason = "an answer contains only text, numbers and lists of them, so it always serializes"
    )]
    pub(super) fn new(body: &impl Serialize, version: Version) -> Self {
        let body = serde_json::to_vec(body).expect("an answer is JSON");
        // A vector that grew may be twice as large as what is in it.
        Answer { etag: etag(&body), body: body.into_boxed_slice().into(), version }
    }

    pub(super) fn of_page(page: &Page) -> Self {
        let Page { body, etag, series, generation } = page;
        let version = Version::Lists { series, generation: *generation };
        Answer { body: body.clone(), etag: etag.clone(), version }
    }
}

/// A kept response, and the pattern of the path under which its requests are counted.
pub(super) struct Kept {
    pub answer: Answer,
    pub pattern: String,
}

/// The kept responses of a process, by path and query.
pub(super) struct Answers(Cache<Box<str>, Arc<Kept>>);

impl Default for Answers {
    fn default() -> Self {
        #[expect(clippy::borrowed_box, reason = "the cache lends its keys")]
        let weigh = |target: &Box<str>, kept: &Arc<Kept>| {
            let Kept { answer, pattern } = &**kept;
            let texts = target.len() + pattern.len() + answer.etag.len();
            (answer.body.len() + texts + ENTRY_BYTES) as u32
        };
        Answers(Cache::builder().max_capacity(MAX_BYTES).weigher(weigh).build())
    }
}

impl Answers {
    /// The response to a request with this path and query, if its facts are current.
    pub(super) fn hot(&self, target: &str, ctx: &Context) -> Option<Arc<Kept>> {
        self.0.get(target).filter(|kept| kept.answer.version.is_current(ctx))
    }

    /// Keeps the response to a request, unless it is kept already.
    pub(super) fn keep(&self, request: &HttpRequest, answer: Answer) {
        let Some(target) = request.uri().path_and_query().map(PathAndQuery::as_str) else { return };
        // The same path can be encoded in many ways.
        if target.len() > MAX_TARGET_BYTES || request.path().contains('%') {
            return;
        }
        let Some(route) = request.app_data::<HttpRoute>() else { return };
        let is_kept = |kept: Arc<Kept>| kept.answer.version == answer.version;
        if !self.0.get(target).is_some_and(is_kept) {
            self.0.insert(target.into(), Arc::new(Kept { answer, pattern: route.pattern().to_owned() }));
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    const VERSION: Version = Version::Facts(FactsVersion { index: 1, rows: 1 });

    #[test]
    fn a_kept_answer_takes_no_more_memory_than_its_weight() {
        let body = Answer::new(&"x".repeat(1_000), VERSION).body;
        let length = body.len();
        assert_eq!(Vec::from(body).capacity(), length);
    }

    #[test]
    fn a_later_answer_replaces_the_one_before() {
        let answers = Answers::default();
        let request = TestRequest::get().uri("/listings/?limit=10").app_data(HttpRoute::new("/listings"));
        let request = request.to_http_request();
        for version in [VERSION, VERSION, Version::Facts(FactsVersion { index: 2, rows: 1 })] {
            answers.keep(&request, Answer::new(&"body", version));
            let kept = answers.0.get("/listings/?limit=10").unwrap();
            assert!(kept.answer.version == version && kept.pattern == "/listings");
        }
        assert!(answers.0.get("/listings/").is_none());
    }
}
