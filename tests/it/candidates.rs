//! What is voted on.

use capi::domain::{Hash, Kind};
use serde_json::{Value, json};

use crate::support::eventually::{eventually, wait_for};
use crate::support::market::{BACKEND, MAKER, STRANGER, VOTER};
use crate::support::server::TestServer;

async fn list(server: &TestServer, path: &str) -> Value {
    server.get(&format!("/candidates/{path}")).send().await.expect(200).json()
}

#[tokio::test]
async fn every_kind_has_its_list_and_one_list_has_all() {
    let server = TestServer::start().await;
    let market = &server.market;
    let (maker, voter) = (market.wallet(MAKER), market.wallet(VOTER));
    let challenged = server.publish("challenged", b"bytes").await.listing;
    let application = Hash::keccak("application");
    maker.list(application).await.unwrap();
    voter.challenge(challenged).await.unwrap();
    let value = 2_000_000_000_000_000_u64.into();
    voter.reparameterize(1, value).await.unwrap();
    let reparam = voter.reparam_hash(1, value).await.unwrap();
    let url = "http://another.example";
    voter.register(url).await.unwrap();
    let registration = Hash::keccak(url);
    let all = [application, challenged, reparam, registration];
    eventually("all are known", async || list(&server, "").await["items"] == json!(all)).await;
    for (kind, hash) in [("challenge", challenged), ("reparam", reparam), ("registration", registration)] {
        let shown = list(&server, kind).await;
        assert_eq!((&shown["items"], &shown["from_block"]), (&json!([hash]), &json!(0)), "{kind}");
        assert!(shown["to_block"].as_u64().unwrap() > 0);
        assert_eq!(list(&server, &format!("{kind}/")).await, shown);
        let of = |owner| format!("{kind}?owner={}", server.address(owner));
        assert_eq!(list(&server, &of(VOTER)).await["items"], json!([hash]));
        let others = list(&server, &of(STRANGER)).await;
        assert_eq!((&others["items"], &others["to_block"]), (&json!([]), &shown["to_block"]));
        let block = shown["to_block"].as_u64().unwrap();
        let exact = list(&server, &format!("{kind}?from-block={block}&to-block={block}")).await;
        assert_eq!(exact["items"], json!([hash]));
        let after = list(&server, &format!("{kind}?from-block={}", block + 1)).await;
        assert_eq!((&after["items"], &after["to_block"]), (&json!([]), &json!(0)));
    }
    let shown = list(&server, &format!("reparam/{reparam}")).await;
    let parameter = json!({
        "number": 1, "name": "stake", "value": value, "current": voter.stake().await.unwrap(),
    });
    assert_eq!((&shown["parameter"], &shown["kind"]), (&parameter, &json!("reparam")));
    let shown = list(&server, &format!("registration/{registration}")).await;
    assert_eq!((&shown["url"], &shown["owner"]), (&json!(url), &json!(server.address(VOTER))));
    let shown = list(&server, &format!("challenge/{challenged}")).await;
    assert_eq!((&shown["listing"]["title"], &shown["hash"]), (&json!("A title"), &json!(challenged)));
    for other in [format!("reparam/{challenged}"), format!("registration/{reparam}")] {
        server.get(&format!("/candidates/{other}")).send().await.expect_problem(404);
    }
    // An application whose metadata this server does not hold is a candidate, and nothing to show.
    assert_eq!(list(&server, "application").await["items"], json!([]));
    server.get(&format!("/candidates/application/{application}")).send().await.expect_problem(404);
    for unknown in ["nonsense", "Application", "5"] {
        server.get(&format!("/candidates/{unknown}")).send().await.expect_problem(404);
    }

    market.close_polls().await;
    voter.resolve_reparam(reparam).await.unwrap();
    voter.resolve_registration(registration).await.unwrap();
    let open = [application, challenged];
    eventually("the resolved ones are gone", async || list(&server, "").await["items"] == json!(open)).await;
}

