//! The key that a command uses. Keys are never arguments, because everyone on the machine can see arguments.

use std::env;
use std::path::PathBuf;

use clap::ValueEnum;
use secrecy::SecretString;

use crate::cli::error::Usage;
use crate::cli::key;
use crate::cli::password::PasswordArgs;
use crate::client::dev::Role;

const VARIABLE: &str = "CAPI_MARKET_KEY";

#[derive(clap::Args)]
pub(super) struct AccountArgs {
    /// File with the account's private key, encrypted (see `capi key`) or as 64 hex digits [default: CAPI_MARKET_KEY]
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Development account to act as, on a development market
    #[arg(long = "as", value_name = "ROLE", conflicts_with = "key_file")]
    role: Option<DevRole>,
    #[command(flatten)]
    password: PasswordArgs,
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

/// A key and its origin.
pub(super) struct Key {
    pub secret: SecretString,
    pub origin: String,
}

/// The key file, else the role, else the environment, else `default`, which exists only on a development market.
pub(super) fn choose(args: &AccountArgs, default: Option<Role>) -> anyhow::Result<Key> {
    if let Some(file) = &args.key_file {
        let origin = format!("the key file {}", file.display());
        return Ok(Key { secret: key::read(file, &args.password)?, origin });
    }
    match (args.role, default) {
        (Some(role), Some(_)) => return Ok(development(role.into())),
        (Some(_), None) => {
            return Err(
                Usage(format!("--as needs a development market: use --key-file or {VARIABLE}")).into()
            );
        }
        (None, _) => {}
    }
    match (env::var(VARIABLE).ok().filter(|text| !text.trim().is_empty()), default) {
        (Some(text), _) => Ok(Key { secret: SecretString::from(text.trim()), origin: VARIABLE.to_owned() }),
        (None, Some(role)) => Ok(development(role)),
        (None, None) => {
            Err(Usage(format!("no account: name its key with --key-file, or set {VARIABLE}")).into())
        }
    }
}

/// A development account's key.
pub(super) fn development(role: Role) -> Key {
    Key { secret: role.account().key(), origin: format!("the development account {}", role.name()) }
}
