//! Downloads: received into `<out>.part`, resumed after interruptions, and kept only if the content is as expected.

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::StreamExt;
use reqwest::header::{CONTENT_LENGTH, CONTENT_RANGE, ETAG, IF_RANGE, RANGE};
use reqwest::{RequestBuilder, Response, StatusCode};
use tokio::fs::{self, File, OpenOptions};
use tokio::io::AsyncWriteExt;

use super::api::Api;
use super::{ClientError, LocalFile, Progress};
use crate::domain::Hash;

/// Consecutive attempts without progress before a download fails.
const MAX_RETRIES: u32 = 5;
const INITIAL_BACKOFF: Duration = Duration::from_millis(200);

/// The file to download.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RemoteFile {
    /// A listing's file under one of the caller's deliveries.
    Delivery { delivery: Hash, listing: Hash },
    /// A preview of an application's or listing's file.
    Preview { listing: Hash },
}

impl RemoteFile {
    fn path(self) -> String {
        match self {
            RemoteFile::Delivery { delivery, listing } => {
                format!("/deliveries/?delivery_hash={delivery}&query={listing}")
            }
            RemoteFile::Preview { listing } => format!("/previews/{listing}"),
        }
    }
}

/// The facts about a file that a server reports before it sends it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Remote {
    /// keccak-256 of the whole file.
    pub data_hash: Option<Hash>,
    pub name: Option<String>,
}

/// A received file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Downloaded {
    pub path: PathBuf,
    pub size: u64,
    /// keccak-256 of its bytes.
    pub data_hash: Hash,
    /// How many of its bytes came from an earlier attempt.
    pub resumed_at: u64,
}

impl Api {
    /// Checks whether a download would succeed. Charges nothing.
    pub async fn probe(&self, source: RemoteFile) -> Result<Remote, ClientError> {
        let answer = self.send_signed_in(|| self.head(&source.path())).await?;
        let etag = answer.headers().get(ETAG).and_then(|value| value.to_str().ok());
        let data_hash = etag.and_then(|etag| Hash::parse(etag.trim_matches('"')).ok());
        let name = answer.headers().get("filename").and_then(|value| value.to_str().ok());
        Ok(Remote { data_hash, name: name.map(str::to_owned) })
    }

    /// Downloads a file to `out` through `<out>.part`. Continues what an earlier attempt left there, and resumes after a
    /// broken connection. With `expected`, discards any other content.
    pub async fn download(
        &self,
        source: RemoteFile,
        out: &Path,
        expected: Option<Hash>,
        progress: Option<&Progress>,
    ) -> Result<Downloaded, ClientError> {
        let part = Part::beside(out);
        let resumed_at = part.length().await;
        let mut failures = 0;
        loop {
            let before = part.length().await;
            match self.receive(source, &part, progress).await {
                Ok(()) => break,
                Err(error) if error.is_transient() => {
                    failures = if part.length().await > before { 0 } else { failures + 1 };
                    if failures >= MAX_RETRIES {
                        return Err(error);
                    }
                    tokio::time::sleep(INITIAL_BACKOFF * 2_u32.pow(failures)).await;
                }
                Err(error) => return Err(error),
            }
        }
        let file = part.keep(out, expected).await?;
        Ok(Downloaded { path: out.to_owned(), size: file.size, data_hash: file.data_hash, resumed_at })
    }

    /// One request for the missing bytes.
    async fn receive(
        &self,
        source: RemoteFile,
        part: &Part,
        progress: Option<&Progress>,
    ) -> Result<(), ClientError> {
        let held = part.held().await;
        let request = || -> Result<RequestBuilder, ClientError> {
            let request = self.get(&source.path())?;
            Ok(match &held {
                Some((etag, length)) => {
                    request.header(RANGE, format!("bytes={length}-")).header(IF_RANGE, etag)
                }
                None => request,
            })
        };
        let answer = match self.send_signed_in(request).await {
            // Nothing is missing, because the part was complete.
            Err(error) if error.status() == Some(416) && held.is_some() => return Ok(()),
            other => other?,
        };
        let (mut file, begun) = match (answer.status(), &held) {
            (StatusCode::PARTIAL_CONTENT, Some((_, length))) if starts_at(&answer, *length) => {
                (part.append().await?, *length)
            }
            (StatusCode::OK, _) => (part.begin(&answer).await?, 0),
            (status, _) => {
                part.discard().await;
                let reason = format!("it returned {status} with a range that was not requested");
                return Err(ClientError::Unexpected(self.server(), reason));
            }
        };
        self.write(answer, &mut file, part, begun, progress).await
    }

