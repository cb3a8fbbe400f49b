//! Lists in every order, in pages, and while the market changes.

use capi::domain::{Amount, Hash, Metadata};
use serde_json::{Value, json};

use super::{hashes, list};
use crate::support::eventually::eventually;
use crate::support::market::MAKER;
use crate::support::server::TestServer;
use crate::support::steps::Published;

/// Two titles are the same but for case and accents, one has no letters, and rows of 2019 may have none at all.
const FILES: [(Option<&str>, Option<u64>); 7] = [
    (Some("Zebra"), Some(5)),
    (Some("éclair"), None),
    (None, Some(u64::MAX)),
    (Some("Ångström, 2019"), Some(0)),
    (Some("!!!"), Some(5)),
    (Some("ECLAIR"), Some(7)),
    (Some("雨 data"), Some(1 << 40)),
];

/// Each order, and the files in it, by number.
const ORDERS: [(&str, [usize; 7]); 6] = [
    ("chain", [0, 1, 2, 3, 4, 5, 6]),
    ("newest", [6, 5, 4, 3, 2, 1, 0]),
    ("size", [3, 0, 4, 5, 6, 2, 1]),
    ("-size", [2, 6, 5, 4, 0, 3, 1]),
    ("title", [3, 1, 5, 0, 6, 2, 4]),
    ("-title", [6, 0, 5, 1, 3, 4, 2]),
];

async fn plant_all(server: &TestServer) -> Vec<Published> {
    let mut all = Vec::new();
    for (number, (title, size)) in FILES.into_iter().enumerate() {
        let metadata = Metadata { title: title.map(str::to_owned), size, ..Metadata::default() };
        all.push(server.plant(metadata, format!("file {number}").as_bytes()).await);
    }
    // A listing is shown as soon as it is asked for; the lists follow a moment later.
    eventually("all are in the list", async || hashes(&list(server, "").await).len() == all.len()).await;
    all
}

fn expected(files: &[Published], numbers: &[usize]) -> Vec<Hash> {
    numbers.iter().map(|number| files[*number].listing).collect()
}

/// A list in pages of this length, checked to have the same total on each.
async fn in_pages(server: &TestServer, query: &str, limit: usize, total: usize) -> Vec<Hash> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = list(server, &format!("?{query}&limit={limit}{cursor}")).await;
        assert_eq!(page["total"], total, "{query}");
        found.extend(hashes(&page));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

#[tokio::test]
async fn every_order_is_the_same_in_one_piece_and_in_pages_also_after_a_restart() {
    let mut server = TestServer::start().await;
    let files = plant_all(&server).await;
    for restarted in [false, true] {
        if restarted {
            server.stop().await;
            server.resume().await;
        }
        for (order, numbers) in ORDERS {
            let expected = expected(&files, &numbers);
            assert_eq!(hashes(&list(&server, &format!("?sort={order}")).await), expected, "{order}");
            for limit in [1, 2, 3, 7] {
                let pages = in_pages(&server, &format!("sort={order}"), limit, FILES.len()).await;
                assert_eq!(pages, expected, "{order} in pages of {limit}");
            }
        }
    }
}

#[tokio::test]
async fn an_order_by_supply_follows_what_is_paid_out() {
    let server = TestServer::start().await;
    let files = plant_all(&server).await;
    let equal: Vec<Hash> = files.iter().map(|file| file.listing).collect();
    assert_eq!(hashes(&list(&server, "?sort=supply").await), equal);
    let maker = server.market.wallet(MAKER);
    for (number, paid_out) in [(5, 2_u64), (1, 1)] {
        maker.withdraw_from_listing(files[number].listing, Amount::from(paid_out)).await.unwrap();
    }
    let ascending = expected(&files, &[5, 1, 0, 2, 3, 4, 6]);
    eventually("what has less comes first", async || {
        hashes(&list(&server, "?sort=supply").await) == ascending
    })
    .await;
    assert_eq!(in_pages(&server, "sort=supply", 2, FILES.len()).await, ascending);
    let descending: Vec<Hash> = ascending.into_iter().rev().collect();
    assert_eq!(in_pages(&server, "sort=-supply", 3, FILES.len()).await, descending);
}

