//! Rebuilds the listings table, if it is lost and there is no backup of it, from the sidecars of the objects.
//!
//! A row is put back if its object is there and the chain confirms it. A row that exists is never overwritten, and
//! whatever is not put back is named with the reason. Running it again completes what was interrupted, and changes
//! nothing else.

mod place;
mod write_sidecars;

use std::collections::HashSet;
use std::sync::Arc;

use futures_util::TryStreamExt;
use serde::Serialize;
use sha3::{Digest, Keccak256};

use super::backup::Unmined;
use super::index::{Index, IndexError, Snapshot};
use super::read_model::retained_key;
use super::sidecars::{self, PREFIX, listing_of};
use super::{transactions, uploads};
use crate::chain::follower::Follower;
use crate::chain::{ChainError, Reader};
use crate::domain::{Content, Hash, Listing, Timestamp};
use crate::store::metadata::{Metadata, StoreError, Write, typed};
use crate::store::objects::{ObjectError, ObjectInfo, Objects, list_all};
use place::{OnChain, Place};
pub use write_sidecars::{Written, write_sidecars};

/// Sidecars considered as of one block.
const PAGE: usize = 200;
/// The keys of files begin with their listing hash.
const FILES: &str = "0x";

/// Why a table cannot be rebuilt.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    #[error(
        "the account has pending transactions that the records do not contain, the first with nonce {0}: wait until they are mined"
    )]
    UnknownTransactions(u64),
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Index(#[from] IndexError),
    #[error(transparent)]
    Objects(#[from] ObjectError),
    #[error(transparent)]
    Metadata(#[from] StoreError),
}

/// What was put back, or in a dry run, what would be.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Rebuilt {
    /// Rows of the table.
    pub rows: u64,
    /// Rows of earlier lives of listings.
    pub earlier_rows: u64,
    /// Rows of either kind that were there already.
    pub present: u64,
    pub skipped: Vec<Skipped>,
}

/// An object that did not lead to a row or a sidecar.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Skipped {
    /// Its key.
    pub object: String,
    pub reason: String,
}

/// Where the rows are rebuilt, and from what.
pub struct Target {
    pub metadata: Metadata,
    pub files: Arc<dyn Objects>,
    pub chain: Arc<dyn Reader>,
    pub index: Index,
}

impl Target {
    /// Puts back every row that the sidecars have, the chain confirms and the table lacks.
    pub async fn rebuild(
        &self,
        unmined: &Unmined,
        dry_run: bool,
        now: Timestamp,
    ) -> Result<Rebuilt, RebuildError> {
        if !dry_run {
            self.require_known(unmined, now).await?;
        }
        let all = list_all(&*self.files, PREFIX).await?.into_iter().map(|sidecar| sidecar.key).collect();
        let mut run =
            Run { target: self, dry_run, now, rebuilt: Rebuilt::default(), described: HashSet::new() };
        let anonymous = run.consider_all(all, Uploader::Known).await?;
        // In the same life, the signed-in owner's upload takes precedence.
        run.consider_all(anonymous, Uploader::Anybody).await?;
        run.name_what_has_no_sidecar().await?;
        Ok(run.rebuilt)
    }

    /// A pending transaction that no record names could charge for a download that the server would charge for again.
    /// Once it is mined, the market's events show it.
    async fn require_known(&self, unmined: &Unmined, now: Timestamp) -> Result<(), RebuildError> {
        for nonce in unmined.nonces.clone() {
            let key = transactions::nonce_key(unmined.account, nonce);
            if self.metadata.state.get(&key, now).await?.is_none() {
                return Err(RebuildError::UnknownTransactions(nonce));
            }
        }
        Ok(())
    }

    /// Brings the index to the head of the chain.
    async fn follow(&self) -> Result<Head, RebuildError> {
        let (mut follower, mut cursor) = (Follower::default(), self.index.cursor()?);
        while let Some(update) = follower.next(self.chain.as_ref(), &cursor).await? {
            self.index.apply(&update)?;
            cursor.advance(&update);
        }
        self.index.set_built()?;
        let snapshot = self.index.read()?;
        let block = snapshot.head()?.ok_or(ChainError::UnknownBlock)?;
        Ok(Head { snapshot, block: block.hash })
    }
}

/// The index, and the block whose state it describes.
struct Head {
    snapshot: Snapshot,
    block: Hash,
}

/// Whose uploads are considered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Uploader {
    /// Signed in.
    Known,
    Anybody,
}

struct Run<'a> {
    target: &'a Target,
    dry_run: bool,
    now: Timestamp,
    rebuilt: Rebuilt,
    /// The objects that have a sidecar.
    described: HashSet<String>,
}

