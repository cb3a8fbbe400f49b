//! Uploads of large files in the tus protocol: when a connection breaks, the next request sends what is missing.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use reqwest::{RequestBuilder, Response};

use super::api::Api;
use super::unfinished::Unfinished;
use super::upload::{Upload, body, fields};
use super::{ClientError, LocalFile, Progress};

/// Consecutive attempts without progress before an upload fails.
const MAX_RETRIES: u32 = 6;
const INITIAL_BACKOFF: Duration = Duration::from_millis(250);
const PART: &str = "application/offset+octet-stream";

/// An upload that the server has begun to receive.
struct Begun<'a> {
    api: &'a Api,
    path: String,
    file: &'a LocalFile,
    progress: Option<Progress>,
}

/// What the server has of it.
enum Received {
    Bytes(u64),
    /// Everything; the task announces it.
    Whole(String),
}

impl Api {
    /// Sends the file, and returns the id of the task that announces it. Goes on with what another process left
    /// unfinished. The upload's transaction must be mined.
    pub(super) async fn upload_resumably(
        &self,
        upload: &Upload,
        file: &LocalFile,
        progress: Option<Progress>,
    ) -> Result<String, ClientError> {
        let unfinished = Unfinished::of(self.upload_notes(), &self.server(), upload, file);
        if let Some(path) = unfinished.path() {
            let begun = Begun { api: self, path, file, progress: progress.clone() };
            match begun.resume().await {
                // It has expired, or the server does not take the rest of it.
                Err(error) if error.status().is_some_and(|status| status < 500) && !may_continue(&error) => {
                    unfinished.forget();
                }
                ended => {
                    if ended.is_ok() {
                        unfinished.forget();
                    }
                    return ended;
                }
            }
        }
        let metadata: Vec<String> = fields(upload, file)
            .into_iter()
            .map(|(name, value)| format!("{name} {}", STANDARD.encode(value)))
            .collect();
        let request = || {
            let creation = versioned(self.post("/uploads/")?).header("Upload-Length", file.size);
            Ok(creation.header("Upload-Metadata", metadata.join(",")))
        };
        let answer = retry(async || self.send_signed_in(request).await).await?;
        let path = header(self, &answer, LOCATION.as_str())?;
        unfinished.keep(&path);
        let task = Begun { api: self, path, file, progress }.complete(0).await?;
        unfinished.forget();
        Ok(task)
    }
}

impl Begun<'_> {
    /// Sends what the server does not have.
    async fn resume(&self) -> Result<String, ClientError> {
        match retry(async || self.received().await).await? {
            Received::Whole(task) => Ok(task),
            Received::Bytes(bytes) => self.complete(bytes).await,
        }
    }

    /// Sends everything from `offset` on.
    async fn complete(&self, mut offset: u64) -> Result<String, ClientError> {
        let mut failures = 0;
        loop {
            let error = match self.send(offset).await {
                Ok(task) => return Ok(task),
                Err(error) if may_continue(&error) && failures < MAX_RETRIES => error,
                Err(error) => return Err(error),
            };
            tracing::debug!(%error, offset, "continuing an upload");
            tokio::time::sleep(INITIAL_BACKOFF * 2_u32.pow(failures)).await;
            match retry(async || self.received().await).await? {
                Received::Whole(task) => return Ok(task),
                Received::Bytes(bytes) => {
                    failures = if bytes > offset { 0 } else { failures + 1 };
                    offset = bytes;
                }
            }
        }
    }

    /// One request with everything from `offset` on.
    async fn send(&self, offset: u64) -> Result<String, ClientError> {
        let request = || {
            let body = body(self.file, offset, self.progress.clone())?;
            Ok(versioned(self.api.patch_file(&self.path)?)
                .header("Upload-Offset", offset)
                .header(CONTENT_TYPE, PART)
                .header(CONTENT_LENGTH, self.file.size - offset)
                .body(body))
        };
        header(self.api, &self.api.send_signed_in(request).await?, "Capi-Task-Id")
    }

    async fn received(&self) -> Result<Received, ClientError> {
        let answer = self.api.send_signed_in(|| Ok(versioned(self.api.head(&self.path)?))).await?;
        if let Ok(task) = header(self.api, &answer, "Capi-Task-Id") {
            return Ok(Received::Whole(task));
        }
        let offset = header(self.api, &answer, "Upload-Offset")?;
        offset
            .parse()
            .map(Received::Bytes)
            .map_err(|_| ClientError::Unexpected(self.api.server(), format!("Upload-Offset: {offset}")))
    }
}

/// Whether the upload can go on: the connection broke, or the server has another offset, or is still busy with it.
fn may_continue(error: &ClientError) -> bool {
    error.is_transient() || matches!(error.status(), Some(409 | 423))
}

/// Repeats a small request.
async fn retry<T>(request: impl AsyncFn() -> Result<T, ClientError>) -> Result<T, ClientError> {
    for failures in 0..MAX_RETRIES {
        match request().await {
            Err(error) if may_continue(&error) => {
                tokio::time::sleep(INITIAL_BACKOFF * 2_u32.pow(failures)).await;
            }
            other => return other,
        }
    }
    request().await
}

fn versioned(request: RequestBuilder) -> RequestBuilder {
    request.header("Tus-Resumable", "1.0.0")
}

fn header(api: &Api, answer: &Response, name: &str) -> Result<String, ClientError> {
    let value = answer.headers().get(name).and_then(|value| value.to_str().ok());
    let missing = || ClientError::Unexpected(api.server(), format!("it sent no {name}"));
    value.map(str::to_owned).ok_or_else(missing)
}
