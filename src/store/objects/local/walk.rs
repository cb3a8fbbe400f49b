//! Lists the directory.

use std::fs;
use std::io;
use std::path::Path;

use super::super::{ObjectError, ObjectInfo, is_segment};
use super::{is_missing, modified, unavailable};
use crate::domain::Timestamp;

/// Up to `limit` objects whose keys begin with `prefix` and sort after `after`, in key order.
pub(super) fn list(
    root: &Path,
    prefix: &str,
    after: &str,
    limit: usize,
) -> Result<Vec<ObjectInfo>, ObjectError> {
    let mut walk = Walk { root, prefix, after, limit, found: Vec::new() };
    // What lies beside the prefix is not read, however much there is.
    let directory = prefix.rfind('/').map_or("", |slash| &prefix[..=slash]);
    walk.collect(directory).map_err(|error| unavailable(root, error))?;
    Ok(walk.found)
}

struct Walk<'a> {
    root: &'a Path,
    prefix: &'a str,
    after: &'a str,
    limit: usize,
    found: Vec<ObjectInfo>,
}

impl Walk<'_> {
    /// Adds the objects below `directory`, whose key ends with a slash.
    fn collect(&mut self, directory: &str) -> io::Result<()> {
        for key in self.names(directory)? {
            if self.found.len() == self.limit {
                break;
            }
            if key.ends_with('/') {
                self.collect(&key)?;
            } else {
                self.found.extend(info(self.root, key)?);
            }
        }
        Ok(())
    }

    /// The wanted keys in a directory, sorted. Those of directories end with a slash, so that they sort correctly.
    fn names(&self, directory: &str) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        let entries = match fs::read_dir(self.root.join(directory)) {
            // It has been removed since it was listed.
            Err(error) if is_missing(&error) && !directory.is_empty() => return Ok(names),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let kind = entry.file_type()?;
            let name = entry.file_name();
            let Some(name) = name.to_str().filter(|name| is_segment(name)) else { continue };
            let key = format!("{directory}{name}{}", if kind.is_dir() { "/" } else { "" });
            let wanted = match kind.is_dir() {
                true => self.leads_to_wanted(&key),
                false => kind.is_file() && key.starts_with(self.prefix) && key.as_str() > self.after,
            };
            if wanted {
                names.push(key);
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    fn leads_to_wanted(&self, directory: &str) -> bool {
        let has_prefix = directory.starts_with(self.prefix) || self.prefix.starts_with(directory);
        has_prefix && (directory > self.after || self.after.starts_with(directory))
    }
}

fn info(root: &Path, key: String) -> io::Result<Option<ObjectInfo>> {
    match fs::metadata(root.join(&key)) {
        Ok(metadata) => Ok(Some(ObjectInfo { key, size: metadata.len(), modified: modified(&metadata)? })),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Removes the uploads last written to before `before`.
pub(super) fn sweep(uploads: &Path, before: Timestamp) -> Result<usize, ObjectError> {
    let failed = |error| unavailable(uploads, error);
    let mut removed = 0;
    for entry in fs::read_dir(uploads).map_err(failed)? {
        removed += usize::from(sweep_one(&entry.map_err(failed)?, before).map_err(failed)?);
    }
    Ok(removed)
}

fn sweep_one(entry: &fs::DirEntry, before: Timestamp) -> io::Result<bool> {
    let swept = entry.metadata().and_then(|metadata| {
        let old = modified(&metadata)? < before;
        if old { fs::remove_file(entry.path()).map(|()| true) } else { Ok(false) }
    });
    // The upload may have ended in the meantime.
    swept.or_else(|error| if is_missing(&error) { Ok(false) } else { Err(error) })
}
