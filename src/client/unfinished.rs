//! Uploads that a process left unfinished, for the next one to go on with.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::LocalFile;
use super::upload::{Upload, fields};
use crate::domain::Hash;

/// Where one upload's path on its server is kept until the upload is done. Without it, the file is sent from the beginning,
/// so failures to keep or remove it are no errors.
pub(super) struct Unfinished {
    /// `None` if nothing is kept.
    file: Option<PathBuf>,
}

impl Unfinished {
    /// Of this upload to this server: with any other field or byte, it is another one.
    pub(super) fn of(directory: Option<&Path>, server: &str, upload: &Upload, file: &LocalFile) -> Self {
        let facts = format!("{server} {} {} {:?}", file.data_hash, file.size, fields(upload, file));
        Unfinished { file: directory.map(|directory| directory.join(Hash::keccak(facts).to_string())) }
    }

    pub(super) fn path(&self) -> Option<String> {
        fs::read_to_string(self.file.as_ref()?).ok().filter(|path| path.starts_with('/'))
    }

    pub(super) fn keep(&self, path: &str) {
        if let Some(file) = &self.file {
            note(write(file, path));
        }
    }

    pub(super) fn forget(&self) {
        if let Some(file) = &self.file {
            note(fs::remove_file(file));
        }
    }
}

fn write(file: &Path, path: &str) -> io::Result<()> {
    if let Some(directory) = file.parent() {
        fs::create_dir_all(directory)?;
    }
    // A process that ends in the middle leaves no half of it.
    let draft = file.with_extension("new");
    fs::write(&draft, path)?;
    fs::rename(&draft, file)
}

fn note(done: io::Result<()>) {
    if let Err(error) = done {
        tracing::debug!(%error, "an unfinished upload cannot be kept or forgotten");
    }
}
