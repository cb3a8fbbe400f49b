//! `capi key`: keys in encrypted files, in Ethereum's format (Web3 Secret Storage, version 3).

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Subcommand;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::output::Output;
use super::password::PasswordArgs;
use super::phrase;
use crate::client::address_of;
use crate::domain::clock::SystemClock;
use crate::domain::{Address, Clock, Hash};

#[derive(clap::Args)]
pub(super) struct KeyArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Create a new key
    #[command(
        after_help = "Examples:\n  capi key new maker.json\n  capi key new --phrase /etc/capi/credentials"
    )]
    New(NewArgs),
    /// Encrypt an existing key
    #[command(after_help = "Example:\n  capi key import maker.json --from maker.hex")]
    Import(ImportArgs),
    /// Write a server's secrets from a phrase, which is read from standard input
    #[command(after_help = "Example:\n  capi key derive /etc/capi/credentials <phrase.txt")]
    Derive(DeriveArgs),
    /// Show a key's address
    #[command(after_help = "Example:\n  capi key show maker.json")]
    Show(ShowArgs),
}

#[derive(clap::Args)]
struct NewArgs {
    /// The encrypted key file to write; with --phrase, the directory for a server's secrets
    file: PathBuf,
    /// Create a phrase of 24 words, and from it a server's backend key, token key and backup identity
    #[arg(long)]
    phrase: bool,
    #[command(flatten)]
    password: PasswordArgs,
}

#[derive(clap::Args)]
struct ImportArgs {
    /// The encrypted key file to write
    file: PathBuf,
    /// File with the private key as 64 hex digits
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    #[command(flatten)]
    password: PasswordArgs,
}

#[derive(clap::Args)]
struct DeriveArgs {
    /// The directory for the secrets
    directory: PathBuf,
}

#[derive(clap::Args)]
struct ShowArgs {
    /// The key file, encrypted or not
    file: PathBuf,
    #[command(flatten)]
    password: PasswordArgs,
}

#[derive(Serialize)]
struct Shown<'a> {
    address: Address,
    file: &'a Path,
}

pub(super) fn run(args: KeyArgs, output: Output) -> anyhow::Result<()> {
    let (file, key) = match &args.command {
        Command::New(args) if args.phrase => return phrase::create(&args.file, output),
        Command::Derive(args) => return phrase::derive(&args.directory, output),
        Command::New(args) => {
            let key = random_key();
            (&args.file, encrypt(key, &args.file, &args.password)?)
        }
        Command::Import(args) => {
            let key = read_plain(&args.from)?;
            (&args.file, encrypt(key, &args.file, &args.password)?)
        }
        Command::Show(args) => (&args.file, read(&args.file, &args.password)?),
    };
    let address = address_of(&key).with_context(|| format!("the key file {}", file.display()))?;
    output.field("address", address)?;
    output.field("key file", file.display())?;
    output.json(&Shown { address, file })
}

/// Reads the key from a file: encrypted, in which case this asks for the password, or 64 hex digits.
pub(super) fn read(file: &Path, password: &PasswordArgs) -> anyhow::Result<SecretString> {
    let text = SecretString::from(
        fs::read_to_string(file).with_context(|| format!("the key file {}", file.display()))?,
    );
    if !text.expose_secret().trim_start().starts_with('{') {
        return Ok(SecretString::from(text.expose_secret().trim()));
    }
    let secret = password.read(file)?;
    match eth_keystore::decrypt_key(file, secret.expose_secret()) {
        Ok(key) => Ok(SecretString::from(hex::encode(key))),
        Err(eth_keystore::KeystoreError::MacMismatch) => {
            bail!("wrong password for {}", file.display())
        }
        Err(error) => Err(error).with_context(|| format!("cannot decrypt the key file {}", file.display())),
    }
}

fn read_plain(file: &Path) -> anyhow::Result<SecretString> {
    let text = fs::read_to_string(file).with_context(|| format!("the key file {}", file.display()))?;
    Ok(SecretString::from(text.trim()))
}

fn random_key() -> SecretString {
    let (left, right) = (SystemClock.random(), SystemClock.random());
    // Almost all 2^256 numbers are valid keys.
    SecretString::from(hex::encode([left, right].concat()))
}

/// Writes the key file, which must not exist yet, and returns the key.
fn encrypt(key: SecretString, file: &Path, password: &PasswordArgs) -> anyhow::Result<SecretString> {
    address_of(&key)?;
    if file.exists() {
        bail!("{} already exists: name another file", file.display());
    }
    let bytes = Hash::parse(key.expose_secret())?;
    let secret = password.choose(file)?;
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = file.file_name().and_then(|name| name.to_str());
    eth_keystore::encrypt_key(directory, &mut rand::rngs::OsRng, bytes.bytes(), secret.expose_secret(), name)
        .with_context(|| format!("cannot write {}", file.display()))?;
    Ok(key)
}
