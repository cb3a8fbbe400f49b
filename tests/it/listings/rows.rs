//! Rows that the server of 2019 wrote.

use capi::domain::{Hash, Metadata};
use serde_json::json;

use super::list;
use crate::support::market::{BUYER, MAKER};
use crate::support::server::TestServer;

#[tokio::test]
async fn a_row_with_nothing_but_its_hash_is_shown_and_sold() {
    let server = TestServer::start().await;
    let old = server.plant(Metadata::default(), b"bytes of 2019").await;
    let supply = server.market.wallet(BUYER).listing(old.listing).await.unwrap().supply.as_u64_saturating();
    let shown = list(&server, "").await;
    assert_eq!(
        shown["items"],
        json!([{
            "title": null, "description": null, "license": null, "listing_hash": old.listing, "file_type": null,
            "tags": [], "owner": null, "size": null, "supply": supply,
        }])
    );
    server.purchase(BUYER, Hash::keccak("delivery"), &old).await;
}

#[tokio::test]
async fn no_title_breaks_out_of_its_header() {
    let server = TestServer::start().await;
    let title = "a\"; filename=\"evil.exe\r\nSet-Cookie: x=1\r\n\r\nbody — Žluťoučký 标题/..\\".to_owned();
    let metadata = Metadata {
        title: Some(title),
        file_type: Some("text/html\r\nX-Evil: 1".to_owned()),
        ..Metadata::default()
    };
    let old = server.plant(metadata, b"bytes of 2019").await;
    let token = server.sign_in(MAKER).await;
    let reply = server.get(&format!("/previews/{}", old.listing)).token(&token).send().await.expect(200);
    assert_eq!(reply.body, old.bytes);
    assert!(reply.header("set-cookie").is_none() && reply.header("x-evil").is_none());
    assert_eq!(reply.header("content-type"), Some("application/octet-stream"));
    let name = reply.header("filename").unwrap();
    assert!(name.is_ascii() && !name.contains(['/', '\\']), "{name}");
    let disposition = reply.header("content-disposition").unwrap();
    assert!(disposition.contains("filename*=UTF-8''"), "{disposition}");
    assert!(disposition.contains("%C5%BDlu%C5%A5ou"), "{disposition}");
    assert_eq!(disposition.matches("; ").count(), 2, "{disposition}");
}

#[tokio::test]
async fn a_row_larger_than_an_upload_may_be_is_shown_cut_and_stays_in_the_table_as_it_is() {
    let server = TestServer::start().await;
    let description = Some("old ".repeat(25_000));
    let metadata = Metadata { title: Some("A title".to_owned()), description, ..Metadata::default() };
    let old = server.plant(metadata.clone(), b"bytes of 2019").await;
    let shown = list(&server, "").await["items"][0].clone();
    assert_eq!(shown["title"], "A title");
    let text = shown["description"].as_str().unwrap();
    assert!(text.ends_with('…') && text.len() <= 16 * 1024, "{} bytes", text.len());
    let single = server.get(&format!("/listings/{}", old.listing)).send().await.expect(200).json();
    assert_eq!(single["description"], shown["description"]);
    let stored = server.context().listings.get_many(&[old.listing]).await.unwrap().pop().flatten();
    assert_eq!(stored.unwrap().metadata, metadata);
    server.purchase(BUYER, Hash::keccak("delivery"), &old).await;
}
