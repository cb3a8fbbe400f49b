//! Uploads of listing files.

use std::io::{Seek, SeekFrom};

use futures_util::StreamExt;
use reqwest::multipart::{Form, Part};
use reqwest::{Body, RequestBuilder};
use tokio_util::io::ReaderStream;

use super::api::Api;
use super::model::Accepted;
use super::{ClientError, LocalFile, Progress};
use crate::domain::{Address, Hash, PreviewChoice};

const CHUNK_BYTES: usize = 256 * 1024;
/// From this size on, a broken connection costs enough to be worth resuming.
const RESUMABLE_FROM_BYTES: u64 = 8 * 1024 * 1024;

/// The metadata of an upload.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The transaction that called `Listing.list`.
    pub transaction: Hash,
    pub listing: Hash,
    /// The transaction's sender.
    pub owner: Address,
    pub title: String,
    pub description: String,
    pub license: String,
    /// Media type.
    pub file_type: String,
    pub tags: Vec<String>,
    /// What voters may see; `None` leaves it to the server.
    pub preview: Option<PreviewChoice>,
}

impl Api {
    /// Sends the file in constant memory, and returns the id of the task that announces it. A large file is sent
    /// resumably.
    pub async fn upload(
        &self,
        upload: &Upload,
        file: &LocalFile,
        progress: Option<Progress>,
    ) -> Result<String, ClientError> {
        if file.size >= RESUMABLE_FROM_BYTES {
            return self.upload_resumably(upload, file, progress).await;
        }
        let request = || self.upload_request(upload, file, progress.clone());
        let answer = self.send_signed_in(request).await?;
        Ok(self.json::<Accepted>(answer).await?.task_id)
    }

    fn upload_request(
        &self,
        upload: &Upload,
        file: &LocalFile,
        progress: Option<Progress>,
    ) -> Result<RequestBuilder, ClientError> {
        Ok(self.post_file("/listings/")?.multipart(form(upload, file, progress)?))
    }
}

fn form(upload: &Upload, file: &LocalFile, progress: Option<Progress>) -> Result<Form, ClientError> {
    let form =
        fields(upload, file).into_iter().fold(Form::new(), |form, (name, value)| form.text(name, value));
    let part = Part::stream_with_length(body(file, 0, progress)?, file.size).file_name(name(file));
    Ok(form.part("file", part))
}

/// The fields of an upload, without the file.
pub(super) fn fields(upload: &Upload, file: &LocalFile) -> Vec<(&'static str, String)> {
    let mut fields = vec![
        ("tx_hash", upload.transaction.to_string()),
        ("listing_hash", upload.listing.to_string()),
        ("owner", upload.owner.to_string()),
        ("title", upload.title.clone()),
        ("description", upload.description.clone()),
        ("license", upload.license.clone()),
        ("file_type", upload.file_type.clone()),
        ("md5_sum", file.md5_sum.clone()),
        ("filenames", name(file)),
    ];
    if !upload.tags.is_empty() {
        fields.push(("tags", upload.tags.join(",")));
    }
    fields.extend(upload.preview.map(|choice| ("preview", choice.to_string())));
    fields
}

fn name(file: &LocalFile) -> String {
    file.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The bytes from `start` on.
pub(super) fn body(file: &LocalFile, start: u64, progress: Option<Progress>) -> Result<Body, ClientError> {
    let opened = std::fs::File::open(&file.path).and_then(|mut opened| {
        opened.seek(SeekFrom::Start(start))?;
        Ok(opened)
    });
    let opened = opened.map_err(|error| ClientError::file(&file.path, error))?;
    let (total, mut done) = (file.size, start);
    let pieces = ReaderStream::with_capacity(tokio::fs::File::from_std(opened), CHUNK_BYTES);
    let told = pieces.inspect(move |piece| {
        if let (Ok(bytes), Some(progress)) = (piece, &progress) {
            done += bytes.len() as u64;
            progress(done, total);
        }
    });
    Ok(Body::wrap_stream(told))
}
