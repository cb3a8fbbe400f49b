//! `capi key`: keys in encrypted files, in Ethereum's format (Web3 Secret Storage, version 3).

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Subcommand;
use eth_keystore::{EthKeystore, KdfparamsType};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::output::Output;
use super::password::PasswordArgs;
use super::phrase;
use crate::client::address_of;
use crate::domain::clock::SystemClock;
use crate::domain::{Address, Clock};

const KEY_BYTES: usize = 32;
const IV_BYTES: usize = 16;
/// Wallets use 256 MiB and one pass, or less memory and a few, or some 260 000 passes of PBKDF2.
const MAX_SCRYPT_BYTES: u64 = 1 << 30;
const MAX_SCRYPT_PASSES: u32 = 16;
const MAX_PBKDF2_PASSES: u32 = 10_000_000;

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
    check_parameters(text.expose_secret()).with_context(|| format!("the key file {}", file.display()))?;
    let secret = password.read(file)?;
    match eth_keystore::decrypt_key(file, secret.expose_secret()) {
        Ok(key) => Ok(SecretString::from(hex::encode(&*Zeroizing::new(key)))),
        Err(eth_keystore::KeystoreError::MacMismatch) => {
            bail!("wrong password for {}", file.display())
        }
        Err(error) => Err(error).with_context(|| format!("cannot decrypt the key file {}", file.display())),
    }
}

fn read_plain(file: &Path) -> anyhow::Result<SecretString> {
    let text = fs::read_to_string(file).with_context(|| format!("the key file {}", file.display()))?;
    Ok(SecretString::from(Zeroizing::new(text).trim()))
}

/// Refuses parameters that no wallet writes, with which decryption would fail only after it took all memory, or panic.
fn check_parameters(text: &str) -> anyhow::Result<()> {
    let crypto = serde_json::from_str::<EthKeystore>(text).context("it is not an encrypted key")?.crypto;
    let (key_bytes, is_usual) = match crypto.kdfparams {
        KdfparamsType::Pbkdf2 { c, dklen, .. } => (dklen, c <= MAX_PBKDF2_PASSES),
        KdfparamsType::Scrypt { dklen, n, p, r, .. } => {
            let memory = u64::from(n).saturating_mul(128 * u64::from(r));
            (dklen, memory <= MAX_SCRYPT_BYTES && p <= MAX_SCRYPT_PASSES)
        }
    };
    let sizes = (usize::from(key_bytes), crypto.ciphertext.len(), crypto.cipherparams.iv.len());
    if sizes != (KEY_BYTES, KEY_BYTES, IV_BYTES) {
        bail!(
            "it has a key of {} bytes, {} encrypted ones and a vector of {}, not 32, 32 and 16",
            sizes.0,
            sizes.1,
            sizes.2
        );
    }
    if !is_usual {
        bail!("its parameters for the password would take more time and memory than any wallet's");
    }
    Ok(())
}

fn random_key() -> SecretString {
    let (left, right) = (SystemClock.random(), SystemClock.random());
    // Almost all 2^256 numbers are valid keys.
    SecretString::from(hex::encode(&*Zeroizing::new([left, right].concat())))
}

/// Writes the key file, which must not exist yet, and returns the key.
fn encrypt(key: SecretString, file: &Path, password: &PasswordArgs) -> anyhow::Result<SecretString> {
    address_of(&key)?;
    if file.exists() {
        bail!("{} already exists: name another file", file.display());
    }
    let mut bytes = Zeroizing::new([0_u8; KEY_BYTES]);
    let digits = key.expose_secret();
    hex::decode_to_slice(digits.strip_prefix("0x").unwrap_or(digits), &mut *bytes)?;
    let secret = password.choose(file)?;
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = file.file_name().and_then(|name| name.to_str());
    eth_keystore::encrypt_key(
        directory,
        &mut rand::rngs::OsRng,
        bytes.as_slice(),
        secret.expose_secret(),
        name,
    )
    .with_context(|| format!("cannot write {}", file.display()))?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// A key file as wallets write it, with changes to `crypto`.
    fn key_file(change: impl FnOnce(&mut Value)) -> String {
        let mut file = json!({
            "crypto": {
                "cipher": "aes-128-ctr", "cipherparams": { "iv": "00".repeat(16) },
                "ciphertext": "00".repeat(32), "kdf": "scrypt",
                "kdfparams": { "dklen": 32, "n": 262144, "p": 1, "r": 8, "salt": "00".repeat(32) },
                "mac": "00".repeat(32),
            },
            "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6", "version": 3,
        });
        change(&mut file["crypto"]);
        file.to_string()
    }

    #[test]
    fn a_key_file_with_parameters_of_no_wallet_is_refused_before_anything_is_derived() {
        assert!(check_parameters(&key_file(|_| {})).is_ok());
        let pbkdf2 = json!({ "dklen": 32, "c": 262144, "prf": "hmac-sha256", "salt": "00" });
        assert!(check_parameters(&key_file(|crypto| crypto["kdfparams"] = pbkdf2)).is_ok());
        for (name, value) in [("dklen", 8), ("n", 1 << 30), ("r", u32::MAX), ("p", u32::MAX)] {
            let changed = key_file(|crypto| crypto["kdfparams"][name] = json!(value));
            assert!(check_parameters(&changed).is_err(), "{name}");
        }
        assert!(check_parameters(&key_file(|crypto| crypto["cipherparams"]["iv"] = json!("00"))).is_err());
        assert!(check_parameters(&key_file(|crypto| crypto["ciphertext"] = json!(""))).is_err());
        assert!(check_parameters("{}").is_err());
    }
}
