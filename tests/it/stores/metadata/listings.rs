use capi::domain::{Address, Content, Hash, Listing, Metadata as About, PreviewChoice};
use capi::store::metadata::Metadata;
use futures_util::future::join_all;

use super::assert_conflict;

pub async fn a_row_is_created_only_where_there_is_none(store: Metadata) {
    let hash = Hash::keccak("a");
    store.listings.put(&titled(hash, "first"), None).await.unwrap();
    assert_conflict(store.listings.put(&titled(hash, "second"), None).await);
    assert_eq!(title(&store, hash).await.as_deref(), Some("first"));
}

pub async fn a_row_is_replaced_only_exactly(store: Metadata) {
    let hash = Hash::keccak("a");
    let (first, second, third) = (titled(hash, "first"), titled(hash, "second"), titled(hash, "third"));
    assert_conflict(store.listings.put(&second, Some(&first)).await);
    assert_eq!(title(&store, hash).await, None);
    store.listings.put(&first, None).await.unwrap();
    assert_conflict(store.listings.put(&third, Some(&second)).await);
    store.listings.put(&second, Some(&first)).await.unwrap();
    assert_conflict(store.listings.put(&third, Some(&first)).await);
    assert_eq!(title(&store, hash).await.as_deref(), Some("second"));
}

pub async fn writing_the_same_row_again_succeeds(store: Metadata) {
    let hash = Hash::keccak("a");
    let (first, second) = (titled(hash, "first"), titled(hash, "second"));
    store.listings.put(&first, None).await.unwrap();
    store.listings.put(&first, None).await.unwrap();
    store.listings.put(&second, Some(&first)).await.unwrap();
    store.listings.put(&second, Some(&first)).await.unwrap();
    store.listings.put(&second, None).await.unwrap();
}

pub async fn many_are_answered_in_their_order_with_gaps(store: Metadata) {
    let hashes: Vec<Hash> = (0..3000u32).map(|number| Hash::keccak(number.to_be_bytes())).collect();
    let present: Vec<Hash> = hashes.iter().copied().step_by(7).collect();
    for some in present.chunks(64) {
        let written = some.iter().map(|hash| async { store.listings.put(&titled(*hash, "x"), None).await });
        join_all(written).await.into_iter().collect::<Result<(), _>>().unwrap();
    }
    let mut asked = hashes.clone();
    asked.reverse();
    asked.push(hashes[0]);
    let rows = store.listings.get_many(&asked).await.unwrap();
    let found: Vec<Option<Hash>> = rows.iter().map(|row| row.as_ref().map(|row| row.listing_hash)).collect();
    let wanted: Vec<_> = asked.iter().map(|hash| present.contains(hash).then_some(*hash)).collect();
    assert_eq!(found, wanted);
    assert_eq!(store.listings.get_many(&[]).await.unwrap(), []);
}

pub async fn a_row_may_lack_every_field_but_the_hash(store: Metadata) {
    let bare = Listing { listing_hash: Hash::keccak("a"), metadata: About::default(), content: None };
    store.listings.put(&bare, None).await.unwrap();
    assert_eq!(get(&store, bare.listing_hash).await.as_ref(), Some(&bare));
    let complete = full(bare.listing_hash);
    store.listings.put(&complete, Some(&bare)).await.unwrap();
    assert_eq!(get(&store, bare.listing_hash).await, Some(complete));
}

pub async fn a_full_row_reads_back_whole(store: Metadata) {
    let row = full(Hash::keccak("a"));
    store.listings.put(&row, None).await.unwrap();
    assert_eq!(get(&store, row.listing_hash).await, Some(row));
}

pub async fn exactly_one_of_many_rivals_creates_a_row(store: Metadata) {
    let hash = Hash::keccak("a");
    let rivals = (0..16).map(|rival| {
        let store = store.clone();
        tokio::spawn(async move { store.listings.put(&titled(hash, &rival.to_string()), None).await })
    });
    let results: Vec<_> = join_all(rivals).await.into_iter().map(Result::unwrap).collect();
    let winner = results.iter().position(Result::is_ok).unwrap();
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert_eq!(title(&store, hash).await, Some(winner.to_string()));
}

fn titled(hash: Hash, title: &str) -> Listing {
    let metadata = About { title: Some(title.to_owned()), ..About::default() };
    Listing { listing_hash: hash, metadata, content: None }
}

fn full(hash: Hash) -> Listing {
    let metadata = About {
        title: Some("A title, \"quoted\" and ünïcode 🦀".to_owned()),
        description: Some(String::new()),
        license: Some("MIT".to_owned()),
        file_type: Some("image/png".to_owned()),
        tags: vec!["b".to_owned(), "a".to_owned(), "b".to_owned()],
        owner: Some(Address::new([7; 20])),
        size: Some(u64::MAX),
        md5_sum: Some("d41d8cd98f00b204e9800998ecf8427e".to_owned()),
        filename: Some("../name\n.png".to_owned()),
        preview: Some(PreviewChoice::Rows(20)),
        tx_hash: Some(Hash::keccak("transaction")),
    };
    let content =
        Content { object: "a/b".to_owned(), data_hash: Hash::keccak("data"), sha256: "00".repeat(32) };
    Listing { listing_hash: hash, metadata, content: Some(content) }
}

async fn get(store: &Metadata, hash: Hash) -> Option<Listing> {
    store.listings.get_many(&[hash]).await.unwrap().remove(0)
}

async fn title(store: &Metadata, hash: Hash) -> Option<String> {
    get(store, hash).await.and_then(|row| row.metadata.title)
}
