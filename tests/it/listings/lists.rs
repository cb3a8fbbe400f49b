//! Lists: blocks, owners, words and pages.

use std::io::Read;

use capi::domain::{Hash, Metadata};
use serde_json::{Value, json};

use super::{ends, hashes, list, listed_blocks};
use crate::support::market::{MAKER, STRANGER};
use crate::support::server::TestServer;

#[tokio::test]
async fn a_list_holds_what_was_listed_in_its_blocks_in_chain_order() {
    let server = TestServer::start().await;
    assert_eq!(list(&server, "").await, json!({ "items": [], "from_block": 0, "to_block": 0 }));
    let files = server.publish_all(&[vec![1; 10], vec![2; 20], vec![3; 30]]).await;
    let listings: Vec<Hash> = files.iter().map(|file| file.listing).collect();
    let blocks = listed_blocks(&server).await;

    let all = list(&server, "").await;
    assert_eq!((hashes(&all), ends(&all)), (listings.clone(), (json!(0), json!(blocks[2]))));
    let sizes: Vec<&Value> = all["items"].as_array().unwrap().iter().map(|item| &item["size"]).collect();
    assert_eq!(sizes, [&json!(10), &json!(20), &json!(30)]);
    for (from, to, expected) in
        [(1, 1, 1..2), (1, 2, 1..3), (0, 1, 0..2), (2, 2, 2..3)].map(|(a, b, e)| (blocks[a], blocks[b], e))
    {
        let part = list(&server, &format!("?from-block={from}&to-block={to}")).await;
        assert_eq!((hashes(&part), ends(&part)), (listings[expected].to_vec(), (json!(from), json!(to))));
    }
    let after = list(&server, &format!("?from-block={}", blocks[2] + 1)).await;
    assert_eq!((hashes(&after), ends(&after)), (vec![], (json!(blocks[2] + 1), json!(0))));
}

#[tokio::test]
async fn an_owner_filter_hides_items_and_keeps_the_highest_block() {
    let server = TestServer::start().await;
    let published = server.publish("file", b"bytes").await;
    let highest = listed_blocks(&server).await[0];
    let (maker, stranger) = (server.address(MAKER).to_string(), server.address(STRANGER));
    for owner in [maker.clone(), maker.to_lowercase(), maker[2..].to_uppercase()] {
        assert_eq!(hashes(&list(&server, &format!("?owner={owner}")).await), [published.listing]);
    }
    let none = list(&server, &format!("?owner={stranger}")).await;
    assert_eq!((hashes(&none), ends(&none)), (vec![], (json!(0), json!(highest))));
}

