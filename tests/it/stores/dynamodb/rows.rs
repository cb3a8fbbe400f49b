//! Rows as the server of 2019 wrote them, and ours as it would have read them.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use aws_sdk_dynamodb::types::AttributeValue;
use capi::domain::{Address, Content, Hash, Listing, Metadata as About};
use capi::store::metadata::Metadata;
use serde_json::{Value, json};

use super::open_at;
use crate::support::dynamodb;

const PROGRAM: &str = include_str!("old_server.py");

/// Runs the old server's way to use the table; answers what it prints.
fn old_server(table: &str, order: &[&str], input: &Value) -> String {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join(".dev/python/bin/python");
    assert!(python.exists(), "{} is missing: run scripts/install-dev-tools", python.display());
    let mut command = Command::new(python);
    command.args(["-c", PROGRAM, dynamodb::url().as_str(), dynamodb::REGION, table]).args(order);
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    process.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
    let output = process.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

async fn get(store: &Metadata, hash: Hash) -> Option<Listing> {
    store.listings.get_many(&[hash]).await.unwrap().remove(0)
}

#[tokio::test]
async fn rows_of_the_old_server_are_served_and_replaced() {
    let table = dynamodb::new_tables().await;
    let (hash, transaction) = (Hash::keccak("old"), Hash::keccak("list"));
    let owner = Address::new([0xab; 20]);
    let row = json!({
        "listing_hash": hash, "title": "My favorite things", "description": "Raindrops", "license": "MIT",
        "file_type": "image/png", "tags": ["a", "b"], "owner": owner.to_string().to_lowercase(), "size": 36,
        "md5_sum": "d41d8cd98f00b204e9800998ecf8427e", "filename": "things.png", "tx_hash": transaction,
    });
    old_server(&table, &["put"], &row);
    let bare = Hash::keccak("bare");
    old_server(&table, &["put"], &json!({ "listing_hash": bare }));

    let store = open_at(dynamodb::url(), &table).await.unwrap();
    let words = |text: &str| Some(text.to_owned());
    let metadata = About {
        title: words("My favorite things"),
        description: words("Raindrops"),
        license: words("MIT"),
        file_type: words("image/png"),
        tags: vec!["a".to_owned(), "b".to_owned()],
        owner: Some(owner),
        size: Some(36),
        md5_sum: words("d41d8cd98f00b204e9800998ecf8427e"),
        filename: words("things.png"),
        preview: None,
        tx_hash: Some(transaction),
    };
    let old = Listing { listing_hash: hash, metadata, content: None };
    assert_eq!(get(&store, hash).await.as_ref(), Some(&old));
    let nothing = Listing { listing_hash: bare, metadata: About::default(), content: None };
    assert_eq!(get(&store, bare).await.as_ref(), Some(&nothing));

    for old in [old, nothing] {
        let content =
            Content { object: "object".to_owned(), data_hash: Hash::keccak("data"), sha256: "00".repeat(32) };
        let new = Listing { content: Some(content), ..old.clone() };
        store.listings.put(&new, Some(&old)).await.unwrap();
        assert_eq!(get(&store, old.listing_hash).await, Some(new));
    }
}

#[tokio::test]
async fn our_rows_are_flat_attributes_to_the_old_server() {
    let table = dynamodb::new_tables().await;
    let store = open_at(dynamodb::url(), &table).await.unwrap();
    let (hash, owner) = (Hash::keccak("new"), Address::new([1; 20]));
    let metadata = About {
        title: Some("A title".to_owned()),
        tags: vec!["one".to_owned(), "two".to_owned()],
        owner: Some(owner),
        size: Some(u64::MAX),
        ..About::default()
    };
    let content =
        Content { object: "a/b".to_owned(), data_hash: Hash::keccak("data"), sha256: "0f".repeat(32) };
    store
        .listings
        .put(&Listing { listing_hash: hash, metadata, content: Some(content) }, None)
        .await
        .unwrap();
    let read: Value =
        serde_json::from_str(&old_server(&table, &["get", &hash.to_string()], &json!(null))).unwrap();
    let expected = json!({
        "listing_hash": hash, "title": "A title", "tags": ["one", "two"], "owner": owner, "size": u64::MAX,
        "object": "a/b", "data_hash": Hash::keccak("data"), "sha256": "0f".repeat(32),
    });
    assert_eq!(read, expected);
}

#[tokio::test]
async fn attributes_in_other_forms_are_understood_and_unreadable_ones_are_missing() {
    let table = dynamodb::new_tables().await;
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let hash = Hash::keccak("odd");
    let row = [
        ("listing_hash", text(&hash.to_string())),
        ("title", AttributeValue::N("2019".to_owned())),
        ("description", AttributeValue::Null(true)),
        ("size", text("36")),
        ("tags", AttributeValue::Ss(vec!["only".to_owned()])),
        ("owner", text("nobody")),
        ("tx_hash", text("0x12")),
        ("preview", text("rows:many")),
        ("something_else", AttributeValue::Bool(true)),
    ];
    let row = row.map(|(name, value)| (name.to_owned(), value)).into();
    dynamodb::stranger().put_item().table_name(&table).set_item(Some(row)).send().await.unwrap();
    let store = open_at(dynamodb::url(), &table).await.unwrap();
    let found = get(&store, hash).await.unwrap();
    let metadata = About {
        title: Some("2019".to_owned()),
        size: Some(36),
        tags: vec!["only".to_owned()],
        ..About::default()
    };
    assert_eq!(found, Listing { listing_hash: hash, metadata, content: None });

    let mut changed = found.clone();
    changed.metadata.title = Some("Another".to_owned());
    let other = Listing { listing_hash: hash, metadata: About::default(), content: None };
    super::super::metadata::assert_conflict(store.listings.put(&changed, Some(&other)).await);
    store.listings.put(&changed, Some(&found)).await.unwrap();
    assert_eq!(get(&store, hash).await, Some(changed));
}
