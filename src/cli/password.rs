//! Passwords of key files.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use super::error::Usage;

#[derive(clap::Args)]
pub(super) struct PasswordArgs {
    /// File whose first line is the password of the key file; by default it is asked for
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl PasswordArgs {
    /// The password of a key file that exists.
    pub(super) fn read(&self, key_file: &Path) -> anyhow::Result<SecretString> {
        match &self.password_file {
            Some(file) => first_line(file),
            None => ask(&format!("Password of {}: ", key_file.display())),
        }
    }

    /// A password for a key file to be made; one that is typed is asked for twice.
    pub(super) fn choose(&self, key_file: &Path) -> anyhow::Result<SecretString> {
        use secrecy::ExposeSecret;
        let password = self.read(key_file)?;
        if password.expose_secret().is_empty() {
            return Err(Usage("the password is empty".into()).into());
        }
        if self.password_file.is_none() {
            let again = ask("Again: ")?;
            if again.expose_secret() != password.expose_secret() {
                return Err(Usage("the passwords differ".into()).into());
            }
        }
        Ok(password)
    }
}

fn first_line(file: &Path) -> anyhow::Result<SecretString> {
    let text = fs::read_to_string(file)
        .with_context(|| format!("cannot read the password file {}", file.display()))?;
    Ok(SecretString::from(Zeroizing::new(text).lines().next().unwrap_or_default()))
}

fn ask(prompt: &str) -> anyhow::Result<SecretString> {
    match rpassword::prompt_password(prompt) {
        Ok(password) => Ok(SecretString::from(password)),
        Err(_) => Err(Usage("no terminal to ask for the password: name a --password-file".into()).into()),
    }
}
