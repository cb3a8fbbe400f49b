//! The directory of `capi dev`: its chain, its contracts, its settings, and the server's own data.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::domain::Contracts;

/// The directory of a development market.
pub(super) struct DevDir {
    directory: PathBuf,
}

/// What is known of a market that was started.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct SavedMarket {
    /// The server's address.
    pub api: Url,
    /// The node's.
    pub node: Url,
    pub contracts: Contracts,
    /// The settings of a server for this market, by variable.
    pub settings: BTreeMap<String, String>,
}

impl DevDir {
    pub(super) fn at(directory: &Path) -> anyhow::Result<Self> {
        let directory = std::path::absolute(directory)
            .with_context(|| format!("{} cannot be used as a data directory", directory.display()))?;
        Ok(DevDir { directory })
    }

    pub(super) fn path(&self) -> &Path {
        &self.directory
    }

    /// The node's state.
    pub(super) fn chain_state(&self) -> PathBuf {
        self.directory.join("chain.json")
    }

    /// The data directory of the server.
    pub(super) fn server_data(&self) -> PathBuf {
        self.directory.join("server")
    }

    /// The settings as assignments, for the shell.
    pub(super) fn env_file(&self) -> PathBuf {
        self.directory.join("env")
    }

    fn market_file(&self) -> PathBuf {
        self.directory.join("market.json")
    }

    /// Keeps other processes out while the result lives.
    pub(super) fn lock(&self) -> anyhow::Result<File> {
        fs::create_dir_all(&self.directory).with_context(|| self.unusable())?;
        let file = File::create(self.directory.join("lock")).with_context(|| self.unusable())?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => {
                bail!("the market in {} is running already", self.directory.display())
            }
            Err(TryLockError::Error(error)) => Err(error).with_context(|| self.unusable()),
        }
    }

    /// What was saved; `None` where no market was started.
    pub(super) fn read(&self) -> anyhow::Result<Option<SavedMarket>> {
        let file = self.market_file();
        match fs::read(&file) {
            Ok(text) => serde_json::from_slice(&text).with_context(|| {
                format!("{} cannot be read: start over with `capi dev --fresh`", file.display())
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| self.unusable()),
        }
    }

    /// Saves the market. From here on other commands find it.
    pub(super) fn write(&self, saved: &SavedMarket) -> anyhow::Result<()> {
        let comment =
            "# The settings of this development market: `set -a; . <this file>` puts them in place.\n";
        let lines: String = saved.settings.iter().map(|(name, value)| assignment(name, value)).collect();
        self.replace(&self.env_file(), format!("{comment}{lines}").as_bytes())?;
        self.replace(&self.market_file(), &serde_json::to_vec_pretty(saved)?)
    }

    /// Removes the market and the server's data, and nothing else that may lie here.
    pub(super) fn clear(&self) -> anyhow::Result<()> {
        // The market first: without it what else is there counts for nothing.
        for file in [self.market_file(), self.env_file(), self.chain_state()] {
            ignore_missing(fs::remove_file(&file))
                .with_context(|| format!("{} cannot be removed", file.display()))?;
        }
        let server = self.server_data();
        ignore_missing(fs::remove_dir_all(&server))
            .with_context(|| format!("{} cannot be removed", server.display()))
    }

    /// A file appears under its name complete or not at all.
    fn replace(&self, file: &Path, text: &[u8]) -> anyhow::Result<()> {
        let draft = file.with_extension("new");
        fs::write(&draft, text).and_then(|()| fs::rename(&draft, file)).with_context(|| self.unusable())
    }

    fn unusable(&self) -> String {
        format!("{} cannot be used as a data directory", self.directory.display())
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
        assert!(dev_dir.lock().unwrap_err().to_string().ends_with("is running already"));
        drop(first);
        dev_dir.lock().unwrap();
    }

    #[test]
    fn the_shell_reads_any_value() {
        assert_eq!(assignment("CAPI_DATA_DIR", "/it's here"), "CAPI_DATA_DIR='/it'\\''s here'\n");
    }
}
