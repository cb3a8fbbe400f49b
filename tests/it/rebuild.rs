//! The listings table is lost, and rebuilt from the sidecars of the files and the chain.

use std::fs;

use bytes::Bytes;
use capi::app::rebuild::{rebuild, write_sidecars};
use capi::domain::{Hash, Listing, Metadata};
use capi::service::backup::Unmined;
use capi::service::rebuild::{Rebuilt, Written};
use futures_util::TryStreamExt;
use serde_json::{Value, json};

use crate::support::eventually::eventually;
use crate::support::form::Form;
use crate::support::market::{BACKEND, BUYER, MAKER};
use crate::support::server::TestServer;

/// Stops the server, and leaves only its files.
async fn lose_tables(server: &mut TestServer) {
    server.stop().await;
    remove_tables(server);
}

fn remove_tables(server: &TestServer) {
    for entry in fs::read_dir(&server.settings.data_dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::remove_file(path).unwrap();
        } else if path.file_name().is_some_and(|name| name != "objects") {
            fs::remove_dir_all(path).unwrap();
        }
    }
}

/// What `capi admin rebuild` does.
async fn try_rebuild(server: &TestServer, dry_run: bool) -> anyhow::Result<Rebuilt> {
    let wallet = server.market.wallet(BACKEND);
    let unmined = Unmined { account: wallet.address(), nonces: wallet.unmined_nonces().await? };
    rebuild(&server.settings, &unmined, dry_run, &*server.clock).await
}

async fn rebuilt(server: &TestServer) -> Rebuilt {
    try_rebuild(server, false).await.unwrap()
}

/// What `capi admin rebuild --write-sidecars` does.
async fn written(server: &TestServer) -> Written {
    write_sidecars(&server.settings, &*server.clock).await.unwrap()
}

fn sidecar_of(object: &str) -> String {
    format!("rows/{object}.json")
}

async fn read(server: &TestServer, key: &str) -> Vec<u8> {
    let pieces = server.context().objects.read(key, 0, u64::MAX).await.unwrap();
    pieces.try_collect::<Vec<Bytes>>().await.unwrap().concat()
}

/// Puts an object in the place of another, if there is one.
async fn replace(server: &TestServer, key: &str, bytes: impl Into<Bytes>) {
    let objects = &server.context().objects;
    objects.delete(key).await.unwrap();
    let mut writer = objects.create(key).await.unwrap();
    writer.write(bytes.into()).await.unwrap();
    writer.finish().await.unwrap();
}

/// Why an object was skipped.
fn reason<'a>(rebuilt: &'a Rebuilt, key: &str) -> &'a str {
    let skipped = rebuilt.skipped.iter().find(|skipped| skipped.object == key);
    &skipped.unwrap_or_else(|| panic!("{key} was not skipped: {rebuilt:?}")).reason
}

#[tokio::test]
async fn a_market_comes_back_from_its_files_and_the_chain_and_nothing_is_charged_twice() {
    let mut server = TestServer::start_embedded().await;
    let published = server.publish("file", b"bytes").await;
    let (bought, later) = (Hash::keccak("bought"), Hash::keccak("later"));
    server.purchase(BUYER, bought, &published).await;
    let before = server.listing_status(published.listing, 200).await.json();

    lose_tables(&mut server).await;
    let planned = try_rebuild(&server, true).await.unwrap();
    assert_eq!((planned.rows, planned.present, planned.skipped.len()), (1, 0, 0), "{planned:?}");
    assert_eq!(rebuilt(&server).await, planned, "the dry run wrote nothing");
    server.resume().await;

    let after = server.listing_status(published.listing, 200).await.json();
    for field in ["title", "description", "license", "file_type", "tags", "owner", "size"] {
        assert_eq!(after[field], before[field], "{field}");
    }
    let token = server.sign_in(BUYER).await;
    let again = server.download(&token, bought, published.listing).send().await.expect(200);
    assert_eq!(again.body, published.bytes);
    assert_eq!(server.accesses(bought, published.listing).await, 1);
    server.purchase(BUYER, later, &published).await;

    // Its place in the market is taken, as it was.
    let token = server.sign_in(MAKER).await;
    let form = Form::new(published.listing, published.transaction, server.address(MAKER), b"bytes");
    server.upload(&token, &form.with("title", "Another")).send().await.expect_problem(409);
}

