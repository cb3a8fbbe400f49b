//! What an account holds and did in the market.

use capi::chain::wallet::Allowance;
use capi::domain::{Address, Hash};
use futures_util::future::{join, join_all};
use serde_json::{Value, json};

use crate::support::eventually::wait_for;
use crate::support::market::{BUYER, MAKER, STRANGER, VOTER, milli};
use crate::support::server::TestServer;
use crate::support::steps::delivery_path;

async fn show(server: &TestServer, account: usize, list: &str) -> Value {
    let path = format!("/accounts/{}{list}", server.address(account));
    server.get(&path).send().await.expect(200).json()
}

/// Waits until the response satisfies `wanted`.
async fn shown(server: &TestServer, account: usize, list: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    wait_for("the account is as expected", async || {
        let shown = show(server, account, list).await;
        wanted(&shown).then_some(shown)
    })
    .await
}

#[tokio::test]
async fn account_balances_match_the_contracts() {
    let server = TestServer::start().await;
    let stranger = server.market.wallet(STRANGER);
    let nothing = show(&server, STRANGER, "").await;
    assert_eq!(nothing["balances"]["cet"], 0);
    assert_eq!((&nothing["stakes"], &nothing["unclaimed"]), (&json!([]), &json!([])));
    assert_eq!(nothing["counts"], json!({ "listings": 0, "votes": 0, "deliveries": 0 }));
    stranger.deposit(milli(30)).await.unwrap();
    stranger.approve(Allowance::CetToReserve, milli(20)).await.unwrap();
    stranger.support(milli(20)).await.unwrap();
    stranger.approve(Allowance::CetToDatatrust, milli(7)).await.unwrap();
    stranger.approve(Allowance::CmtToVoting, milli(5)).await.unwrap();
    let shown = shown(&server, STRANGER, "", |shown| shown["allowances"]["cmt"]["voting"] != 0).await;
    assert_eq!(shown["address"], json!(server.address(STRANGER)));
    assert_eq!(shown["balances"]["cet"], json!(milli(10)));
    assert_ne!(shown["balances"]["cmt"], 0);
    assert_ne!(shown["withdrawal_proceeds"], 0);
    let allowances = json!({
        "cet": { "reserve": 0, "datatrust": milli(7) },
        "cmt": { "voting": milli(5), "reserve": 0 },
    });
    assert_eq!(shown["allowances"], allowances);
    let head = server.market.reader().head().await.unwrap();
    assert_eq!(shown["at"], json!({ "number": head.number, "hash": head.hash }));
    server.get("/accounts/0x12").send().await.expect_problem(400);
    server.get("/accounts/nobody/votes").send().await.expect_problem(400);
}

#[tokio::test]
async fn whoever_asks_for_the_figures_of_many_accounts_delays_nothing_else() {
    let server = TestServer::start_with(|settings| settings.chain.call_rates.figures = 1).await;
    let file = server.publish("file", b"some bytes").await;
    let delivery = Hash::keccak("figures");
    server.market.buy(delivery, 10).await;
    let buyer = server.sign_in(BUYER).await;
    // 32 calls at once, and then one a second: more than three accounts' figures take longer than callers wait.
    let asking = join_all((1..=40).map(|number| {
        let account = Address::parse(&format!("{number:040x}")).unwrap();
        server.get(&format!("/accounts/{account}")).send()
    }));
    let downloading = async {
        server.get(&delivery_path(delivery, file.listing)).token(&buyer).send().await.expect(200);
        server.get("/market").send().await.expect(200);
    };
    let (answers, ()) = join(asking, downloading).await;
    let refused = answers.iter().filter(|answer| answer.status == 503).count();
    assert!(refused > 30 && refused < answers.len(), "{refused} of {}", answers.len());
}

#[tokio::test]
async fn a_vote_is_followed_until_its_stake_is_taken_back() {
    let server = TestServer::start().await;
    let (market, voter) = (&server.market, server.market.wallet(VOTER));
    let stake = voter.stake().await.unwrap();
    // The voter voted for the backend's registration before.
    let before = shown(&server, VOTER, "/votes", |votes| votes["total"] == 1).await;
    assert_eq!(before["items"][0]["kind"], "registration");
    assert_eq!(before["items"][0]["outcome"], "passed");
    let listing = Hash::keccak("voted on");
    market.wallet(MAKER).list(listing).await.unwrap();
    let voted = voter.vote(listing, true).await.unwrap();
    let votes = shown(&server, VOTER, "/votes", |votes| votes["total"] == 2).await;
    let vote = &votes["items"][0];
    assert_eq!((&vote["hash"], &vote["kind"]), (&json!(listing), &json!("application")));
    assert_eq!(
        (&vote["at"]["transaction"], &vote["at"]["block"]),
        (&json!(voted.transaction), &json!(voted.mined.block))
    );
    let block = market.reader().blocks(voted.mined.block, voted.mined.block).await.unwrap();
    assert_eq!(vote["at"]["time"], json!(block[0].timestamp));
    assert_eq!(vote["stake"], json!(stake));
    assert_eq!(
        (&vote["resolved"], &vote["released"], &vote["outcome"]),
        (&json!(false), &json!(false), &Value::Null)
    );
    let account = show(&server, VOTER, "").await;
    let held = json!({ "hash": listing, "kind": "application", "amount": stake, "releasable": false });
    assert_eq!(account["stakes"][0], held);

    // Without a file it fails.
    market.close_polls().await;
    market.wallet(MAKER).resolve_application(listing).await.unwrap();
    let votes = shown(&server, VOTER, "/votes", |votes| votes["items"][0]["resolved"] == true).await;
    assert_eq!(votes["items"][0]["outcome"], "failed");
    assert_eq!(votes["items"][0]["released"], false);
    assert_eq!(show(&server, VOTER, "").await["stakes"][0]["releasable"], true);
    voter.unstake(listing).await.unwrap();
    shown(&server, VOTER, "/votes", |votes| votes["items"][0]["released"] == true).await;
    let stakes = show(&server, VOTER, "").await["stakes"].clone();
    assert!(stakes.as_array().unwrap().iter().all(|stake| stake["hash"] != json!(listing)), "{stakes}");
}

