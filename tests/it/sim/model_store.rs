//! The stores in memory, exactly as their contracts say: the same conformance suites run on them as on the real ones.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Mutex, Weak};

use async_trait::async_trait;
use bytes::Bytes;
use capi::domain::{Clock, Hash, Listing, Timestamp};
use capi::store::metadata::{Key, Listings, MAX_WRITES, Record, StateStore, StoreError, Version, Write};
use capi::store::objects::{ByteStream, ObjectError, ObjectInfo, ObjectWriter, Objects};

use super::executor::breathe;

/// Listings, state records and objects of one deployment.
pub struct Memory {
    inner: Mutex<Inner>,
    clock: Arc<dyn Clock>,
    /// Bytes of a piece as `read` gives it out.
    piece: usize,
    /// For what it hands out that writes to it later.
    me: Weak<Memory>,
}

#[derive(Default)]
struct Inner {
    records: BTreeMap<Key, Record>,
    versions: Version,
    /// Every value that was ever written below `accesses/`.
    accesses: Vec<Vec<u8>>,
    rows: BTreeMap<Hash, Listing>,
    objects: BTreeMap<String, Object>,
    /// When each unfinished upload began.
    uploads: BTreeMap<u64, Timestamp>,
    begun: u64,
}

#[derive(Clone)]
struct Object {
    bytes: Bytes,
    modified: Timestamp,
}

impl Memory {
    pub fn new(clock: Arc<dyn Clock>, piece: usize) -> Arc<Self> {
        Arc::new_cyclic(|me| Memory { inner: Mutex::default(), clock, piece, me: me.clone() })
    }

    /// Every record of a partition, expired or not.
    pub fn records(&self, partition: &str) -> Vec<Record> {
        let inner = self.inner.lock().unwrap();
        let from = inner.records.range(Key::new(partition, "")..).map(|(_, record)| record);
        from.take_while(|record| record.key.partition == partition).cloned().collect()
    }

    /// The partitions with such names that have records.
    pub fn partitions(&self, prefix: &str) -> BTreeSet<String> {
        let inner = self.inner.lock().unwrap();
        let names = inner.records.keys().map(|key| &key.partition);
        names.filter(|name| name.starts_with(prefix)).cloned().collect()
    }

    pub fn has(&self, partition: &str, sort: &str) -> bool {
        self.inner.lock().unwrap().records.contains_key(&Key::new(partition, sort))
    }

    /// The keys of the objects with such names.
    pub fn objects(&self, prefix: &str) -> Vec<String> {
        let inner = self.inner.lock().unwrap();
        inner.objects.keys().filter(|key| key.starts_with(prefix)).cloned().collect()
    }

    /// Every value that an access ever had.
    pub fn accesses(&self) -> Vec<Vec<u8>> {
        self.inner.lock().unwrap().accesses.clone()
    }

    pub fn row(&self, listing: Hash) -> Option<Listing> {
        self.inner.lock().unwrap().rows.get(&listing).cloned()
    }

    pub fn rows(&self) -> Vec<Listing> {
        self.inner.lock().unwrap().rows.values().cloned().collect()
    }

    pub fn object(&self, key: &str) -> Option<Bytes> {
        self.inner.lock().unwrap().objects.get(key).map(|object| object.bytes.clone())
    }
}

impl Inner {
    fn live(&self, key: &Key, now: Timestamp) -> Option<&Record> {
        self.records.get(key).filter(|record| is_live(record, now))
    }

    fn is_met(&self, write: &Write, now: Timestamp) -> bool {
        let present = self.live(write.key(), now).map(|record| record.version);
        match write {
            Write::Put { expected, .. } | Write::Check { expected, .. } => present == *expected,
            Write::Delete { expected, .. } => present == Some(*expected),
        }
    }

    fn carry_out(&mut self, write: Write) {
        match write {
            Write::Put { key, value, due, expires, .. } => {
                self.versions += 1;
                if key.partition.starts_with("accesses/") {
                    self.accesses.push(value.clone());
                }
                let record = Record { key: key.clone(), version: self.versions, value, due, expires };
                self.records.insert(key, record);
            }
            Write::Delete { key, .. } => drop(self.records.remove(&key)),
            Write::Check { .. } => {}
        }
    }
}

fn is_live(record: &Record, now: Timestamp) -> bool {
    record.expires.is_none_or(|at| at > now)
}