#[tokio::test]
async fn rebuilding_again_changes_nothing_and_a_row_that_exists_stays_as_it_is() {
    let mut server = TestServer::start_embedded().await;
    let listing = server.publish("file", b"bytes").await.listing;
    lose_tables(&mut server).await;
    assert_eq!(rebuilt(&server).await.rows, 1);
    let again = rebuilt(&server).await;
    assert_eq!((again.rows, again.present, again.skipped.len()), (0, 1, 0), "{again:?}");

    server.resume().await;
    let listings = server.context().listings.clone();
    let row = listings.get_many(&[listing]).await.unwrap().pop().flatten().unwrap();
    let title = Some("Changed by hand".to_owned());
    let changed = Listing { metadata: Metadata { title, ..row.metadata.clone() }, ..row.clone() };
    listings.put(&changed, Some(&row)).await.unwrap();
    drop(listings);
    server.stop().await;
    let kept = rebuilt(&server).await;
    assert_eq!((kept.rows, kept.present), (0, 0));
    assert!(reason(&kept, &sidecar_of(&listing.to_string())).contains("another row"));
    server.resume().await;
    let found = server.context().listings.get_many(&[listing]).await.unwrap();
    assert_eq!(found, [Some(changed)]);
}

#[tokio::test]
async fn a_row_that_the_chain_does_not_confirm_is_named_and_not_put_back() {
    let mut server = TestServer::start_embedded().await;
    let sold = server.publish("sold", b"bytes").await.listing;
    let real: Value = serde_json::from_slice(&read(&server, &sidecar_of(&sold.to_string())).await).unwrap();
    // The file of an upload that was not accepted in the end.
    let lost = format!("{sold}.0123456789abcdef");
    let mut row = real.clone();
    row["row"]["object"] = json!(lost);
    row["row"]["data_hash"] = json!(Hash::keccak(b"other"));
    replace(&server, &lost, &b"other"[..]).await;
    replace(&server, &sidecar_of(&lost), row.to_string()).await;
    // A listing that was never in this market.
    let unknown = Hash::keccak("unknown");
    let mut row = real.clone();
    row["row"]["listing_hash"] = json!(unknown);
    row["row"]["object"] = json!(unknown);
    replace(&server, &unknown.to_string(), &b"bytes"[..]).await;
    replace(&server, &sidecar_of(&unknown.to_string()), row.to_string()).await;

    lose_tables(&mut server).await;
    let found = rebuilt(&server).await;
    assert_eq!((found.rows, found.skipped.len()), (1, 2), "{found:?}");
    assert!(reason(&found, &sidecar_of(&lost)).contains("another data hash"), "{found:?}");
    assert!(reason(&found, &sidecar_of(&unknown.to_string())).contains("no data hash"), "{found:?}");
    server.resume().await;
    server.listing_status(sold, 200).await;
    assert_eq!(server.context().listings.get_many(&[unknown]).await.unwrap(), [None]);
}