#[tokio::test]
async fn a_failed_challenge_leaves_its_stake_to_the_owner_of_the_listing() {
    let server = TestServer::start().await;
    let (market, voter) = (&server.market, server.market.wallet(VOTER));
    let listing = server.publish("file", b"bytes").await.listing;
    voter.challenge(listing).await.unwrap();
    let challenged = shown(&server, VOTER, "", |shown| shown["stakes"][0]["kind"] == "challenge").await;
    assert_eq!(challenged["stakes"][0]["hash"], json!(listing));
    market.close_polls().await;
    voter.resolve_challenge(listing).await.unwrap();
    let owner = shown(&server, MAKER, "", |shown| shown["stakes"][0]["hash"] == json!(listing)).await;
    assert_eq!(owner["stakes"][0]["releasable"], true);
}

#[tokio::test]
async fn deliveries_say_what_was_bought_and_earnings_what_is_to_be_claimed() {
    let server = TestServer::start().await;
    let published = server.publish("file", &[7; 1000]).await;
    let delivery = Hash::keccak("delivery");
    server.purchase(BUYER, delivery, &published).await;
    let bought = shown(&server, BUYER, "/deliveries", |shown| shown["total"] == 1).await;
    let shown_delivery = &bought["items"][0];
    assert_eq!(shown_delivery["delivery_hash"], json!(delivery));
    assert_eq!((&shown_delivery["life"], &shown_delivery["status"]), (&json!(0), &json!("completed")));
    assert_eq!(shown_delivery["bytes_delivered"], 1000);
    assert_ne!(shown_delivery["completed"]["transaction"], Value::Null);
    let access = &shown_delivery["accesses"][0];
    assert_eq!((&access["listing_hash"], &access["size"]), (&json!(published.listing), &json!(1000)));
    assert_eq!((&access["title"], &access["fetchable"]), (&json!("A title"), &json!(true)));

    let parameters = server.market.wallet(MAKER).parameters().await.unwrap();
    let fee = parameters.cost_per_byte.saturating_mul(1000_u64.into()).percent(parameters.maker_payment);
    let maker = show(&server, MAKER, "").await;
    assert_eq!(maker["unclaimed"], json!([{ "listing_hash": published.listing, "amount": fee }]));
    let listings = show(&server, MAKER, "/listings").await;
    let item = &listings["items"][0];
    assert_eq!(
        (&item["title"], &item["status"], &item["unclaimed"]),
        (&json!("A title"), &json!("listed"), &json!(fee))
    );
    assert_eq!(item["supply"], json!(parameters.list_reward));

    server.remove(published.listing).await;
    let listings = shown(&server, MAKER, "/listings", |shown| shown["items"][0]["status"] == "removed").await;
    assert_eq!(listings["items"][0]["unclaimed"], 0);
    let again = show(&server, BUYER, "/deliveries").await;
    assert_eq!(again["items"][0]["accesses"][0]["fetchable"], true, "what was bought stays the buyer's");
}

#[tokio::test]
async fn lists_come_in_pages_the_newest_first() {
    let server = TestServer::start().await;
    let maker = server.market.wallet(MAKER);
    let hashes: Vec<Hash> = (0..5).map(|number| Hash::keccak(format!("{number}"))).collect();
    for hash in &hashes {
        maker.list(*hash).await.unwrap();
    }
    shown(&server, MAKER, "/listings", |shown| shown["total"] == 5).await;
    let (mut seen, mut query) = (Vec::new(), "?limit=2".to_owned());
    loop {
        let page = show(&server, MAKER, &format!("/listings{query}")).await;
        assert_eq!(page["total"], 5);
        let items = page["items"].as_array().unwrap();
        seen.extend(items.iter().map(|item| item["listing_hash"].as_str().unwrap().to_owned()));
        assert!(items.iter().all(|item| item["status"] == "candidate"));
        let Some(next) = page["next"].as_str() else { break };
        query = format!("?limit=2&cursor={next}");
    }
    let expected: Vec<String> = hashes.iter().rev().map(Hash::to_string).collect();
    assert_eq!(seen, expected);
    for query in ["limit=0", "limit=1001", "cursor=x"] {
        let path = format!("/accounts/{}/votes?{query}", server.address(MAKER));
        server.get(&path).send().await.expect_problem(400);
    }
}
