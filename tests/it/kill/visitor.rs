//! A client of a server that comes and goes, which retries until there is a response.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Method, Response};
use tokio::time::{Instant, sleep};

use crate::support::http::{Reply, RequestBuilder, client};
use crate::support::server::TestServer;

/// For one answer, however often the server dies meanwhile.
const TIMEOUT: Duration = Duration::from_secs(60);
const POLL_INTERVAL: Duration = Duration::from_millis(20);

pub struct Visitor {
    server: Arc<TestServer>,
    client: Client,
    token: String,
}

impl Visitor {
    /// Signs in with a development account.
    pub async fn of(server: &Arc<TestServer>, account: usize) -> Self {
        let token = server.sign_in(account).await;
        Visitor { server: server.clone(), client: client(), token }
    }

    /// The answer of a server that is there to its end and can do its work.
    pub async fn request(
        &self,
        method: Method,
        path: &str,
        prepare: impl Fn(RequestBuilder) -> RequestBuilder,
    ) -> Reply {
        let attempt = async || {
            let reply = prepare(self.prepared(&method, path)?).try_send().await?;
            (reply.status != 503).then_some(reply)
        };
        self.until_answered(path, attempt).await
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.request(Method::GET, path, |request| request).await
    }

    /// The head of a response, whose body may still break off. A refusal for lack of bytes is retried: while the
    /// development node mines a block, it shows part of the new state as that of the previous block, at whose hash the
    /// server reads. A purchase may therefore seem spent for a moment before its charge is known.
    pub async fn begin(&self, path: &str, range: &str) -> Response {
        let attempt = async || {
            let request = self.prepared(&Method::GET, path)?;
            let response = request.header("range", range).try_begin().await?;
            (!matches!(response.status().as_u16(), 412 | 503)).then_some(response)
        };
        self.until_answered(path, attempt).await
    }

    fn prepared(&self, method: &Method, path: &str) -> Option<RequestBuilder> {
        let url = self.server.url_apart()?;
        Some(RequestBuilder::new(&self.client, method.clone(), format!("{url}{path}")).token(&self.token))
    }

    async fn until_answered<T>(&self, path: &str, attempt: impl AsyncFn() -> Option<T>) -> T {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            if let Some(answer) = attempt().await {
                return answer;
            }
            assert!(Instant::now() < deadline, "no answer from {path}");
            sleep(POLL_INTERVAL).await;
        }
    }
}