#[tokio::test]
async fn pages_stay_in_step_while_listings_come_and_go() {
    let server = TestServer::start().await;
    plant_all(&server).await;
    for order in ["title", "-size"] {
        let before = hashes(&list(&server, &format!("?sort={order}")).await);
        let page = list(&server, &format!("?sort={order}&limit=2")).await;
        assert_eq!(hashes(&page), before[..2]);
        // There is a new listing before the page, and the one that the next page begins with is gone.
        let metadata = Metadata { title: Some("a".to_owned()), size: Some(u64::MAX), ..Metadata::default() };
        let new = server.plant(metadata, format!("new, by {order}").as_bytes()).await;
        server.remove(before[2]).await;
        eventually("the list has changed", async || {
            let now = hashes(&list(&server, "").await);
            now.contains(&new.listing) && !now.contains(&before[2])
        })
        .await;
        let query = format!("?sort={order}&limit=10&cursor={}", page["next"].as_str().unwrap());
        assert_eq!(hashes(&list(&server, &query).await), before[3..], "{order}");
        let now = hashes(&list(&server, &format!("?sort={order}")).await);
        assert_eq!(now[0], new.listing, "{order}");
    }
}

#[tokio::test]
async fn a_cursor_of_another_order_or_of_none_is_refused() {
    let server = TestServer::start().await;
    plant_all(&server).await;
    let cursor = async |query: &str| {
        list(&server, &format!("?limit=2&{query}")).await["next"].as_str().unwrap().to_owned()
    };
    let cursors = [
        ("sort=chain", cursor("sort=chain").await),
        ("sort=size", cursor("sort=size").await),
        ("sort=-size", cursor("sort=-size").await),
        ("sort=title", cursor("sort=title").await),
        ("sort=supply", cursor("sort=supply").await),
        ("q=data&sort=relevance", "after-1".to_owned()),
    ];
    for (order, _) in &cursors {
        for (from, cursor) in &cursors {
            let reply = server.get(&format!("/listings/?limit=2&{order}&cursor={cursor}")).send().await;
            if order == from {
                reply.expect(200);
            } else {
                let problem = reply.expect_problem(400);
                assert_eq!(problem.message(), "cursor: belongs to another order", "{order}, {cursor}");
            }
        }
    }
    for cursor in ["size.x.1-1", "size.1.1", "title.zz.1-1", "size.1.1-1.1", "price.1.1-1"] {
        server.get(&format!("/listings/?limit=2&sort=size&cursor={cursor}")).send().await.expect_problem(400);
    }
}

#[tokio::test]
async fn applications_are_sorted_and_filtered_like_listings() {
    let server = TestServer::start().await;
    let mut applications = Vec::new();
    for (name, title, bytes) in [("a", "Second", 2_usize), ("b", "First", 3), ("c", "Third", 1)] {
        let listing = Hash::keccak(name);
        server.apply_with(listing, &vec![1; bytes], |form| form.with("title", title)).await;
        applications.push(listing);
    }
    for (query, numbers) in [
        ("?sort=title", vec![1, 0, 2]),
        ("?sort=-size", vec![1, 0, 2]),
        ("?sort=supply", vec![0, 1, 2]),
        ("?sort=size&min-size=2", vec![0, 1]),
        ("?title=s", vec![0]),
    ] {
        let shown: Value =
            server.get(&format!("/candidates/application{query}")).send().await.expect(200).json();
        let expected: Vec<Hash> = numbers.into_iter().map(|number: usize| applications[number]).collect();
        assert_eq!(hashes(&shown), expected, "{query}");
    }
    server.get("/candidates/?sort=size").send().await.expect_problem(400);
    assert_eq!(list(&server, "?sort=size").await["items"], json!([]));
}
