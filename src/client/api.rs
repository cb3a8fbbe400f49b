//! One server's API: URLs, requests and responses.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::RwLock;
use url::Url;

use super::model::{Accepted, Application, Listing, Page, Problem, Readiness, Registration, Task};
use super::{ClientError, Tokens};
use crate::domain::{Address, Clock, Hash, Kind, TaskStatus, Timestamp};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a response may pause.
const READ_TIMEOUT: Duration = Duration::from_secs(120);
/// The interval between two requests for a task's status.
const MIN_POLL_INTERVAL: Duration = Duration::from_millis(50);
const MAX_POLL_INTERVAL: Duration = Duration::from_secs(2);

/// A datatrust server as a client sees it. Cheap to clone; clones share the sign-in.
#[derive(Clone)]
pub struct Api {
    http: Client,
    /// For uploads, which get no response until the whole file is sent.
    upload_http: Client,
    base: Url,
    clock: Arc<dyn Clock>,
    tokens: Arc<RwLock<Option<Tokens>>>,
    /// Held while tokens are renewed: a refresh token works once.
    renewing: Arc<tokio::sync::Mutex<()>>,
    /// Where unfinished uploads are noted.
    unfinished: Option<PathBuf>,
}

/// A filter for listings or candidates. The default selects everything.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Filter {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Address>,
    #[serde(rename = "from-block", skip_serializing_if = "Option::is_none")]
    pub from_block: Option<u64>,
    #[serde(rename = "to-block", skip_serializing_if = "Option::is_none")]
    pub to_block: Option<u64>,
    /// Items per page, 1 to 1000; `None` for everything at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// From an earlier page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Words in title or description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
}

impl Api {
    /// The server at `base`. Contacts nothing yet. Sign-in messages name the host in `base`.
    pub fn open(base: Url, clock: Arc<dyn Clock>) -> Result<Self, ClientError> {
        let client = || {
            let name = concat!("capi/", env!("CARGO_PKG_VERSION"));
            Client::builder().connect_timeout(CONNECT_TIMEOUT).user_agent(name)
        };
        let http = client().read_timeout(READ_TIMEOUT).build().map_err(|error| unreachable(&base, error))?;
        let upload_http = client().build().map_err(|error| unreachable(&base, error))?;
        let (tokens, renewing) = (Arc::default(), Arc::default());
        Ok(Api { http, upload_http, base, clock, tokens, renewing, unfinished: None })
    }

    /// Notes unfinished uploads in this directory, where another process finds them and goes on.
    #[must_use]
    pub fn noting_uploads_in(self, directory: PathBuf) -> Self {
        Api { unfinished: Some(directory), ..self }
    }

    pub(super) fn upload_notes(&self) -> Option<&Path> {
        self.unfinished.as_deref()
    }

    pub fn base(&self) -> &Url {
        &self.base
    }

    /// Live listings, in chain order.
    pub async fn listings(&self, filter: &Filter) -> Result<Page<Listing>, ClientError> {
        self.read("/listings/", filter).await
    }

    /// `None` if it is not listed, or unknown to the server.
    pub async fn listing(&self, hash: Hash) -> Result<Option<Listing>, ClientError> {
        found(self.read(&format!("/listings/{hash}"), &()).await)
    }

    /// Live candidates of one kind, or of all kinds.
    pub async fn candidates(&self, kind: Option<Kind>, filter: &Filter) -> Result<Page<Hash>, ClientError> {
        let path = match kind {
            None => "/candidates/",
            // The only kind whose list contains more than hashes.
            Some(Kind::Application) => {
                return Ok(self.applications(filter).await?.map(|listing| listing.listing_hash));
            }
            Some(Kind::Challenge) => "/candidates/challenge",
            Some(Kind::Reparam) => "/candidates/reparam",
            Some(Kind::Registration) => "/candidates/registration",
        };
        self.read(path, filter).await
    }

    /// Live applications whose metadata the server has.
    pub async fn applications(&self, filter: &Filter) -> Result<Page<Listing>, ClientError> {
        self.read("/candidates/application", filter).await
    }

    /// `None` if it is not a live application, or unknown to the server.
    pub async fn application(&self, hash: Hash) -> Result<Option<Application>, ClientError> {
        found(self.read(&format!("/candidates/application/{hash}"), &()).await)
    }

    /// Makes the server watch a transaction, and returns the task's id.
    pub async fn watch(&self, transaction: Hash) -> Result<String, ClientError> {
        let answer = self.send(self.post("/tasks/")?.json(&json!({ "tx_hash": transaction }))).await?;
        Ok(self.json::<Accepted>(answer).await?.task_id)
    }

    pub async fn task(&self, id: &str) -> Result<Task, ClientError> {
        self.read(&format!("/tasks/{id}"), &()).await
    }