#[tokio::test]
async fn an_unusable_sidecar_is_named_and_loses_nothing() {
    let mut server = TestServer::start_embedded().await;
    let files: Vec<Vec<u8>> = (0..5_u8).map(|number| vec![number; 10]).collect();
    let published = server.publish_all(&files).await;
    let objects: Vec<String> = published.iter().map(|published| published.listing.to_string()).collect();
    let whole = read(&server, &sidecar_of(&objects[0])).await;
    replace(&server, &sidecar_of(&objects[0]), whole[..whole.len() / 2].to_vec()).await;
    replace(&server, &sidecar_of(&objects[1]), &br#"{"format":99,"row":{}}"#[..]).await;
    replace(&server, &sidecar_of(&objects[2]), vec![b' '; (4 << 20) + 1]).await;
    server.context().objects.delete(&objects[3]).await.unwrap();

    lose_tables(&mut server).await;
    let found = rebuilt(&server).await;
    assert_eq!(found.rows, 1, "{found:?}");
    for (object, expected) in objects.iter().zip(["damaged", "format is 99", "more than", "missing"]) {
        assert!(reason(&found, &sidecar_of(object)).contains(expected), "{found:?}");
    }
    for object in &objects[..3] {
        assert!(reason(&found, object).contains("no sidecar"), "{found:?}");
    }
    assert_eq!(server.stored_files().await, 4);

    server.resume().await;
    server.listing_status(published[4].listing, 200).await;
    replace(&server, &sidecar_of(&objects[0]), whole).await;
    server.stop().await;
    let found = rebuilt(&server).await;
    assert_eq!((found.rows, found.present), (1, 1), "{found:?}");
}

#[tokio::test]
async fn the_row_of_an_earlier_life_comes_back_for_its_buyers() {
    let mut server = TestServer::start_embedded().await;
    let delivery = Hash::keccak("delivery");
    let first = server.publish("file", b"the first").await;
    server.purchase(BUYER, delivery, &first).await;
    server.remove(first.listing).await;
    let second = server.publish("file", b"and the second").await;

    lose_tables(&mut server).await;
    let found = rebuilt(&server).await;
    assert_eq!((found.rows, found.earlier_rows, found.skipped.len()), (1, 1, 0), "{found:?}");
    let again = rebuilt(&server).await;
    assert_eq!((again.rows, again.earlier_rows, again.present), (0, 0, 2), "{again:?}");
    server.resume().await;
    let token = server.sign_in(BUYER).await;
    let bought = server.download(&token, delivery, first.listing).send().await.expect(200);
    assert_eq!(bought.body, first.bytes);
    server.purchase(BUYER, Hash::keccak("later"), &second).await;
}

#[tokio::test]
async fn files_from_before_there_were_sidecars_get_theirs_from_the_rows() {
    let mut server = TestServer::start_embedded().await;
    let published = server.publish("file", b"bytes").await;
    let planted = server.plant(Metadata::default(), b"bytes of 2019").await;
    let stray = Hash::keccak("stray").to_string();
    replace(&server, &stray, &b"without a row"[..]).await;
    server.context().objects.delete(&sidecar_of(&published.listing.to_string())).await.unwrap();
    server.stop().await;
    let first = written(&server).await;
    assert_eq!((first.sidecars, first.present), (2, 0), "{first:?}");
    assert_eq!(first.skipped.iter().map(|skipped| &skipped.object).collect::<Vec<_>>(), [&stray]);
    let again = written(&server).await;
    assert_eq!((again.sidecars, again.present), (0, 2), "{again:?}");

    remove_tables(&server);
    let found = rebuilt(&server).await;
    assert_eq!(found.rows, 2, "{found:?}");
    assert!(reason(&found, &stray).contains("no sidecar"), "{found:?}");
    server.resume().await;
    server.purchase(BUYER, Hash::keccak("delivery"), &published).await;
    server.listing_status(planted.listing, 200).await;
}

#[tokio::test]
async fn a_rebuild_waits_for_transactions_that_the_records_do_not_contain() {
    let mut server = TestServer::start_embedded().await;
    let published = server.publish("file", b"bytes").await;
    let (delivery, listing) = (Hash::keccak("delivery"), published.listing);
    server.market.buy(delivery, 5).await;
    let token = server.sign_in(BUYER).await;
    server.market.node.set_automine(false).await.unwrap();
    server.download(&token, delivery, listing).send().await.expect(200);
    let wallet = server.market.wallet(BACKEND);
    eventually("the charge is sent", async || !wallet.unmined_nonces().await.unwrap().is_empty()).await;
    lose_tables(&mut server).await;
    let error = try_rebuild(&server, false).await.unwrap_err();
    assert!(error.to_string().contains("wait until they are mined"), "{error}");
    assert_eq!(try_rebuild(&server, true).await.unwrap().rows, 1, "a dry run changes nothing");
    server.market.node.set_automine(true).await.unwrap();
    server.market.node.mine(1).await.unwrap();
    assert_eq!(rebuilt(&server).await.rows, 1);
    server.resume().await;
    let token = server.sign_in(BUYER).await;
    server.download(&token, delivery, listing).send().await.expect(200);
    assert_eq!(server.accesses(delivery, listing).await, 1);
}
