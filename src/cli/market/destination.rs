//! The destination of a download, chosen and checked before anything is paid.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::cli::output;
use crate::client::Listing;
use crate::domain::Hash;

/// The maximum length of a name, in characters.
const MAX_NAME_CHARS: usize = 120;

/// Where to write a file.
pub(super) enum Destination {
    File(PathBuf),
    /// Standard output, through a temporary file, so that nothing unverified is printed.
    Stdout(tempfile::TempPath),
}

impl Destination {
    /// `-` means standard output; with a directory, or nothing, the file is named after the listing.
    pub(super) fn choose(
        given: Option<&Path>,
        listing: Option<&Listing>,
        hash: Hash,
    ) -> anyhow::Result<Self> {
        let file = match given {
            Some(path) if path == Path::new("-") => return Ok(Destination::Stdout(temporary()?)),
            Some(path) if path.is_dir() => path.join(name(listing, hash)),
            Some(path) => path.to_owned(),
            None => PathBuf::from(name(listing, hash)),
        };
        check(&file)?;
        Ok(Destination::File(file))
    }

    pub(super) fn path(&self) -> &Path {
        match self {
            Destination::File(file) => file,
            Destination::Stdout(file) => file,
        }
    }

    /// Delivers the finished file.
    pub(super) fn finish(self) -> anyhow::Result<()> {
        match self {
            Destination::File(_) => Ok(()),
            Destination::Stdout(file) => {
                let mut file = fs::File::open(&file).context("cannot read the download")?;
                output::copy(&mut file)
            }
        }
    }

    pub(super) fn is_stdout(&self) -> bool {
        matches!(self, Destination::Stdout(_))
    }
}

/// An unused path, because the download creates the file itself.
fn temporary() -> anyhow::Result<tempfile::TempPath> {
    let path = tempfile::NamedTempFile::new().context("cannot create a temporary file")?.into_temp_path();
    fs::remove_file(&path)?;
    Ok(path)
}

fn check(file: &Path) -> anyhow::Result<()> {
    if file.exists() {
        bail!("{} already exists: name another file, or remove it", file.display());
    }
    let mut part = file.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let fresh = !part.exists();
    OpenOptions::new()
        .append(true)
        .create(true)
        .open(&part)
        .with_context(|| format!("cannot write {}", file.display()))?;
    if fresh {
        fs::remove_file(&part)?;
    }
    Ok(())
}

/// The title plus the type's extension, as the server names the file, or the hash if there is no title.
fn name(listing: Option<&Listing>, hash: Hash) -> String {
    let title = listing.and_then(|listing| listing.title.as_deref()).unwrap_or_default();
    let safe = |c: char| if c.is_control() || matches!(c, '/' | '\\' | ':') { '_' } else { c };
    let title: String = title.trim().trim_start_matches('.').chars().map(safe).take(MAX_NAME_CHARS).collect();
    if title.is_empty() {
        return hash.to_string();
    }
    let media_type = listing
        .and_then(|listing| listing.file_type.as_deref())
        .and_then(|text| text.parse::<mime::Mime>().ok());
    match media_type.and_then(|media_type| mime2ext::mime2ext(media_type.essence_str())) {
        Some(extension) if !title.ends_with(&format!(".{extension}")) => format!("{title}.{extension}"),
        _ => title,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(title: &str, file_type: &str) -> String {
        let listing =
            serde_json::json!({ "listing_hash": Hash::ZERO, "title": title, "file_type": file_type });
        let listing: Listing = serde_json::from_value(listing).unwrap();
        name(Some(&listing), Hash::ZERO)
    }

    #[test]
    fn a_title_cannot_lead_elsewhere() {
        assert_eq!(named("Rain in 2025", "text/csv"), "Rain in 2025.csv");
        assert_eq!(named("rain.csv", "text/csv"), "rain.csv");
        assert_eq!(named("../../etc/passwd", "x/unknown"), "_.._etc_passwd");
        assert_eq!(named("..", "text/plain"), Hash::ZERO.to_string());
        assert_eq!(name(None, Hash::ZERO), Hash::ZERO.to_string());
    }
}