    /// Waits for a task's success, and returns the transaction that completed it.
    pub async fn finish(&self, id: &str, timeout: Duration) -> Result<Option<Hash>, ClientError> {
        let began = tokio::time::Instant::now();
        let mut pause = MIN_POLL_INTERVAL;
        loop {
            let task = self.task(id).await?;
            match task.status {
                TaskStatus::Success => return Ok(task.result),
                TaskStatus::Failure => {
                    return Err(ClientError::TaskFailed(
                        task.error.unwrap_or_else(|| "no reason given".into()),
                    ));
                }
                TaskStatus::Pending | TaskStatus::Started => {}
            }
            if began.elapsed() >= timeout {
                return Err(ClientError::TaskPending(timeout.as_secs()));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(MAX_POLL_INTERVAL);
        }
    }

    pub async fn registration(&self) -> Result<Registration, ClientError> {
        self.read("/status/", &()).await
    }

    /// Whether the process responds.
    pub async fn health(&self) -> Result<(), ClientError> {
        self.send(self.get("/health")?).await.map(drop)
    }

    pub async fn ready(&self) -> Result<Readiness, ClientError> {
        let answer = self.answer(self.get("/ready")?).await?;
        match answer.status() {
            StatusCode::OK => Ok(Readiness { ready: true, behind: Vec::new() }),
            StatusCode::SERVICE_UNAVAILABLE => {
                let problem: Problem = self.json(answer).await?;
                Ok(Readiness { ready: false, behind: problem.behind })
            }
            _ => Err(self.refusal(answer).await),
        }
    }
}

/// Requests and responses.
impl Api {
    pub(super) fn get(&self, path: &str) -> Result<RequestBuilder, ClientError> {
        Ok(self.http.get(self.address(path)?))
    }

    pub(super) fn head(&self, path: &str) -> Result<RequestBuilder, ClientError> {
        Ok(self.http.head(self.address(path)?))
    }

    pub(super) fn post_file(&self, path: &str) -> Result<RequestBuilder, ClientError> {
        Ok(self.upload_http.post(self.address(path)?))
    }

    pub(super) fn patch_file(&self, path: &str) -> Result<RequestBuilder, ClientError> {
        Ok(self.upload_http.patch(self.address(path)?))
    }

    pub(super) fn post(&self, path: &str) -> Result<RequestBuilder, ClientError> {
        Ok(self.http.post(self.address(path)?))
    }

    /// The response, or the server's refusal as an error.
    pub(super) async fn send(&self, request: RequestBuilder) -> Result<Response, ClientError> {
        let answer = self.answer(request).await?;
        if answer.status().is_success() { Ok(answer) } else { Err(self.refusal(answer).await) }
    }

    /// The same for a request by the signed-in account. If its token has expired, renews it and repeats the request.
    pub(super) async fn send_signed_in(
        &self,
        request: impl Fn() -> Result<RequestBuilder, ClientError>,
    ) -> Result<Response, ClientError> {
        let Some(tokens) = self.tokens().await else { return self.send(request()?).await };
        match self.send(request()?.bearer_auth(&tokens.access_token)).await {
            Err(error) if error.status() == Some(401) => {
                let tokens = self.renewed(&tokens).await?;
                self.send(request()?.bearer_auth(tokens.access_token)).await
            }
            other => other,
        }
    }

    /// Replaces the tokens `spent`, unless another task has already renewed them.
    async fn renewed(&self, spent: &Tokens) -> Result<Tokens, ClientError> {
        let _one_at_a_time = self.renewing.lock().await;
        let known = self.tokens().await;
        if known.as_ref().is_none_or(|known| known.access_token == spent.access_token) {
            self.refresh().await?;
        }
        self.tokens().await.ok_or_else(|| ClientError::Unmet("not signed in".into()))
    }

    pub(super) async fn json<T: DeserializeOwned>(&self, answer: Response) -> Result<T, ClientError> {
        let body = answer.bytes().await.map_err(|error| self.unreachable(error))?;
        serde_json::from_slice(&body)
            .map_err(|error| ClientError::Unexpected(self.server(), error.to_string()))
    }

    pub(super) async fn read<T>(&self, path: &str, query: &impl Serialize) -> Result<T, ClientError>
    where
        T: for<'de> Deserialize<'de>,
    {
        let answer = self.send(self.get(path)?.query(query)).await?;
        self.json(answer).await
    }

    async fn answer(&self, request: RequestBuilder) -> Result<Response, ClientError> {
        request.send().await.map_err(|error| self.unreachable(error))
    }

    async fn refusal(&self, answer: Response) -> ClientError {
        let status = answer.status();
        let problem: Problem = match answer.bytes().await {
            Ok(body) => serde_json::from_slice(&body).unwrap_or_default(),
            Err(_) => Problem::default(),
        };
        let message = problem.detail.or(problem.message).unwrap_or_else(|| {
            format!("{} returned {}", self.server(), status.canonical_reason().unwrap_or(status.as_str()))
        });
        ClientError::Refused { status: status.as_u16(), message }
    }

    pub(super) fn unreachable(&self, error: reqwest::Error) -> ClientError {
        unreachable(&self.base, error)
    }

    fn address(&self, path: &str) -> Result<Url, ClientError> {
        self.base.join(path).map_err(|error| ClientError::Unexpected(self.server(), error.to_string()))
    }

    /// The server's host and port for sign-in messages.
    pub(super) fn authority(&self) -> &str {
        self.base.authority()
    }

    pub(super) fn server(&self) -> String {
        self.base.as_str().trim_end_matches('/').to_owned()
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) async fn tokens(&self) -> Option<Tokens> {
        self.tokens.read().await.clone()
    }

    pub(super) async fn set_tokens(&self, tokens: Tokens) {
        *self.tokens.write().await = Some(tokens);
    }
}

pub(super) fn found<T>(answer: Result<T, ClientError>) -> Result<Option<T>, ClientError> {
    match answer {
        Err(error) if error.status() == Some(404) => Ok(None),
        other => other.map(Some),
    }
}

/// The innermost cause says most, as in "connection refused". The URL appears once.
fn unreachable(base: &Url, error: reqwest::Error) -> ClientError {
    let mut cause: &dyn std::error::Error = &error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let server = base.as_str().trim_end_matches('/').to_owned();
    ClientError::Unreachable { server, reason: cause.to_string() }
}
