//! A maker applies for a listing, uploads its file, and waits until the file's hash is on chain.

use std::path::Path;
use std::time::Duration;

use super::{Party, unmet};
use crate::client::{ClientError, LocalFile, Progress, Receipt, Upload};
use crate::domain::{Address, Hash, ParseError, PreviewChoice, listing_text};

/// How long the server may take to announce a file.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(900);
/// How many times one maker may offer one file.
const MAX_LISTINGS_PER_FILE: u32 = 10_000;

/// A maker's metadata for a file.
#[derive(Clone, Debug)]
pub struct ListingText {
    pub title: String,
    pub description: String,
    pub license: String,
    /// Media type.
    pub file_type: String,
    pub tags: Vec<String>,
    /// What voters may see; `None` leaves it to the server.
    pub preview: Option<PreviewChoice>,
}

/// A file that the market can vote on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Published {
    pub listing: Hash,
    /// The transaction that called `list`.
    pub applied: Hash,
    pub task: String,
    /// The server's transaction that announced the file's hash.
    pub announced: Hash,
    pub data_hash: Hash,
}

/// The listing hash that a maker gives a file: the keccak-256 of a text with the maker, the content and a number, which
/// is 0 for the first listing of that file.
pub fn listing_hash(maker: Address, data: Hash, number: u32) -> Hash {
    Hash::keccak(format!("{maker}/{data}/{number}"))
}

impl ListingText {
    /// Refuses what a server would refuse, so that nobody pays for an application that cannot be completed.
    pub fn check(&self) -> Result<(), ClientError> {
        let invalid = |name: &str, error: ParseError| ClientError::Unmet(format!("--{name}: {error}"));
        for (name, text) in [("title", &self.title), ("type", &self.file_type)] {
            listing_text::check_line(text).map_err(|error| invalid(name, error))?;
        }
        for (name, text) in [("description", &self.description), ("license", &self.license)] {
            listing_text::check_text(text).map_err(|error| invalid(name, error))?;
        }
        listing_text::check_tags(&self.tags).map_err(|error| invalid("tags", error))
    }
}

impl Party {
    /// Checks that an application can be completed with a file: the transaction must be this account's call of `list` for
    /// this listing. If it is not mined yet, the server waits for it.
    pub async fn check_application(&self, listing: Hash, applied: Hash) -> Result<(), ClientError> {
        let Some(transaction) = self.wallet.transaction(applied).await? else {
            return unmet(format!("no chain node knows the transaction {applied}"));
        };
        if transaction.lists != Some(listing) {
            return unmet(format!("the transaction {applied} does not list {listing} in this market"));
        }
        if transaction.from != self.address() {
            return unmet(format!(
                "the transaction {applied} was sent by {}, not by {}",
                transaction.from,
                self.address()
            ));
        }
        if transaction.mined.is_some_and(|mined| !mined.succeeded) {
            return unmet(format!("the transaction {applied} failed"));
        }
        Ok(())
    }

    /// Checks that the server would accept a file, before anything is sent.
    pub async fn check_upload(&self, file: &LocalFile) -> Result<(), ClientError> {
        let market = self.api.market().await?;
        if !market.backend.is_this_server {
            return unmet(format!(
                "{} is not the market's backend: it accepts no uploads",
                self.api.server()
            ));
        }
        let limit = market.server.max_upload_bytes;
        if file.size > limit {
            return unmet(format!(
                "the file has {} bytes, but the server accepts at most {limit}",
                file.size
            ));
        }
        Ok(())
    }

    /// Lists a file: applies, uploads, and waits for the announcement.
    pub async fn publish(&self, path: &Path, about: &ListingText) -> Result<Published, ClientError> {
        let file = LocalFile::read(path).await?;
        let listing = self.unused_listing_hash(&file).await?;
        let applied = self.apply(listing).await?.transaction;
        let task = self.send_file(about, &file, listing, applied, None).await?;
        let announced = self.wait_announced(&task, listing, &file).await?;
        Ok(Published { listing, applied, task, announced, data_hash: file.data_hash })
    }

    /// The first of the account's hashes for this file that is neither listed nor a candidate.
    pub async fn unused_listing_hash(&self, file: &LocalFile) -> Result<Hash, ClientError> {
        for number in 0..MAX_LISTINGS_PER_FILE {
            let hash = listing_hash(self.address(), file.data_hash, number);
            if !self.wallet.is_listed(hash).await? && self.wallet.candidate(hash).await?.is_none() {
                return Ok(hash);
            }
        }
        unmet("this account has listed this file too many times")
    }

    /// Sends `list` and waits until it is mined.
    pub async fn apply(&self, listing: Hash) -> Result<Receipt, ClientError> {
        if self.wallet.is_listed(listing).await? {
            return unmet(format!("{listing} is already listed"));
        }
        if self.wallet.candidate(listing).await?.is_some() {
            return unmet(format!("{listing} is already being voted on"));
        }
        Ok(self.wallet.list(listing).await?)
    }

    /// Uploads the file for one of this account's applications, and returns the server's task.
    pub async fn send_file(
        &self,
        about: &ListingText,
        file: &LocalFile,
        listing: Hash,
        applied: Hash,
        progress: Option<Progress>,
    ) -> Result<String, ClientError> {
        self.sign_in().await?;
        let ListingText { title, description, license, file_type, tags, preview } = about.clone();
        let owner = self.address();
        let upload = Upload {
            transaction: applied,
            listing,
            owner,
            title,
            description,
            license,
            file_type,
            tags,
            preview,
        };
        self.api.upload(&upload, file, progress).await
    }

    /// Waits until the server has announced the file, and returns its transaction. The hash on chain must be the file's.
    pub async fn wait_announced(
        &self,
        task: &str,
        listing: Hash,
        file: &LocalFile,
    ) -> Result<Hash, ClientError> {
        let transaction = self.api.finish(task, UPLOAD_TIMEOUT).await?;
        let announced = self.wallet.data_hash(listing).await?;
        if announced != file.data_hash {
            return unmet(format!(
                "the server announced {announced}, but the file's hash is {}",
                file.data_hash
            ));
        }
        Ok(transaction.unwrap_or_default())
    }
}
