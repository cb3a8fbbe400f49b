//! A listing's metadata and its bytes.

use serde::{Deserialize, Serialize};

use super::listing_text::{MAX_METADATA_BYTES, MAX_TAGS};
use super::{Address, Hash, PreviewChoice};

/// What an oversized row keeps at most of a single line, of its license and of its tags. The description may have the rest.
const MAX_LINE_BYTES: usize = 1024;
const MAX_LICENSE_BYTES: usize = 4 * 1024;
const MAX_TAGS_BYTES: usize = 4 * 1024;

/// The end of a text that was cut.
const CUT_MARK: &str = "…";

/// A maker's metadata for a file. Rows written by the 2019 server may lack any field except the hash.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Metadata {
    pub title: Option<String>,
    pub description: Option<String>,
    pub license: Option<String>,
    /// Media type, such as `image/png`.
    pub file_type: Option<String>,
    pub tags: Vec<String>,
    pub owner: Option<Address>,
    /// Size of the file in bytes.
    pub size: Option<u64>,
    /// Hex, lower case.
    pub md5_sum: Option<String>,
    /// The maker's name for the file.
    pub filename: Option<String>,
    /// The maker's choice of what voters may see; `None` if not given.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "PreviewChoice::stored")]
    pub preview: Option<PreviewChoice>,
    /// The transaction that called `list`, which identifies the listing's life that this row belongs to.
    pub tx_hash: Option<Hash>,
}

/// The stored bytes of an accepted upload. They never change.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Content {
    /// Key in the object store.
    pub object: String,
    /// keccak-256 of all bytes, as announced on chain.
    pub data_hash: Hash,
    /// SHA-256 of all bytes, hex.
    pub sha256: String,
}

/// A row of the listings table. Rows written by the 2019 server lack `content`; their objects are keyed by the listing
/// hash.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Listing {
    pub listing_hash: Hash,
    #[serde(flatten)]
    pub metadata: Metadata,
    #[serde(flatten)]
    pub content: Option<Content>,
}

impl Listing {
    /// Key of the listing's bytes in the object store.
    pub fn object(&self) -> String {
        self.content.as_ref().map_or_else(|| self.listing_hash.to_string(), |content| content.object.clone())
    }

    /// The row as it is shown. Rows from before there was a limit may have hundreds of kilobytes of texts: these are cut,
    /// visibly, to what an upload may have. Any other row stays as it is.
    pub fn bounded(mut self) -> Self {
        self.metadata.cut();
        self
    }
}

impl Metadata {
    /// The size of all texts.
    fn text_bytes(&self) -> usize {
        let Metadata { title, description, license, file_type, md5_sum, filename, .. } = self;
        let texts = [title, description, license, file_type, md5_sum, filename];
        let texts: usize = texts.into_iter().flatten().map(String::len).sum();
        texts + self.tags.iter().map(String::len).sum::<usize>()
    }

    fn cut(&mut self) {
        if self.text_bytes() <= MAX_METADATA_BYTES && self.tags.len() <= MAX_TAGS {
            return;
        }
        for line in [&mut self.title, &mut self.file_type, &mut self.md5_sum, &mut self.filename] {
            cut(line, MAX_LINE_BYTES);
        }
        cut(&mut self.license, MAX_LICENSE_BYTES);
        // A tag is whole or not there, because lists are filtered by it.
        let mut left = MAX_TAGS_BYTES;
        self.tags.retain(|tag| {
            let rest = left.checked_sub(tag.len());
            left = rest.unwrap_or(left);
            rest.is_some()
        });
        self.tags.truncate(MAX_TAGS);
        let description = self.description.as_ref().map_or(0, String::len);
        let others = self.text_bytes() - description;
        cut(&mut self.description, MAX_METADATA_BYTES - others);
    }
}

