//! A server's secrets from one phrase: `capi key new --phrase` and `capi key derive`.

use std::fs::{self, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::output::Output;
use crate::client::{Phrase, address_of};
use crate::domain::Address;
use crate::service::backup::Identity;

#[derive(Serialize)]
struct Written<'a> {
    address: Address,
    /// Encrypts backups: `CAPI_BACKUP_RECIPIENT`.
    recipient: String,
    directory: &'a Path,
    /// Only of a new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    phrase: Option<&'a str>,
}

/// Creates a phrase, shows it once, and writes the secrets.
pub(super) fn create(directory: &Path, output: Output) -> anyhow::Result<()> {
    let phrase = Phrase::generate()?;
    write(&phrase, directory, true, output)
}

/// Writes the secrets of a phrase that is read from the standard input.
pub(super) fn derive(directory: &Path, output: Output) -> anyhow::Result<()> {
    let text = if io::stdin().is_terminal() {
        rpassword::prompt_password("phrase: ")?
    } else {
        io::read_to_string(io::stdin())?
    };
    let text = SecretString::from(text);
    write(&Phrase::parse(text.expose_secret())?, directory, false, output)
}

fn write(phrase: &Phrase, directory: &Path, new: bool, output: Output) -> anyhow::Result<()> {
    let backend = phrase.backend_key()?;
    let identity = Identity::of_secret(phrase.backup_secret()?.expose_secret());
    let secrets = [
        ("datatrust-key", backend.clone()),
        ("jwt-secret-key", phrase.token_key()?),
        ("backup-identity", identity.to_text()),
    ];
    fs::create_dir_all(directory).with_context(|| format!("cannot create {}", directory.display()))?;
    for (name, secret) in &secrets {
        let file = directory.join(name);
        keep(&file, secret).with_context(|| format!("cannot write {}", file.display()))?;
    }
    let (address, recipient) = (address_of(&backend)?, identity.recipient());
    if new {
        output
            .text("Write these words down and keep them where no server is. They are not shown again:\n")?;
        output.text(&format!("{}\n", phrase.words()))?;
    }
    output.field("address", address)?;
    output.field("recipient", &recipient)?;
    output.field("secrets", directory.display())?;
    output.json(&Written { address, recipient, directory, phrase: new.then(|| phrase.words()) })
}

/// Only its owner can read the file, which must not exist yet.
fn keep(file: &PathBuf, secret: &SecretString) -> io::Result<()> {
    let mut open = OpenOptions::new();
    let mut file = open.write(true).create_new(true).mode(0o600).open(file)?;
    writeln!(file, "{}", secret.expose_secret())?;
    file.sync_all()
}