#[tokio::test]
async fn pages_words_and_tags_find_every_listing_once() {
    let server = TestServer::start().await;
    let mut listings = Vec::new();
    for (name, title, tags) in [
        ("a", "A red house", "house,red"),
        ("b", "A Green HOUSE", "house"),
        ("c", "Green grass of Llanfairpwllgwyngyll", ""),
    ] {
        let listing = Hash::keccak(name);
        let form = |form: crate::support::form::Form| form.with("title", title).with("tags", tags);
        server.apply_with(listing, name.as_bytes(), form).await;
        server.accept(listing).await;
        listings.push(listing);
    }
    for (query, expected) in [
        ("?q=house", vec![0, 1]),
        ("?q=GREEN+house", vec![1]),
        ("?q=what+it+is", vec![0, 1, 2]),
        ("?q=yellow", vec![]),
        ("?q=gre", vec![1, 2]),
        ("?q=g", vec![1, 2]),
        ("?q=g+grass", vec![]),
        ("?q=grass+llanfairpwllg", vec![2]),
        ("?q=Llanfairpwllgwyngyl", vec![2]),
        ("?q=llanfairpwllgwyngyx", vec![]),
        ("?title=green&q=llan", vec![2]),
        ("?title=h", vec![0, 1]),
        ("?q=H%C3%B4use", vec![0, 1]),
        ("?q=ho%CC%82use", vec![0, 1]),
        ("?q=%2C+%21", vec![]),
        ("?sort=newest", vec![2, 1, 0]),
        ("?q=house&sort=newest", vec![1, 0]),
        ("?tag=house", vec![0, 1]),
        ("?tag=red", vec![0]),
        ("?tag=green", vec![]),
        ("?tag=house&q=green", vec![1]),
    ] {
        let expected: Vec<Hash> = expected.into_iter().map(|number: usize| listings[number]).collect();
        assert_eq!(hashes(&list(&server, query).await), expected, "{query}");
    }

    let mut found = Vec::new();
    let mut query = "?limit=2".to_owned();
    loop {
        let page = list(&server, &query).await;
        assert_eq!(page["total"], 3);
        found.extend(hashes(&page));
        match page["next"].as_str() {
            Some(cursor) => query = format!("?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(found, listings);
    let exact = list(&server, "?limit=3").await;
    assert_eq!((hashes(&exact).len(), &exact["next"]), (3, &Value::Null));
    let filtered = list(&server, "?limit=1&tag=house").await;
    assert_eq!((hashes(&filtered), &filtered["total"]), (vec![listings[0]], &json!(2)));
    let newest = list(&server, "?limit=2&sort=newest").await;
    let query = format!("?limit=2&sort=newest&cursor={}", newest["next"].as_str().unwrap());
    assert_eq!(hashes(&list(&server, &query).await), [listings[0]]);
    let best = list(&server, "?limit=1&q=green&sort=relevance").await;
    assert_eq!((best["total"].as_u64(), hashes(&best).len()), (Some(2), 1));
    let query = format!("?limit=1&q=green&sort=relevance&cursor={}", best["next"].as_str().unwrap());
    let second = list(&server, &query).await;
    assert_eq!((&second["next"], hashes(&second).len()), (&Value::Null, 1));
    assert_ne!(hashes(&second), hashes(&best));
    let page = list(&server, "?limit=2").await;
    let rest = list(&server, &format!("?cursor={}", page["next"].as_str().unwrap())).await;
    assert_eq!(hashes(&rest), [listings[2]]);
    for bad in ["?cursor=x", "?limit=1&cursor=x", "?limit=1&cursor=1", "?limit=1&cursor=-"] {
        let refused = server.get(&format!("/listings/{bad}")).send().await;
        assert!(matches!(refused.status, 200 | 400), "{bad}: {}", refused.text());
    }
}

#[tokio::test]
async fn a_list_is_sent_again_only_if_it_has_changed() {
    let server = TestServer::start().await;
    server.publish("file", b"bytes").await;
    for query in ["", "?limit=10", "?limit=10&q=title"] {
        let path = format!("/listings/{query}");
        let first = server.get(&path).send().await.expect(200);
        let etag = first.header("etag").unwrap();
        let known = server.get(&path).header("if-none-match", etag).send().await.expect(304);
        assert!(known.body.is_empty());
    }
    let etag = server.get("/listings/").send().await.expect(200).header("etag").unwrap().to_owned();
    server.publish("another", b"other bytes").await;
    server.get("/listings/").header("if-none-match", &etag).send().await.expect(200);
}

#[tokio::test]
async fn a_list_of_several_pieces_is_the_same_in_every_coding() {
    let server = TestServer::start().await;
    let plant = async |name: &str| {
        let words: Vec<String> = (0..20_000).map(|number| format!("{name}{number}")).collect();
        let (title, description) = (Some(name.to_owned()), Some(words.join(" ")));
        server.plant(Metadata { title, description, ..Metadata::default() }, name.as_bytes()).await;
    };
    for name in ["one", "two", "three"] {
        plant(name).await;
    }
    for added in ["four", "five"] {
        for path in ["/listings/", "/listings/?limit=10"] {
            let plain = server.get(path).header("accept-encoding", "identity").send().await.expect(200);
            assert_eq!(plain.header("content-encoding"), None);
            assert!(plain.header("vary").unwrap().contains("Accept-Encoding"));
            for coding in ["gzip", "br", "zstd"] {
                let ask = || server.get(path).header("accept-encoding", coding);
                // The second one is already prepared.
                for _ in 0..2 {
                    let coded = ask().send().await.expect(200);
                    assert_eq!(coded.header("content-encoding"), Some(coding), "{path}");
                    assert!(coded.body.len() < plain.body.len() / 2, "{path} {coding}: {}", coded.body.len());
                    assert!(decoded(coding, &coded.body) == plain.body, "{path} {coding}");
                    let etag = coded.header("etag").unwrap();
                    ask().header("if-none-match", etag).send().await.expect(304);
                    server.get(path).header("if-none-match", etag).send().await.expect(304);
                }
            }
        }
        // What was prepared before is not sent any more.
        plant(added).await;
    }
}

fn decoded(coding: &str, bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    match coding {
        "gzip" => flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain),
        "br" => brotli::Decompressor::new(bytes, 4096).read_to_end(&mut plain),
        _ => zstd::stream::read::Decoder::new(bytes).and_then(|mut decoder| decoder.read_to_end(&mut plain)),
    }
    .unwrap();
    plain
}

#[tokio::test]
async fn one_listing_is_sent_again_only_when_it_changed() {
    let server = TestServer::start().await;
    let published = server.publish("file", b"bytes").await;
    let path = format!("/listings/{}", published.listing);
    let first = server.get(&path).send().await.expect(200);
    let etag = first.header("etag").unwrap();
    assert_eq!(hashes(&list(&server, "").await), [published.listing]);
    let (item, whole) = (list(&server, "").await["items"][0].clone(), first.json());
    for (name, value) in item.as_object().unwrap() {
        assert_eq!(whole[name], *value, "{name}");
    }
    let known = server.get(&path).header("if-none-match", etag).send().await.expect(304);
    assert!(known.body.is_empty());
    let upper = format!("/listings/{}", published.listing.to_string()[2..].to_uppercase());
    assert_eq!(server.get(&upper).send().await.expect(200).body, first.body);

    server.market.wallet(MAKER).withdraw_from_listing(published.listing, 1_u64.into()).await.unwrap();
    crate::support::eventually::eventually("the supply shrinks", async || {
        server.get(&path).header("if-none-match", etag).send().await.status == 200
    })
    .await;
}
