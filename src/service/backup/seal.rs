//! Streaming encryption with age, because files may be larger than memory.

use std::io::{self, Read, Write};
use std::iter;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use age::stream::StreamWriter;
use age::{Decryptor, Encryptor};
use bytes::Bytes;
use futures_util::StreamExt;
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use tokio::sync::mpsc;

use super::BackupError;
use crate::store::objects::{ByteStream, ObjectError, ObjectWriter, Objects};

/// The public key that backups are encrypted to: `age1…`.
#[derive(Clone)]
pub struct Recipient(age::x25519::Recipient);

/// The private key that decrypts them: `AGE-SECRET-KEY-1…`.
#[derive(Clone)]
pub struct Identity(age::x25519::Identity);

/// The prefix of an identity's text.
const SECRET_PREFIX: bech32::Hrp = bech32::Hrp::parse_unchecked("age-secret-key-");

/// Pieces buffered between the encrypting or decrypting thread and the store.
const MAX_PIECES: usize = 8;
const PIECE_BYTES: usize = 64 << 10;

impl Recipient {
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        age::x25519::Recipient::from_str(text.trim()).map(Recipient)
    }
}

impl Identity {
    /// Parses a key file as age writes it: comments begin with `#`.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let line = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
        line.ok_or("no identity")?.parse().map(Identity)
    }

    /// Makes an identity from a derived secret.
    #[expect(
        clippy::expect_used,
        reason = "every 32 bytes are an identity, and bech32 takes texts that short"
    )]
    pub fn of_secret(secret: &[u8; 32]) -> Self {
        let text = bech32::encode::<bech32::Bech32>(SECRET_PREFIX, secret).expect("32 bytes fit");
        let text = Zeroizing::new(Zeroizing::new(text).to_uppercase());
        Identity(text.parse().expect("it is an identity"))
    }

    /// The text of its key file.
    pub fn to_text(&self) -> SecretString {
        self.0.to_string()
    }

    pub fn recipient(&self) -> String {
        self.0.to_public().to_string()
    }
}

/// An object that is encrypted as it is written.
pub(super) struct SealedWriter {
    /// `None` once it is finished.
    age: Option<StreamWriter<Shared>>,
    sealed: Shared,
    object: Box<dyn ObjectWriter>,
}

/// Bytes that age has written and the store has not taken yet.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    fn take(&self) -> Bytes {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).into()
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl SealedWriter {
    pub(super) async fn create(store: &dyn Objects, key: &str, to: &Recipient) -> Result<Self, BackupError> {
        let object = store.create(key).await?;
        let sealed = Shared::default();
        let encryptor = Encryptor::with_recipients(iter::once(&to.0 as &dyn age::Recipient));
        let encryptor = encryptor.map_err(|error| BackupError::Sealed(key.to_owned(), error.to_string()))?;
        let age = encryptor.wrap_output(sealed.clone()).map_err(failed)?;
        Ok(SealedWriter { age: Some(age), sealed, object })
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), BackupError> {
        if let Some(age) = &mut self.age {
            age.write_all(bytes).map_err(failed)?;
        }
        Ok(self.object.write(self.sealed.take()).await?)
    }

    pub(super) async fn finish(mut self) -> Result<(), BackupError> {
        if let Some(age) = self.age.take() {
            age.finish().map_err(failed)?;
        }
        self.object.write(self.sealed.take()).await?;
        Ok(self.object.finish().await?)
    }

    pub(super) async fn abort(self) {
        self.object.abort().await;
    }
}

/// Writing to memory does not fail.
fn failed(error: io::Error) -> BackupError {
    ObjectError::Unavailable(error.to_string()).into()
}

/// The decrypted bytes of an object.
pub(super) async fn open(
    store: &dyn Objects,
    key: &str,
    identity: &Identity,
) -> Result<mpsc::Receiver<Result<Bytes, BackupError>>, BackupError> {
    let sealed = store.read(key, 0, u64::MAX).await?;
    let (to_thread, from_store) = mpsc::channel(MAX_PIECES);
    let (to_caller, from_thread) = mpsc::channel(MAX_PIECES);
    tokio::spawn(feed(sealed, to_thread));
    let (identity, key) = (identity.clone(), key.to_owned());
    tokio::task::spawn_blocking(move || {
        let failure = decrypt(Pieces { from_store, rest: Bytes::new() }, &identity, &to_caller).err();
        if let Some(error) = failure {
            let _ = to_caller.blocking_send(Err(BackupError::Sealed(key, error.to_string())));
        }
    });
    Ok(from_thread)
}

async fn feed(mut sealed: ByteStream, to_thread: mpsc::Sender<Result<Bytes, ObjectError>>) {
    while let Some(piece) = sealed.next().await {
        // Nobody reads the rest.
        if to_thread.send(piece).await.is_err() {
            return;
        }
    }
}

fn decrypt(
    sealed: Pieces,
    identity: &Identity,
    to_caller: &mpsc::Sender<Result<Bytes, BackupError>>,
) -> io::Result<()> {
    let decryptor = Decryptor::new(sealed).map_err(io::Error::other)?;
    let mut plain =
        decryptor.decrypt(iter::once(&identity.0 as &dyn age::Identity)).map_err(io::Error::other)?;
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let read = plain.read(&mut piece)?;
        if read == 0 || to_caller.blocking_send(Ok(Bytes::copy_from_slice(&piece[..read]))).is_err() {
            return Ok(());
        }
    }
}

/// Reads from a channel.
struct Pieces {
    from_store: mpsc::Receiver<Result<Bytes, ObjectError>>,
    rest: Bytes,
}

impl Read for Pieces {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() {
            match self.from_store.blocking_recv() {
                Some(piece) => self.rest = piece.map_err(io::Error::other)?,
                None => return Ok(0),
            }
        }
        let length = self.rest.len().min(target.len());
        target[..length].copy_from_slice(&self.rest.split_to(length));
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    #[test]
    fn a_secret_is_the_same_identity_for_age() {
        let identity = Identity::of_secret(&[0x42; 32]);
        let text = identity.to_text();
        assert!(text.expose_secret().starts_with("AGE-SECRET-KEY-1"), "{}", text.expose_secret());
        assert_eq!(
            Identity::parse(&format!("# comment\n\n{}\n", text.expose_secret())).unwrap().recipient(),
            identity.recipient()
        );
        assert!(Recipient::parse(&identity.recipient()).is_ok() && Recipient::parse("age1").is_err());
    }
}
