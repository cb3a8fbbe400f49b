//! The rows of a made-up market, written as if its files had been uploaded.

use capi::config::MetadataStore;
use capi::domain::{Content, Hash, Listing, Metadata};
use capi::store;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::chain::{MadeUp, hash, owner, transaction};

/// As many as share a commit, and as many again that wait.
const CONCURRENT: usize = 512;

const PLACES: [&str; 8] = ["Lisbon", "Oslo", "Nairobi", "Quito", "Osaka", "Perth", "Tromsø", "Zürich"];
const SUBJECTS: [&str; 8] =
    ["temperature", "rainfall", "traffic", "noise", "pollen", "prices", "radiation", "satellite"];
const KINDS: [&str; 4] = ["hourly", "daily", "raw", "cleaned"];
const FILE_TYPES: [&str; 3] = ["text/csv", "application/json", "image/png"];
const LICENSES: [&str; 3] = ["CC-BY-4.0", "CC0-1.0", "ODbL-1.0"];

/// Writes the rows of all listings and applications.
pub async fn write(market: MadeUp, settings: &MetadataStore) {
    let table = store::metadata::open(settings).await.unwrap().listings;
    let written = stream::iter(market.entries()).map(|number| {
        let table = table.clone();
        async move { table.put(&row(number, market.listings), None).await }
    });
    written.buffer_unordered(CONCURRENT).try_collect::<()>().await.unwrap();
}

fn row(number: u64, listings: u64) -> Listing {
    let pick = |from: &[&str], step: u64| from[(number / step) as usize % from.len()].to_owned();
    let (place, subject, kind) = (pick(&PLACES, 1), pick(&SUBJECTS, 8), pick(&KINDS, 64));
    let hash = hash(number);
    let title = format!("{subject} in {place}, {kind}, series {number}");
    let description = format!(
        "Measured {kind} by the stations around {place} and checked by hand. Gaps are marked, units are SI, and the \
         columns are described in the first line. Batch {}.",
        number % 1_000
    );
    let metadata = Metadata {
        title: Some(title),
        description: Some(description),
        license: Some(pick(&LICENSES, 3)),
        file_type: Some(pick(&FILE_TYPES, 5)),
        tags: vec![subject, kind, place],
        owner: Some(owner(number, listings)),
        size: Some(1_000 + number % 1_000_000),
        md5_sum: Some("0123456789abcdef0123456789abcdef".to_owned()),
        filename: Some(format!("series-{number}.csv")),
        preview: None,
        tx_hash: Some(transaction(number, 1)),
    };
    let content = Content {
        object: format!("{hash}/1"),
        data_hash: Hash::keccak(hash.bytes()),
        sha256: "0".repeat(64),
    };
    Listing { listing_hash: hash, metadata, content: Some(content) }
}
