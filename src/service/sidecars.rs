//! Sidecars: a copy of each row beside its object, from which a lost table is rebuilt.
//!
//! ```text
//! <object key>               the bytes of an accepted upload
//! rows/<object key>.json     {"format": 1, "row": {…}}
//! ```
//!
//! A sidecar is written before its row becomes visible, never changes, and stays as long as its object. In a race
//! between two uploads for one object key, the later one's sidecar gets a name of its own, so a key says only which
//! object its sidecar is about, and not that it is the only one.

use bytes::Bytes;
use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};

use crate::domain::{Hash, Listing};
use crate::store::objects::{ObjectError, Objects};

/// The prefix of the keys of sidecars.
pub(super) const PREFIX: &str = "rows/";
const SUFFIX: &str = ".json";

const CURRENT_FORMAT: u32 = 1;

/// Many times what the texts of a row can have.
const MAX_SIDECAR_BYTES: usize = 4 << 20;

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Sidecar {
    format: u32,
    /// Whether the upload was anonymous; the signed-in owner's takes precedence.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) anonymous: bool,
    pub(super) row: Listing,
}

/// What is read first, because a later format may differ in everything else.
#[derive(Deserialize)]
struct Format {
    format: u32,
}

/// Whether this is the key of a sidecar, and not of a file.
pub(super) fn is_sidecar(key: &str) -> bool {
    key.starts_with(PREFIX)
}

/// Writes a row's sidecar; `false` if it is there already.
pub(super) async fn write(
    objects: &dyn Objects,
    row: &Listing,
    anonymous: bool,
) -> Result<bool, ObjectError> {
    let sidecar = Sidecar { format: CURRENT_FORMAT, anonymous, row: row.clone() };
    let (object, bytes) = (row.object(), sidecar.bytes());
    // Of the second name, the content is known.
    let own_name = format!("{PREFIX}{object}.{}{SUFFIX}", Hash::keccak(&bytes));
    for key in [format!("{PREFIX}{object}{SUFFIX}"), own_name] {
        match create(objects, &key, bytes.clone()).await {
            Err(ObjectError::AlreadyExists) => {}
            created => return created.map(|()| true),
        }
        if read(objects, &key).await?.is_ok_and(|found| found.row == *row) {
            return Ok(false);
        }
    }
    Err(ObjectError::AlreadyExists)
}

async fn create(objects: &dyn Objects, key: &str, bytes: Bytes) -> Result<(), ObjectError> {
    let mut writer = objects.create(key).await?;
    if let Err(error) = writer.write(bytes).await {
        writer.abort().await;
        return Err(error);
    }
    writer.finish().await
}

/// The sidecar under a key, or why it is unusable.
pub(super) async fn read(objects: &dyn Objects, key: &str) -> Result<Result<Sidecar, String>, ObjectError> {
    let pieces: Vec<Bytes> = objects.read(key, 0, MAX_SIDECAR_BYTES as u64 + 1).await?.try_collect().await?;
    Ok(Sidecar::parse(key, &pieces.concat()))
}

impl Sidecar {
    #[expect(
        clippy::expect_used,
        reason = "only maps without text keys fail to serialize, and sidecars have none"
    )]
    fn bytes(&self) -> Bytes {
        serde_json::to_vec(self).expect("sidecars serialize to JSON").into()
    }

    fn parse(key: &str, bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() > MAX_SIDECAR_BYTES {
            return Err(format!("it has more than {MAX_SIDECAR_BYTES} bytes"));
        }
        let damaged = |error: serde_json::Error| format!("it is damaged: {error}");
        let Format { format } = serde_json::from_slice(bytes).map_err(damaged)?;
        if format != CURRENT_FORMAT {
            return Err(format!("its format is {format}; this version reads {CURRENT_FORMAT}"));
        }
        let sidecar: Sidecar = serde_json::from_slice(bytes).map_err(damaged)?;
        if sidecar.fits(key) { Ok(sidecar) } else { Err("its row is of another object".to_owned()) }
    }

    /// Whether the key names the row's object, and that the row's listing.
    fn fits(&self, key: &str) -> bool {
        let object = self.row.object();
        let rest = key.strip_prefix(PREFIX).and_then(|name| name.strip_prefix(&object));
        listing_of(&object) == Some(self.row.listing_hash)
            && rest.is_some_and(|rest| rest.starts_with('.') && rest.ends_with(SUFFIX))
    }
}

/// The listing whose bytes an object has: its key is the listing hash, alone or before a dot.
pub(super) fn listing_of(object: &str) -> Option<Hash> {
    let hash = object.split_once('.').map_or(object, |(hash, _)| hash);
    hash.starts_with("0x").then(|| Hash::parse(hash).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Content, Metadata};

    fn row(object: &str) -> Listing {
        let content = Content {
            object: object.to_owned(),
            data_hash: Hash::keccak("bytes"),
            sha256: "sha256".to_owned(),
        };
        let metadata = Metadata { title: Some("A title".to_owned()), ..Metadata::default() };
        Listing { listing_hash: Hash::keccak("listing"), metadata, content: Some(content) }
    }

    fn sidecar(object: &str) -> Sidecar {
        Sidecar { format: CURRENT_FORMAT, anonymous: false, row: row(object) }
    }

    #[test]
    fn a_sidecar_is_read_as_it_was_written() {
        let plain = Hash::keccak("listing").to_string();
        for object in [plain.clone(), format!("{plain}.upload")] {
            for anonymous in [false, true] {
                let written = Sidecar { anonymous, ..sidecar(&object) };
                for key in [format!("rows/{object}.json"), format!("rows/{object}.other.json")] {
                    assert_eq!(Sidecar::parse(&key, &written.bytes()), Ok(written.clone()), "{key}");
                }
            }
        }
    }

    #[test]
    fn a_row_of_the_2019_server_has_a_sidecar_too() {
        let row = Listing { content: None, ..row("any") };
        let key = format!("rows/{}.json", row.listing_hash);
        let written = Sidecar { row, ..sidecar("any") };
        assert_eq!(Sidecar::parse(&key, &written.bytes()), Ok(written));
    }

    #[test]
    fn whatever_is_not_a_sidecar_of_its_object_is_refused_with_the_reason() {
        let object = Hash::keccak("listing").to_string();
        let key = format!("rows/{object}.json");
        let good = sidecar(&object).bytes();
        let other_format = br#"{"format":2,"rows":[]}"#;
        let large = vec![b' '; MAX_SIDECAR_BYTES + 1];
        for (bytes, reason) in [
            (&good[..good.len() - 1], "damaged"),
            (&b"{}"[..], "damaged"),
            (&b"\xff\xfe"[..], "damaged"),
            (&b""[..], "damaged"),
            (&other_format[..], "its format is 2"),
            (&large[..], "more than"),
            (&sidecar("incoming/upload").bytes()[..], "another object"),
        ] {
            let refused = Sidecar::parse(&key, bytes).unwrap_err();
            assert!(refused.contains(reason), "{refused}");
        }
        let elsewhere = format!("rows/{}.json", Hash::keccak("other"));
        assert!(Sidecar::parse(&elsewhere, &good).unwrap_err().contains("another object"));
    }

    #[test]
    fn an_objects_key_names_its_listing() {
        let hash = Hash::keccak("listing");
        for key in [hash.to_string(), format!("{hash}.upload")] {
            assert_eq!(listing_of(&key), Some(hash), "{key}");
        }
        for key in ["incoming/upload", "0x12", "", &hash.to_string()[2..]] {
            assert_eq!(listing_of(key), None, "{key}");
        }
    }
}
