//! The disk space left for this server.

use std::path::{Path, PathBuf};

use super::{Context, ServiceError, ServiceResult};

/// The directories that this server writes to, and how much space must stay free there.
pub struct Disk {
    directories: Vec<PathBuf>,
    min_free: u64,
}

impl Disk {
    pub fn new(directories: Vec<PathBuf>, min_free: u64) -> Self {
        Disk { directories, min_free }
    }

    /// Free bytes on the fullest disk.
    pub fn free_bytes(&self) -> Option<u64> {
        self.directories.iter().filter_map(|directory| free_bytes(directory)).min()
    }

    /// A sentence about a directory with too little space, if there is one.
    pub fn shortage(&self) -> Option<String> {
        self.directories.iter().find_map(|directory| {
            let free = free_bytes(directory)?;
            let min_free = self.min_free;
            (free < min_free).then(|| {
                format!(
                    "low on disk space: {free} bytes are free, {min_free} have to be (CAPI_MIN_FREE_DISK)"
                )
            })
        })
    }
}

/// Refuses what would fill the disk. Settlement and sign-in continue, because they need little space.
pub(super) fn require_space(ctx: &Context) -> ServiceResult<()> {
    match ctx.disk.shortage() {
        None => Ok(()),
        Some(cause) => {
            let what = "this server is low on disk space and accepts no files at the moment; try again later";
            Err(ServiceError::Unavailable { what, cause })
        }
    }
}

/// `None` if the system does not report it, or the directory does not exist yet.
fn free_bytes(directory: &Path) -> Option<u64> {
    let space = rustix::fs::statvfs(directory).ok()?;
    Some(space.f_bavail.saturating_mul(space.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortage_is_told_with_its_figures() {
        let here = || vec![std::env::temp_dir()];
        assert_eq!(Disk::new(here(), 1).shortage(), None);
        let shortage = Disk::new(here(), u64::MAX).shortage().unwrap();
        assert!(shortage.contains(&u64::MAX.to_string()), "{shortage}");
        assert_eq!(Disk::new(vec!["/nothing/here".into()], u64::MAX).shortage(), None);
    }
}