#[tokio::test]
async fn an_application_is_shown_with_its_votes() {
    let server = TestServer::start().await;
    let market = &server.market;
    let listing = server.apply(Hash::keccak("file"), b"bytes").await.listing;
    let path = format!("application/{listing}");
    let stake = market.wallet(MAKER).stake().await.unwrap().as_u64_saturating();
    let candidate = market.wallet(MAKER).candidate(listing).await.unwrap().unwrap();
    assert_eq!(candidate.kind, Kind::Application);
    let shown = list(&server, &path).await;
    for (name, value) in [
        ("kind", json!(1)),
        ("stake", json!(stake)),
        ("vote_by", json!(candidate.vote_by)),
        ("yea", json!(0)),
        ("nay", json!(0)),
        ("owner", json!(server.address(MAKER))),
        ("title", json!("A title")),
        ("supply", Value::Null),
        ("listing_hash", json!(listing)),
    ] {
        assert_eq!(shown[name], value, "{name}");
    }
    market.wallet(VOTER).vote(listing, true).await.unwrap();
    market.wallet(BACKEND).vote(listing, false).await.unwrap();
    let tally = wait_for("the votes are counted", async || {
        let shown = list(&server, &path).await;
        (shown["nay"] != 0).then_some(shown)
    })
    .await;
    assert_eq!((&tally["yea"], &tally["nay"]), (&json!(1), &json!(1)));

    let applications = list(&server, "application").await;
    assert_eq!(applications["items"][0]["listing_hash"], json!(listing));
    assert_eq!(applications["items"][0]["supply"], Value::Null);
    let limited = list(&server, "application/?limit=1").await;
    assert_eq!((&limited["total"], &limited["next"]), (&json!(1), &Value::Null));

    market.close_polls().await;
    market.wallet(MAKER).resolve_application(listing).await.unwrap();
    server.listing_status(listing, 200).await;
    server.get(&format!("/candidates/{path}")).send().await.expect_problem(404);
    assert_eq!(list(&server, "application").await["items"], json!([]));
}

#[tokio::test]
async fn a_poll_says_how_it_stands_and_what_can_be_done_with_it() {
    let server = TestServer::start().await;
    let (market, voter) = (&server.market, server.market.wallet(VOTER));
    // Within the bounds: the time of a poll has to be a day at least.
    let (good, bad) = (86_400_u64.into(), 86_399_u64.into());
    let mut polls = Vec::new();
    for value in [good, bad] {
        voter.reparameterize(7, value).await.unwrap();
        polls.push(voter.reparam_hash(7, value).await.unwrap());
    }
    let path = |hash: Hash| format!("reparam/{hash}");
    let poll = |hash: Hash, wanted: fn(&Value) -> bool| {
        let (server, path) = (&server, path(hash));
        async move {
            wait_for("the poll is as expected", async || {
                let reply = server.get(&format!("/candidates/{path}")).send().await;
                Some(reply.json()).filter(|shown| reply.status == 200 && wanted(shown))
            })
            .await
        }
    };
    let fresh = poll(polls[0], |_| true).await;
    for (name, value) in [
        ("yea", json!(0)),
        ("voters", json!(0)),
        ("plurality", json!(50)),
        ("passing", json!(false)),
        ("closed", json!(false)),
        ("resolvable", json!(false)),
        ("stake", json!(voter.stake().await.unwrap())),
    ] {
        assert_eq!(fresh[name], value, "{name}");
    }
    for hash in &polls {
        voter.vote(*hash, true).await.unwrap();
        voter.vote(*hash, true).await.unwrap();
        market.wallet(BACKEND).vote(*hash, false).await.unwrap();
    }
    // The tally comes from the contract and the voters from the index, which follows a moment later.
    let voted = poll(polls[1], |shown| shown["nay"] == 1 && shown["voters"] == 2).await;
    assert_eq!((&voted["yea"], &voted["passing"]), (&json!(2), &json!(true)));
    let votes =
        server.get(&format!("/candidates/{}/votes?limit=2", path(polls[1]))).send().await.expect(200).json();
    assert_eq!(
        (&votes["total"], &votes["items"][0]["account"]),
        (&json!(3), &json!(market.wallet(BACKEND).address()))
    );
    assert!(votes["next"].is_string() && votes["items"][1]["at"]["time"].is_u64(), "{votes}");
    server.get(&format!("/candidates/challenge/{}/votes", polls[1])).send().await.expect_problem(404);
    market.close_polls().await;
    let closed = poll(polls[0], |shown| shown["closed"] == true).await;
    assert_eq!(closed["resolvable"], true);
    let stuck = poll(polls[1], |shown| shown["closed"] == true).await;
    assert_eq!(stuck["resolvable"], false, "the contract would not take the value");
    voter.resolve_reparam(polls[1]).await.unwrap_err();
    voter.resolve_reparam(polls[0]).await.unwrap();
    eventually("it is resolved", async || {
        server.get(&format!("/candidates/{}", path(polls[0]))).send().await.status == 404
    })
    .await;
    let kept = server.get(&format!("/candidates/{}/votes", path(polls[0]))).send().await.expect(200).json();
    assert_eq!(kept["total"], 3, "the votes of a poll that is over can still be read");
}

