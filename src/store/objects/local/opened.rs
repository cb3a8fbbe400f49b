//! Files that are open already. Files do not change, so whoever reads one again needs neither its name nor another thread.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;

use super::super::ObjectError;
use super::{missing_or_unavailable, size_and_time, unavailable};
use crate::domain::Timestamp;

const MAX_FILES: u64 = 128;
/// A file that was removed in the meantime keeps its place on the disk for as long.
const IDLE: Duration = Duration::from_secs(30);

/// An open file, which is an object.
pub(super) struct Opened {
    pub path: PathBuf,
    pub file: File,
    pub size: u64,
    pub modified: Timestamp,
}

impl Opened {
    pub(super) fn at(path: PathBuf) -> Result<Arc<Self>, ObjectError> {
        let file = File::open(&path).map_err(|error| missing_or_unavailable(&path, error))?;
        let metadata = file.metadata().map_err(|error| unavailable(&path, error))?;
        let (size, modified) = size_and_time(&path, &metadata)?;
        Ok(Arc::new(Opened { path, file, size, modified }))
    }

    /// Another process may have removed it.
    fn has_a_name(&self) -> bool {
        self.file.metadata().is_ok_and(|metadata: fs::Metadata| metadata.nlink() > 0)
    }
}

/// The files that were read last.
pub(super) struct OpenedFiles(Cache<PathBuf, Arc<Opened>>);

impl Default for OpenedFiles {
    fn default() -> Self {
        OpenedFiles(Cache::builder().max_capacity(MAX_FILES).time_to_idle(IDLE).build())
    }
}

impl OpenedFiles {
    pub(super) fn get(&self, path: &Path) -> Option<Arc<Opened>> {
        let opened = self.0.get(path)?;
        if opened.has_a_name() {
            return Some(opened);
        }
        self.forget(path);
        None
    }

    pub(super) fn keep(&self, opened: &Arc<Opened>) {
        self.0.insert(opened.path.clone(), opened.clone());
    }

    pub(super) fn forget(&self, path: &Path) {
        self.0.invalidate(path);
    }
}