#[async_trait]
impl StateStore for Memory {
    async fn get(&self, key: &Key, now: Timestamp) -> Result<Option<Record>, StoreError> {
        Ok(self.inner.lock().unwrap().live(key, now).cloned())
    }

    async fn list(
        &self,
        partition: &str,
        after: Option<&str>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Record>, StoreError> {
        let inner = self.inner.lock().unwrap();
        let from = Key::new(partition, after.unwrap_or_default());
        let of_partition = inner
            .records
            .range(from..)
            .map(|(_, record)| record)
            .take_while(|record| record.key.partition == partition)
            .filter(|record| after.is_none_or(|after| record.key.sort.as_str() > after));
        Ok(of_partition.filter(|record| is_live(record, now)).take(limit).cloned().collect())
    }

    async fn commit(&self, writes: Vec<Write>, now: Timestamp) -> Result<(), StoreError> {
        if writes.len() > MAX_WRITES {
            return Err(StoreError::TooLarge(format!("{} writes", writes.len())));
        }
        let mut keys = HashSet::new();
        if !writes.iter().all(|write| keys.insert(write.key())) {
            return Err(StoreError::Unavailable("a commit names a key twice".into()));
        }
        let mut inner = self.inner.lock().unwrap();
        if !writes.iter().all(|write| inner.is_met(write, now)) {
            return Err(StoreError::Conflict);
        }
        writes.into_iter().for_each(|write| inner.carry_out(write));
        Ok(())
    }

    async fn due(&self, queue: &str, now: Timestamp, limit: usize) -> Result<Vec<Record>, StoreError> {
        let inner = self.inner.lock().unwrap();
        let is_due = |record: &&Record| {
            record.due.as_ref().is_some_and(|due| due.queue == queue && due.at <= now) && is_live(record, now)
        };
        let mut due: Vec<Record> = inner.records.values().filter(is_due).cloned().collect();
        due.sort_by_key(|record| record.due.as_ref().map(|due| due.at));
        due.truncate(limit);
        Ok(due)
    }

    async fn next_due(&self, queue: &str) -> Result<Option<Timestamp>, StoreError> {
        let inner = self.inner.lock().unwrap();
        let of_queue = inner.records.values().filter_map(|record| record.due.as_ref());
        Ok(of_queue.filter(|due| due.queue == queue).map(|due| due.at).min())
    }

    async fn purge(&self, now: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let mut inner = self.inner.lock().unwrap();
        let expired = inner.records.values().filter(|record| !is_live(record, now));
        let keys: Vec<Key> = expired.take(limit).map(|record| record.key.clone()).collect();
        for key in &keys {
            inner.records.remove(key);
        }
        Ok(keys.len())
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

#[async_trait]
impl Listings for Memory {
    async fn get_many(&self, hashes: &[Hash]) -> Result<Vec<Option<Listing>>, StoreError> {
        let inner = self.inner.lock().unwrap();
        Ok(hashes.iter().map(|hash| inner.rows.get(hash).cloned()).collect())
    }

    async fn put(&self, row: &Listing, replaces: Option<&Listing>) -> Result<(), StoreError> {
        let mut inner = self.inner.lock().unwrap();
        let current = inner.rows.get(&row.listing_hash);
        if current != Some(row) && current != replaces {
            return Err(StoreError::Conflict);
        }
        inner.rows.insert(row.listing_hash, row.clone());
        Ok(())
    }
}

/// The adapters share these rules; here they are written down a second time.
fn check_key(key: &str) -> Result<(), ObjectError> {
    let is_segment = |segment: &str| {
        let allowed = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
        !segment.is_empty() && !segment.starts_with('.') && segment.bytes().all(allowed)
    };
    if key.len() <= 255 && key.split('/').all(is_segment) {
        return Ok(());
    }
    Err(ObjectError::Unavailable(format!("{key:?} is not a valid key")))
}

fn check_prefix(prefix: &str) -> Result<(), ObjectError> {
    if prefix.is_empty() { Ok(()) } else { check_key(prefix.strip_suffix('/').unwrap_or(prefix)) }
}

#[async_trait]
impl Objects for Memory {
    async fn create(&self, key: &str) -> Result<Box<dyn ObjectWriter>, ObjectError> {
        check_key(key)?;
        let mut inner = self.inner.lock().unwrap();
        inner.begun += 1;
        let id = inner.begun;
        let began = self.clock.now();
        inner.uploads.insert(id, began);
        let store = self.me.upgrade().expect("whoever calls holds it");
        Ok(Box::new(Writing { store, began, id, key: key.into(), bytes: Vec::new(), broken: false }))
    }

    async fn rename(&self, from: &str, to: &str) -> Result<(), ObjectError> {
        check_key(from)?;
        check_key(to)?;
        let mut inner = self.inner.lock().unwrap();
        match (inner.objects.contains_key(from), inner.objects.contains_key(to)) {
            (true, true) if from != to => return Err(ObjectError::AlreadyExists),
            (false, false) => return Err(ObjectError::NotFound),
            _ => {}
        }
        if let Some(object) = inner.objects.remove(from) {
            inner.objects.insert(to.to_owned(), object);
        }
        Ok(())
    }

    async fn info(&self, key: &str) -> Result<ObjectInfo, ObjectError> {
        check_key(key)?;
        let inner = self.inner.lock().unwrap();
        inner.objects.get(key).map(|object| info(key, object)).ok_or(ObjectError::NotFound)
    }

    async fn read(&self, key: &str, start: u64, length: u64) -> Result<ByteStream, ObjectError> {
        check_key(key)?;
        let inner = self.inner.lock().unwrap();
        let bytes = inner.objects.get(key).ok_or(ObjectError::NotFound)?.bytes.clone();
        let from = bytes.len().min(start as usize);
        let to = bytes.len().min(start.saturating_add(length) as usize);
        let wanted = bytes.slice(from..to);
        let pieces: Vec<_> = (0..wanted.len())
            .step_by(self.piece)
            .map(|at| Ok(wanted.slice(at..wanted.len().min(at + self.piece))))
            .collect();
        Ok(Box::pin(futures_util::stream::iter(pieces)))
    }

    async fn delete(&self, key: &str) -> Result<(), ObjectError> {
        check_key(key)?;
        self.inner.lock().unwrap().objects.remove(key);
        Ok(())
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ObjectInfo>, ObjectError> {
        check_prefix(prefix)?;
        after.map_or(Ok(()), check_key)?;
        let inner = self.inner.lock().unwrap();
        let wanted = |key: &str| key.starts_with(prefix) && after.is_none_or(|after| key > after);
        let of_prefix = inner.objects.iter().filter(|(key, _)| wanted(key));
        Ok(of_prefix.take(limit).map(|(key, object)| info(key, object)).collect())
    }

    async fn sweep(&self, before: Timestamp) -> Result<usize, ObjectError> {
        let mut inner = self.inner.lock().unwrap();
        let all = inner.uploads.len();
        inner.uploads.retain(|_, begun| *begun >= before);
        Ok(all - inner.uploads.len())
    }

    async fn ping(&self) -> Result<(), ObjectError> {
        Ok(())
    }
}

fn info(key: &str, object: &Object) -> ObjectInfo {
    ObjectInfo { key: key.to_owned(), size: object.bytes.len() as u64, modified: object.modified }
}

struct Writing {
    store: Arc<Memory>,
    /// S3 counts the age of an object from here.
    began: Timestamp,
    id: u64,
    key: String,
    bytes: Vec<u8>,
    broken: bool,
}

#[async_trait]
impl ObjectWriter for Writing {
    async fn write(&mut self, bytes: Bytes) -> Result<(), ObjectError> {
        // Broken until it is whole: the future may be dropped in between.
        let broken = std::mem::replace(&mut self.broken, true);
        breathe().await;
        self.bytes.extend_from_slice(&bytes);
        self.broken = broken;
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<(), ObjectError> {
        let mut inner = self.store.inner.lock().unwrap();
        if inner.uploads.remove(&self.id).is_none() || self.broken {
            return Err(ObjectError::Unavailable("the upload has a gap or was swept away".into()));
        }
        if inner.objects.contains_key(&self.key) {
            return Err(ObjectError::AlreadyExists);
        }
        let (key, modified) = (self.key.clone(), self.began);
        let bytes = Bytes::from(std::mem::take(&mut self.bytes));
        inner.objects.insert(key, Object { bytes, modified });
        Ok(())
    }

    async fn abort(self: Box<Self>) {}
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.store.inner.lock().unwrap().uploads.remove(&self.id);
    }
}