#[tokio::test]
async fn resolved_polls_tell_what_they_changed() {
    let server = TestServer::start().await;
    let (market, voter) = (&server.market, server.market.wallet(VOTER));
    let url = "http://another.example";
    let registration = Hash::keccak(url);
    voter.register(url).await.unwrap();
    let mut ends = Vec::new();
    // The second one gets no votes, and the third one follows the first.
    for (value, votes) in [(60_u64, 1), (70, 0), (65, 2)] {
        voter.reparameterize(6, value.into()).await.unwrap();
        let hash = voter.reparam_hash(6, value.into()).await.unwrap();
        for _ in 0..votes {
            voter.vote(hash, true).await.unwrap();
        }
        market.close_polls().await;
        ends.push((hash, voter.resolve_reparam(hash).await.unwrap()));
    }
    voter.resolve_registration(registration).await.unwrap();
    let resolved = async |query: &str| list(&server, &format!("resolved?{query}")).await;
    let found = async |query: &str, hash: Hash| {
        let shown = resolved(query).await;
        shown["items"].as_array().unwrap().iter().find(|poll| poll["hash"] == json!(hash)).cloned()
    };
    let registered =
        wait_for("the registration is over", async || found("kind=registration", registration).await).await;
    assert_eq!((&registered["outcome"], &registered["url"]), (&json!("failed"), &json!(url)));
    assert_eq!((&registered["owner"], &registered["parameter"]), (&json!(voter.address()), &Value::Null));

    let all = resolved("kind=reparam").await;
    assert_eq!((&all["total"], &all["next"]), (&json!(3), &Value::Null));
    let expected = [(65, 60, "passed", 2, 1), (70, 60, "failed", 0, 0), (60, 50, "passed", 1, 1)];
    for ((poll, (hash, end)), (value, previous, outcome, votes, voters)) in
        all["items"].as_array().unwrap().iter().zip(ends.iter().rev()).zip(expected)
    {
        let parameter = json!({ "number": 6, "name": "plurality", "value": value, "previous": previous });
        assert_eq!((&poll["hash"], &poll["parameter"]), (&json!(hash), &parameter));
        assert_eq!((&poll["outcome"], &poll["kind"]), (&json!(outcome), &json!("reparam")));
        assert_eq!((&poll["votes"], &poll["voters"]), (&json!(votes), &json!(voters)));
        let at = json!({ "block": end.mined.block, "transaction": end.transaction, "time": poll["resolved"]["time"] });
        assert_eq!(poll["resolved"], at);
        assert!(poll["resolved"]["time"].as_u64() > poll["added"]["time"].as_u64(), "{poll}");
    }

    // Pages follow each other without a gap, and kinds can be combined.
    let first = resolved("kind=reparam&limit=2").await;
    assert_eq!(first["items"].as_array().unwrap()[..], all["items"].as_array().unwrap()[..2]);
    let next = first["next"].as_str().unwrap();
    let second = resolved(&format!("kind=reparam&limit=2&cursor={next}")).await;
    assert_eq!(second["items"].as_array().unwrap()[..], all["items"].as_array().unwrap()[2..]);
    assert_eq!((&second["total"], &second["next"]), (&json!(3), &Value::Null));
    let total = async |query: &str| resolved(query).await["total"].as_u64().unwrap();
    assert_eq!(total("kind=reparam,registration").await, 3 + total("kind=registration").await);
    assert_eq!(total("kind=application,challenge").await, 0);
    for wrong in ["kind=poll", "cursor=first", "limit=0"] {
        server.get(&format!("/candidates/resolved?{wrong}")).send().await.expect_problem(400);
    }

    // What is open again is not over, and its past stays.
    voter.reparameterize(6, 70_u64.into()).await.unwrap();
    eventually("it is open", async || list(&server, "reparam").await["items"] == json!([ends[1].0])).await;
    assert_eq!(total("kind=reparam").await, 3);
}

#[tokio::test]
async fn a_challenge_of_a_listing_that_was_removed_before_is_shown() {
    let server = TestServer::start().await;
    let listing = server.publish("file", b"first").await.listing;
    server.remove(listing).await;
    server.publish("file", b"second").await;
    server.market.wallet(VOTER).challenge(listing).await.unwrap();
    eventually("the challenge is open", async || {
        list(&server, "challenge").await["items"] == json!([listing])
    })
    .await;
    server.listing_status(listing, 200).await;
    // The application under the same hash is over: a challenge is none.
    server.get(&format!("/candidates/application/{listing}")).send().await.expect_problem(404);
    assert_eq!(list(&server, "application").await["items"], json!([]));
}
