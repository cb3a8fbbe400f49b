//! Whose key a command uses. Keys are never arguments: those can be seen by everyone on the machine.

use std::env;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::ValueEnum;
use secrecy::SecretString;

use crate::client::dev::Role;

const VARIABLE: &str = "CAPI_MARKET_KEY";

#[derive(clap::Args)]
pub(super) struct KeyOptions {
    /// File that holds the account's private key; without it the key is that of CAPI_MARKET_KEY
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Development account to act as, on a development market
    #[arg(long = "as", value_name = "ROLE", conflicts_with = "key_file")]
    role: Option<DevRole>,
}

#[derive(Clone, Copy, ValueEnum)]
enum DevRole {
    Maker,
    Buyer,
    Voter,
    Voter2,
    Datatrust,
    Deployer,
}

impl From<DevRole> for Role {
    fn from(role: DevRole) -> Role {
        match role {
            DevRole::Maker => Role::Maker,
            DevRole::Buyer => Role::Buyer,
            DevRole::Voter => Role::Voter,
            DevRole::Voter2 => Role::SecondVoter,
            DevRole::Datatrust => Role::Datatrust,
            DevRole::Deployer => Role::Deployer,
        }
    }
}

/// A key, and where it comes from.
pub(super) struct Key {
    pub secret: SecretString,
    pub origin: String,
}

/// The key file, else the role, else the environment, else `usual`, which there is on a development market only.
pub(super) fn choose(options: &KeyOptions, usual: Option<Role>) -> anyhow::Result<Key> {
    if let Some(file) = &options.key_file {
        let origin = format!("the key file {}", file.display());
        let text = fs::read_to_string(file).with_context(|| origin.clone())?;
        return Ok(Key { secret: SecretString::from(text.trim()), origin });
    }
    match (options.role, usual) {
        (Some(role), Some(_)) => return Ok(development(role.into())),
        (Some(_), None) => bail!("--as works on a development market only: use --key-file or {VARIABLE}"),
        (None, _) => {}
    }
    match (env::var(VARIABLE).ok().filter(|text| !text.trim().is_empty()), usual) {
        (Some(text), _) => Ok(Key { secret: SecretString::from(text.trim()), origin: VARIABLE.to_owned() }),
        (None, Some(role)) => Ok(development(role)),
        (None, None) => {
            bail!("whose account is it? Name the file of its key with --key-file, or set {VARIABLE}")
        }
    }
}

/// The key of a development account.
pub(super) fn development(role: Role) -> Key {
    Key { secret: role.account().key(), origin: format!("the development account {}", role.name()) }
}
