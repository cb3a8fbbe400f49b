//! What changes in the market, as it happens.

use std::time::Duration;

use capi::domain::Hash;
use serde_json::{Value, json};

use crate::support::market::{MAKER, VOTER};
use crate::support::server::TestServer;

const TIMEOUT: Duration = Duration::from_secs(40);

/// An open feed and what came of it so far.
struct Followed {
    response: reqwest::Response,
    text: String,
}

#[derive(Debug)]
struct Told {
    id: Option<String>,
    event: String,
    data: Value,
}

impl Followed {
    async fn open(server: &TestServer, query: &str) -> Self {
        let response = server.get(&format!("/events{query}")).begin().await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Followed { response, text: String::new() }
    }

    /// The next event that is no head.
    async fn next(&mut self) -> Told {
        loop {
            let told = self.any().await;
            if told.event != "head" {
                return told;
            }
        }
    }

    async fn any(&mut self) -> Told {
        loop {
            if let Some((first, rest)) = self.text.split_once("\n\n") {
                let (first, rest) = (first.to_owned(), rest.to_owned());
                self.text = rest;
                let field = |name: &str| {
                    first.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).map(str::to_owned)
                };
                if let Some(event) = field("event") {
                    let data = serde_json::from_str(&field("data").unwrap()).unwrap();
                    return Told { id: field("id"), event, data };
                }
                continue;
            }
            let chunk = tokio::time::timeout(TIMEOUT, self.response.chunk()).await;
            let chunk = chunk.expect("something is told").unwrap().expect("the feed goes on");
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}

#[tokio::test]
async fn an_event_stream_reports_changes_and_resumes_where_it_stopped() {
    let server = TestServer::start().await;
    let (maker, voter) = (server.market.wallet(MAKER), server.market.wallet(VOTER));
    let mut feed = Followed::open(&server, "").await;
    let listing = Hash::keccak("listing");
    let applied = maker.list(listing).await.unwrap();
    let opened = feed.next().await;
    assert_eq!((opened.event.as_str(), &opened.data["change"]), ("poll", &json!("opened")));
    let told = feed.next().await;
    assert_eq!((told.event.as_str(), &told.data["change"]), ("listing", &json!("applied")));
    assert_eq!(told.data["hash"], json!(listing));
    assert_eq!(told.data["at"]["transaction"], json!(applied.transaction));
    voter.vote(listing, true).await.unwrap();
    for expected in ["poll", "account"] {
        let voted = feed.next().await;
        assert_eq!((voted.event.as_str(), &voted.data["change"]), (expected, &json!("voted")));
    }
    drop(feed);
    let id = opened.id.unwrap();
    let mut again = Followed::open(&server, &format!("?after={id}")).await;
    assert_eq!(again.next().await.data, told.data, "what follows the last one that was seen");
    let mut of_voter = Followed::open(&server, &format!("?after=0-0&hash={}", server.address(VOTER))).await;
    assert_eq!(of_voter.next().await.data["change"], "voted");
    let mut polls = Followed::open(&server, &format!("?after=0-0&kind=poll&hash={listing}")).await;
    assert_eq!(polls.next().await.data["change"], "opened");
    assert_eq!(polls.next().await.data["change"], "voted");
    let bare = listing.to_string().trim_start_matches("0x").to_uppercase();
    let mut polls = Followed::open(&server, &format!("?after=0-0&kind=poll&hash={bare}")).await;
    assert_eq!(polls.next().await.data["change"], "opened");
    for bad in ["?after=x", "?kind=nonsense", "?kind=task", "?hash=", "?hash=zzz", "?hash=0x12"] {
        server.get(&format!("/events{bad}")).send().await.expect_problem(400);
    }
}

#[tokio::test]
async fn a_reorganisation_is_told_before_what_comes_in_its_place() {
    let server = TestServer::start().await;
    let maker = server.market.wallet(MAKER);
    let mut feed = Followed::open(&server, "").await;
    assert_eq!(feed.any().await.event, "head");
    let listing = Hash::keccak("listing");
    let applied = maker.list(listing).await.unwrap();
    assert_eq!(feed.next().await.data["change"], "opened");
    let told = feed.next().await;
    assert_eq!(told.data["change"], "applied");
    assert_eq!(feed.any().await.data["at"]["block"], json!(applied.mined.block));
    server.market.node.reorg(1).await.unwrap();
    let back = feed.next().await;
    assert_eq!(back.event, "rollback");
    assert!(back.data["at"]["block"].as_u64().unwrap() < applied.mined.block, "{back:?}");
    // Somebody else was not there meanwhile.
    let mut again = Followed::open(&server, &format!("?after={}", told.id.unwrap())).await;
    let back = again.next().await;
    assert_eq!(back.event, "rollback");
    assert!(back.data["at"]["block"].as_u64().unwrap() < applied.mined.block, "{back:?}");
}

#[tokio::test]
async fn a_server_stops_in_spite_of_those_who_follow_it() {
    let mut server = TestServer::start().await;
    let mut feed = Followed::open(&server, "").await;
    feed.any().await;
    server.stop().await;
    let end = tokio::time::timeout(TIMEOUT, async { while let Ok(Some(_)) = feed.response.chunk().await {} });
    end.await.expect("the feed ends");
}
