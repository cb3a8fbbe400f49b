//! Filters, alone and together, and the facets of what they leave.

use capi::domain::{Hash, Metadata};
use serde_json::{Value, json};

use super::{hashes, list};
use crate::support::eventually::eventually;
use crate::support::market::{MAKER, STRANGER};
use crate::support::server::TestServer;

/// Title, media type, license, size, tags. An empty text is none, as in rows of 2019.
type File = (&'static str, &'static str, &'static str, Option<u64>, &'static [&'static str]);

const FILES: [File; 5] = [
    ("Rain in Oslo", "text/csv", "CC-BY-4.0", Some(10), &["rain", "oslo"]),
    ("Rainfall, Zürich", "TEXT/CSV; charset=utf-8", "CC-BY-4.0", Some(20), &["rain"]),
    ("Satellite pictures of rain", "image/png", "MIT", Some(30), &["rain", "picture"]),
    ("A drain", "", "", None, &[]),
    ("Prices", "csv", " MIT\n", Some(40), &["oslo"]),
];

async fn plant_all(server: &TestServer) -> Vec<Hash> {
    let mut all = Vec::new();
    for (number, (title, file_type, license, size, tags)) in FILES.into_iter().enumerate() {
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let metadata = Metadata {
            title: text(title),
            file_type: text(file_type),
            license: text(license),
            size,
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            ..Metadata::default()
        };
        all.push(server.plant(metadata, format!("file {number}").as_bytes()).await.listing);
    }
    eventually("all are in the list", async || hashes(&list(server, "").await).len() == all.len()).await;
    all
}

async fn facets(server: &TestServer, query: &str) -> Value {
    server.get(&format!("/listings/facets{query}")).send().await.expect(200).json()
}

fn counts(facet: &Value) -> Vec<(String, u64)> {
    let counted =
        |value: &Value| (value["value"].as_str().unwrap().to_owned(), value["count"].as_u64().unwrap());
    facet.as_array().unwrap().iter().map(counted).collect()
}

#[tokio::test]
async fn filters_select_alone_and_together_in_every_order() {
    let server = TestServer::start().await;
    let files = plant_all(&server).await;
    let (maker, stranger) = (server.address(MAKER), server.address(STRANGER));
    let everything = format!(
        "?owner={maker}&tag=rain&type=text&license=CC-BY-4.0&min-size=15&max-size=20&title=rain&q=z%C3%BCrich"
    );
    let of_stranger = format!("?owner={stranger}&type=text");
    for (query, numbers) in [
        ("?type=text/csv", vec![0, 1]),
        ("?type=Text/CSV;x=y", vec![0, 1]),
        ("?type=text", vec![0, 1]),
        ("?type=csv", vec![4]),
        ("?type=image/jpeg", vec![]),
        ("?type=", vec![]),
        ("?license=MIT", vec![2, 4]),
        ("?license=mit", vec![]),
        ("?min-size=20", vec![1, 2, 4]),
        ("?max-size=20", vec![0, 1]),
        ("?min-size=20&max-size=30&sort=-size", vec![2, 1]),
        ("?min-size=0", vec![0, 1, 2, 4]),
        ("?min-size=18446744073709551615", vec![]),
        ("?title=rain", vec![0, 1, 2]),
        ("?title=RAIN+oslo", vec![0]),
        ("?title=zurich", vec![1]),
        ("?title=%21", vec![]),
        // A word of a tag that is in no title.
        ("?q=picture&title=picture", vec![2]),
        ("?q=oslo&title=prices", vec![4]),
        ("?title=oslo&q=prices", vec![]),
        ("?title=rain&sort=-title", vec![2, 1, 0]),
        ("?type=text&tag=oslo", vec![0]),
        (everything.as_str(), vec![1]),
        (of_stranger.as_str(), vec![]),
    ] {
        let expected: Vec<Hash> = numbers.iter().map(|number: &usize| files[*number]).collect();
        assert_eq!(hashes(&list(&server, query).await), expected, "{query}");
        let page = list(&server, &format!("{query}&limit=1")).await;
        let first: Vec<Hash> = expected.iter().take(1).copied().collect();
        assert_eq!((hashes(&page), &page["total"]), (first, &json!(numbers.len())), "{query}");
        assert_eq!(facets(&server, query).await["total"], numbers.len(), "{query}");
    }
    for refused in ["?min-size=2&max-size=1", "?min-size=-1", "?max-size=x", "?sort=price", "?min-size=1.5"] {
        server.get(&format!("/listings/{refused}")).send().await.expect_problem(400);
        server.get(&format!("/listings/facets{refused}")).send().await.expect_problem(400);
    }
    let feed = server.get("/feed.atom?type=image&min-size=1").send().await.expect(200).text();
    assert!(feed.contains(&files[2].to_string()) && !feed.contains(&files[0].to_string()), "{feed}");
}

#[tokio::test]
async fn facets_count_what_matches_and_follow_the_market() {
    let server = TestServer::start().await;
    let none = json!({ "total": 0, "tags": [], "file_types": [], "licenses": [] });
    assert_eq!(facets(&server, "").await, none);
    let files = plant_all(&server).await;
    let all = facets(&server, "").await;
    let pairs = |pairs: &[(&str, u64)]| -> Vec<(String, u64)> {
        pairs.iter().map(|(value, count)| ((*value).to_owned(), *count)).collect()
    };
    assert_eq!(all["total"], 5);
    assert_eq!(counts(&all["tags"]), pairs(&[("rain", 3), ("oslo", 2), ("picture", 1)]));
    assert_eq!(counts(&all["file_types"]), pairs(&[("text/csv", 2), ("csv", 1), ("image/png", 1)]));
    assert_eq!(counts(&all["licenses"]), pairs(&[("CC-BY-4.0", 2), ("MIT", 2)]));
    let of_rain = facets(&server, "?tag=rain&q=pictures").await;
    assert_eq!(of_rain["total"], 1);
    assert_eq!(counts(&of_rain["tags"]), pairs(&[("picture", 1), ("rain", 1)]));
    assert_eq!(facets(&server, "?license=none").await, none);
    // What says how to show a list says nothing about facets.
    assert_eq!(facets(&server, "?sort=-size&limit=1").await, all);

    let first = server.get("/listings/facets").send().await.expect(200);
    let etag = first.header("etag").unwrap();
    server.get("/listings/facets").header("if-none-match", etag).send().await.expect(304);
    server.remove(files[2]).await;
    eventually("the facets change", async || {
        let now = facets(&server, "").await;
        now["total"] == 4 && counts(&now["tags"]) == pairs(&[("oslo", 2), ("rain", 2)])
    })
    .await;
    server.get("/listings/facets").header("if-none-match", etag).send().await.expect(200);
}