/// Shortens a text to at most so many bytes, its mark included.
fn cut(text: &mut Option<String>, bytes: usize) {
    if let Some(text) = text.as_mut().filter(|text| text.len() > bytes) {
        text.truncate(text.floor_char_boundary(bytes - CUT_MARK.len()));
        text.push_str(CUT_MARK);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_with_nothing_but_its_hash_is_read() {
        let hash = Hash::keccak("a");
        let row: Listing = serde_json::from_value(serde_json::json!({ "listing_hash": hash })).unwrap();
        assert_eq!(row, Listing { listing_hash: hash, metadata: Metadata::default(), content: None });
        assert_eq!(row.object(), hash.to_string());
    }

    #[test]
    fn a_choice_of_preview_is_kept_and_anything_else_is_no_choice() {
        let hash = Hash::keccak("a");
        let read = |preview: serde_json::Value| -> Listing {
            serde_json::from_value(serde_json::json!({ "listing_hash": hash, "preview": preview })).unwrap()
        };
        let chosen = read("rows:20".into());
        assert_eq!(chosen.metadata.preview, Some(PreviewChoice::Rows(20)));
        assert_eq!(serde_json::to_value(&chosen).unwrap()["preview"], "rows:20");
        for other in
            [serde_json::json!("rows:0"), serde_json::json!(null), serde_json::json!([1, { "a": 2 }])]
        {
            assert_eq!(read(other), row(Metadata::default()));
        }
        assert!(serde_json::to_value(row(Metadata::default())).unwrap().get("preview").is_none());
    }

    fn row(metadata: Metadata) -> Listing {
        Listing { listing_hash: Hash::keccak("a"), metadata, content: None }
    }

    #[test]
    fn a_row_within_the_limits_of_an_upload_is_shown_as_it_is() {
        let description = Some("天".repeat(5_000));
        let tags = vec!["tag".to_owned(); MAX_TAGS];
        let within = row(Metadata { description, tags, ..Metadata::default() });
        assert_eq!(within.clone().bounded(), within);
    }

    #[test]
    fn a_larger_row_is_cut_visibly_and_only_where_it_is_too_large() {
        let short = |text: &str| Some(text.to_owned());
        let large = row(Metadata {
            title: short("A title"),
            description: Some("天".repeat(100_000)),
            license: short("MIT"),
            tags: vec!["tag".to_owned()],
            ..Metadata::default()
        });
        let shown = large.bounded();
        let description = shown.metadata.description.clone().unwrap();
        assert!(description.ends_with("天…") && description.len() > MAX_METADATA_BYTES - 100);
        assert_eq!(
            (shown.metadata.title.as_deref(), shown.metadata.license.as_deref()),
            (Some("A title"), Some("MIT"))
        );
        assert_eq!(shown.metadata.tags, ["tag"]);
        assert_eq!(shown.clone().bounded(), shown, "cut once");
    }

    #[test]
    fn whatever_is_too_large_about_a_row_it_is_shown_within_the_limits() {
        let long = || Some("x".repeat(400_000));
        for metadata in [
            Metadata { title: long(), ..Metadata::default() },
            Metadata { filename: long(), md5_sum: long(), file_type: long(), ..Metadata::default() },
            Metadata { license: long(), description: long(), ..Metadata::default() },
            Metadata { tags: vec![String::new(); 100_000], ..Metadata::default() },
            Metadata {
                tags: vec!["x".repeat(5_000), "y".repeat(4_000)],
                description: long(),
                ..Metadata::default()
            },
            Metadata { tags: vec!["x".repeat(300); 1_000], title: long(), ..Metadata::default() },
        ] {
            let shown = row(metadata).bounded().metadata;
            assert!(shown.text_bytes() <= MAX_METADATA_BYTES, "{} bytes", shown.text_bytes());
            assert!(shown.tags.len() <= MAX_TAGS && shown.tags.iter().all(|tag| tag.len() <= MAX_TAGS_BYTES));
        }
    }
}
