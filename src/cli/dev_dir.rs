//! The directory of `capi dev`: its chain, its contracts, its settings, and the server's own data.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::domain::Contracts;

/// A development market's directory.
pub(super) struct DevDir {
    directory: PathBuf,
}

/// The facts about a started market.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct SavedMarket {
    /// The server's URL.
    pub api: Url,
    /// The node's URL.
    pub node: Url,
    pub contracts: Contracts,
    /// A server's settings for this market, by variable.
    pub settings: BTreeMap<String, String>,
}

impl DevDir {
    pub(super) fn at(directory: &Path) -> anyhow::Result<Self> {
        let directory = std::path::absolute(directory)
            .with_context(|| format!("cannot use {} as a data directory", directory.display()))?;
        Ok(DevDir { directory })
    }

    pub(super) fn path(&self) -> &Path {
        &self.directory
    }

    /// The node's state.
    pub(super) fn chain_state(&self) -> PathBuf {
        self.directory.join("chain.json")
    }

    /// The server's data directory.
    pub(super) fn server_data(&self) -> PathBuf {
        self.directory.join("server")
    }

    /// The settings as shell assignments.
    pub(super) fn env_file(&self) -> PathBuf {
        self.directory.join("env")
    }

    fn market_file(&self) -> PathBuf {
        self.directory.join("market.json")
    }

    /// Keeps other processes out as long as the result lives.
    pub(super) fn lock(&self) -> anyhow::Result<File> {
        fs::create_dir_all(&self.directory).with_context(|| self.unusable())?;
        let file = File::create(self.directory.join("lock")).with_context(|| self.unusable())?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => {
                bail!("the market in {} is already running", self.directory.display())
            }
            Err(TryLockError::Error(error)) => Err(error).with_context(|| self.unusable()),
        }
    }

    /// The saved market; `None` if none was started.
    pub(super) fn read(&self) -> anyhow::Result<Option<SavedMarket>> {
        let file = self.market_file();
        match fs::read(&file) {
            Ok(text) => serde_json::from_slice(&text).with_context(|| {
                format!("cannot read {}: start over with `capi dev --fresh`", file.display())
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| self.unusable()),
        }
    }

    /// Saves the market, so that other commands find it.
    pub(super) fn write(&self, saved: &SavedMarket) -> anyhow::Result<()> {
        let comment = "# This development market's settings: `set -a; . <this file>` loads them.\n";
        let lines: String = saved.settings.iter().map(|(name, value)| assignment(name, value)).collect();
        self.replace(&self.env_file(), format!("{comment}{lines}").as_bytes())?;
        self.replace(&self.market_file(), &serde_json::to_vec_pretty(saved)?)
    }

    /// Removes the market and the server's data, and no other files.
    pub(super) fn clear(&self) -> anyhow::Result<()> {
        // Remove the market first: without it, the other files do not count.
        for file in [self.market_file(), self.env_file(), self.chain_state()] {
            ignore_missing(fs::remove_file(&file))
                .with_context(|| format!("cannot remove {}", file.display()))?;
        }
        let server = self.server_data();
        ignore_missing(fs::remove_dir_all(&server))
            .with_context(|| format!("cannot remove {}", server.display()))
    }

    /// Writes the file atomically.
    fn replace(&self, file: &Path, text: &[u8]) -> anyhow::Result<()> {
        let draft = file.with_extension("new");
        fs::write(&draft, text).and_then(|()| fs::rename(&draft, file)).with_context(|| self.unusable())
    }

    fn unusable(&self) -> String {
        format!("cannot use {} as a data directory", self.directory.display())
    }
}

fn ignore_missing(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn assignment(name: &str, value: &str) -> String {
    format!("{name}='{}'\n", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starting_over_leaves_what_is_not_ours() {
        let directory = tempfile::tempdir().unwrap();
        let dev_dir = DevDir::at(directory.path()).unwrap();
        let other = directory.path().join("thesis.txt");
        for file in [&dev_dir.chain_state(), &dev_dir.env_file(), &dev_dir.market_file(), &other] {
            fs::write(file, "text").unwrap();
        }
        fs::create_dir(dev_dir.server_data()).unwrap();
        dev_dir.clear().unwrap();
        dev_dir.clear().unwrap();
        let left: Vec<PathBuf> =
            fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(left, [other]);
    }

    #[test]
    fn one_market_runs_in_a_directory() {
        let directory = tempfile::tempdir().unwrap();
        let dev_dir = DevDir::at(directory.path()).unwrap();
        let first = dev_dir.lock().unwrap();
        assert!(dev_dir.lock().unwrap_err().to_string().ends_with("is already running"));
        drop(first);
        dev_dir.lock().unwrap();
    }

    #[test]
    fn the_shell_reads_any_value() {
        assert_eq!(assignment("CAPI_DATA_DIR", "/it's here"), "CAPI_DATA_DIR='/it'\\''s here'\n");
    }
}
