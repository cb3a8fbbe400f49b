//! Uploads of listing files.

use futures_util::StreamExt;
use reqwest::multipart::{Form, Part};
use reqwest::{Body, RequestBuilder};
use tokio_util::io::ReaderStream;

use super::api::Api;
use super::model::Accepted;
use super::{ClientError, LocalFile, Progress};
use crate::domain::{Address, Hash};

const CHUNK_BYTES: usize = 256 * 1024;

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
}

impl Api {
    /// Sends the file in constant memory, and returns the id of the task that announces it.
    pub async fn upload(
        &self,
        upload: &Upload,
        file: &LocalFile,
        progress: Option<Progress>,
    ) -> Result<String, ClientError> {
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
    let name = file.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut form = Form::new()
        .text("tx_hash", upload.transaction.to_string())
        .text("listing_hash", upload.listing.to_string())
        .text("owner", upload.owner.to_string())
        .text("title", upload.title.clone())
        .text("description", upload.description.clone())
        .text("license", upload.license.clone())
        .text("file_type", upload.file_type.clone())
        .text("md5_sum", file.md5_sum.clone())
        .text("filenames", name.clone());
    if !upload.tags.is_empty() {
        form = form.text("tags", upload.tags.join(","));
    }
    Ok(form.part("file", Part::stream_with_length(body(file, progress)?, file.size).file_name(name)))
}

fn body(file: &LocalFile, progress: Option<Progress>) -> Result<Body, ClientError> {
    let opened = std::fs::File::open(&file.path).map_err(|error| ClientError::file(&file.path, error))?;
    let (total, mut done) = (file.size, 0);
    let pieces = ReaderStream::with_capacity(tokio::fs::File::from_std(opened), CHUNK_BYTES);
    let told = pieces.inspect(move |piece| {
        if let (Ok(bytes), Some(progress)) = (piece, &progress) {
            done += bytes.len() as u64;
            progress(done, total);
        }
    });
    Ok(Body::wrap_stream(told))
}