impl Run<'_> {
    fn skip(&mut self, key: &str, reason: impl Into<String>) {
        self.rebuilt.skipped.push(Skipped { object: key.to_owned(), reason: reason.into() });
    }

    /// Returns the sidecars of the uploads that are left out.
    async fn consider_all(
        &mut self,
        sidecars: Vec<String>,
        uploader: Uploader,
    ) -> Result<Vec<String>, RebuildError> {
        let mut left_out = Vec::new();
        for page in sidecars.chunks(PAGE) {
            let head = self.target.follow().await?;
            for key in page {
                match sidecars::read(&*self.target.files, key).await? {
                    Err(reason) => self.skip(key, reason),
                    Ok(sidecar) if sidecar.anonymous && uploader == Uploader::Known => {
                        left_out.push(key.clone());
                    }
                    Ok(sidecar) => self.consider(&head, key, sidecar.row).await?,
                }
            }
        }
        Ok(left_out)
    }

    async fn consider(&mut self, head: &Head, key: &str, row: Listing) -> Result<(), RebuildError> {
        self.described.insert(row.object());
        let on_chain = OnChain {
            facts: head.snapshot.listing(row.listing_hash)?.unwrap_or_default(),
            data_hash: self.target.chain.data_hash(head.block, row.listing_hash).await?,
        };
        let place = on_chain.place(&row);
        if let Place::Nowhere(reason) = place {
            self.skip(key, reason);
        } else if let Some(reason) = self.fault_of_object(&row, on_chain.is_over(&row)).await? {
            self.skip(key, reason);
        } else if let Place::Earlier(life) = place {
            self.save_earlier(key, &row, life).await?;
        } else {
            self.put(key, &row).await?;
        }
        Ok(())
    }

    /// What is wrong with a row's object, as far as that can be told without reading it. It is read if the chain no
    /// longer has its data hash.
    async fn fault_of_object(&self, row: &Listing, read: bool) -> Result<Option<String>, RebuildError> {
        let (files, object) = (&self.target.files, row.object());
        let size = match files.info(&object).await {
            Ok(info) => info.size,
            Err(ObjectError::NotFound) => return Ok(Some("its object is missing".to_owned())),
            Err(error) => return Err(error.into()),
        };
        if let Some(expected) = row.metadata.size.filter(|expected| *expected != size) {
            return Ok(Some(format!("its object has {size} bytes instead of {expected}")));
        }
        let Some(Content { data_hash, .. }) = row.content.as_ref().filter(|_| read) else { return Ok(None) };
        let is_same = keccak(&**files, &object).await? == *data_hash;
        Ok((!is_same).then(|| "its object has another hash".to_owned()))
    }

    async fn put(&mut self, key: &str, row: &Listing) -> Result<(), RebuildError> {
        let listings = &self.target.metadata.listings;
        match listings.get_many(&[row.listing_hash]).await?.pop().flatten() {
            Some(current) if current == *row => self.rebuilt.present += 1,
            Some(_) => self.skip(key, "the table has another row for its listing"),
            None => {
                if !self.dry_run {
                    // The claim comes first: a row without one could be replaced by another upload.
                    self.create(uploads::claim_of_row(row)).await?;
                    listings.put(row, None).await?;
                }
                self.rebuilt.rows += 1;
            }
        }
        Ok(())
    }

    async fn save_earlier(&mut self, key: &str, row: &Listing, life: Hash) -> Result<(), RebuildError> {
        let Metadata { listings, state, .. } = &self.target.metadata;
        let retained = retained_key(row.listing_hash, life);
        let saved = typed::load::<Listing>(state, &retained, self.now).await?.map(|saved| saved.value);
        // While no later life has a row, it is in the table.
        let in_table = listings.get_many(&[row.listing_hash]).await?.pop().flatten();
        match saved.or_else(|| in_table.filter(|current| current == row)) {
            Some(saved) if saved == *row => self.rebuilt.present += 1,
            Some(_) => self.skip(key, "another row is saved for its life of the listing"),
            None => {
                if !self.dry_run {
                    self.create(Some(typed::create(retained, row, None, None))).await?;
                }
                self.rebuilt.earlier_rows += 1;
            }
        }
        Ok(())
    }

    /// Creates a record, unless there is one.
    async fn create(&self, write: Option<Write>) -> Result<(), RebuildError> {
        let Some(write) = write else { return Ok(()) };
        let state = &self.target.metadata.state;
        if state.get(write.key(), self.now).await?.is_none() {
            state.commit(vec![write], self.now).await?;
        }
        Ok(())
    }

    async fn name_what_has_no_sidecar(&mut self) -> Result<(), RebuildError> {
        for ObjectInfo { key, .. } in list_all(&*self.target.files, FILES).await? {
            if listing_of(&key).is_some() && !self.described.contains(&key) {
                self.skip(&key, "it has no sidecar that can be read");
            }
        }
        Ok(())
    }
}

/// The keccak-256 of an object's bytes.
async fn keccak(files: &dyn Objects, object: &str) -> Result<Hash, ObjectError> {
    let mut hasher = Keccak256::default();
    let mut bytes = files.read(object, 0, u64::MAX).await?;
    while let Some(piece) = bytes.try_next().await? {
        hasher.update(&piece);
    }
    Ok(Hash::new(hasher.finalize().into()))
}
