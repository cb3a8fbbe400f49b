//! Backups, and the keys that decrypt them.

use secrecy::ExposeSecret;

use super::format::Lines;
use super::{BackupError, Identity, Recipient};

/// Longer inputs take too long in pieces of one byte.
const MAX_BYTES: usize = 4096;

/// A backup once it is decrypted: read in pieces of any size it is the same backup, or as damaged.
pub fn backup(data: &[u8]) {
    let data = &data[..data.len().min(MAX_BYTES)];
    let whole = read(data, data.len().max(1));
    for piece in [1, 7] {
        assert_eq!(read(data, piece).ok(), whole.as_ref().ok().copied(), "in pieces of {piece}");
    }
    let Ok(text) = str::from_utf8(data) else { return };
    if let Ok(identity) = Identity::parse(text) {
        assert!(Recipient::parse(&identity.recipient()).is_ok());
        let again = Identity::parse(identity.to_text().expose_secret());
        assert!(again.is_ok_and(|again| again.recipient() == identity.recipient()));
    }
    let _ = Recipient::parse(text);
    let _ = age::Decryptor::new(data);
}

fn read(data: &[u8], piece: usize) -> Result<u64, BackupError> {
    let mut lines = Lines::new("a test");
    for piece in data.chunks(piece) {
        lines.push(piece)?;
    }
    lines.finish()
}