    async fn write(
        &self,
        answer: Response,
        file: &mut File,
        part: &Part,
        begun: u64,
        progress: Option<&Progress>,
    ) -> Result<(), ClientError> {
        let total = answer.content_length().map(|length| begun + length);
        let mut done = begun;
        let mut bytes = answer.bytes_stream();
        let outcome = loop {
            match bytes.next().await {
                None => break Ok(()),
                Some(Err(error)) => break Err(self.unreachable(error)),
                Some(Ok(piece)) => {
                    file.write_all(&piece).await.map_err(|error| ClientError::file(&part.file, error))?;
                    done += piece.len() as u64;
                    if let Some(progress) = progress {
                        progress(done, total.unwrap_or(done));
                    }
                }
            }
        };
        file.flush().await.map_err(|error| ClientError::file(&part.file, error))?;
        outcome
    }
}

/// Whether a partial response continues the bytes already received.
fn starts_at(answer: &Response, length: u64) -> bool {
    let range = answer.headers().get(CONTENT_RANGE).and_then(|value| value.to_str().ok());
    range.is_some_and(|range| range.starts_with(&format!("bytes {length}-")))
}

/// The unfinished file, and next to it the entity tag of the whole.
struct Part {
    file: PathBuf,
    etag: PathBuf,
}

impl Part {
    fn beside(out: &Path) -> Self {
        let with = |suffix: &str| {
            let mut name = out.as_os_str().to_owned();
            name.push(suffix);
            PathBuf::from(name)
        };
        Part { file: with(".part"), etag: with(".part.etag") }
    }

    async fn length(&self) -> u64 {
        fs::metadata(&self.file).await.map_or(0, |metadata| metadata.len())
    }

    /// The entity tag and length of the partial file, if there is one to continue.
    async fn held(&self) -> Option<(String, u64)> {
        let etag = fs::read_to_string(&self.etag).await.ok().filter(|etag| etag.starts_with('"'))?;
        let length = self.length().await;
        (length > 0).then_some((etag, length))
    }

    async fn append(&self) -> Result<File, ClientError> {
        self.opened(OpenOptions::new().append(true)).await
    }

    /// Starts over with an empty file.
    async fn begin(&self, answer: &Response) -> Result<File, ClientError> {
        let file = self.opened(OpenOptions::new().write(true).create(true).truncate(true)).await?;
        let length = answer.headers().get(CONTENT_LENGTH);
        let etag = answer.headers().get(ETAG).and_then(|value| value.to_str().ok());
        // Without a tag and a length, a later attempt could not tell a broken transfer from a complete one.
        let etag = etag.filter(|_| length.is_some()).unwrap_or_default();
        fs::write(&self.etag, etag).await.map_err(|error| ClientError::file(&self.etag, error))?;
        Ok(file)
    }

    async fn opened(&self, options: &OpenOptions) -> Result<File, ClientError> {
        options.open(&self.file).await.map_err(|error| ClientError::file(&self.file, error))
    }

    /// Verifies the file and moves it into place.
    async fn keep(&self, out: &Path, expected: Option<Hash>) -> Result<LocalFile, ClientError> {
        let file = LocalFile::read(&self.file).await?;
        if let Some(expected) = expected
            && expected != file.data_hash
        {
            self.discard().await;
            return Err(ClientError::WrongContent { expected, received: file.data_hash });
        }
        fs::rename(&self.file, out).await.map_err(|error| ClientError::file(out, error))?;
        let _ = fs::remove_file(&self.etag).await;
        Ok(file)
    }

    /// If a file cannot be removed, the next attempt overwrites or rejects it.
    async fn discard(&self) {
        let _ = fs::remove_file(&self.file).await;
        let _ = fs::remove_file(&self.etag).await;
    }
}
