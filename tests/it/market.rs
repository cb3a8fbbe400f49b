//! The market as a whole.

use capi::chain::wallet::{Allowance, Asset};
use capi::client::Api;
use capi::domain::Hash;
use serde_json::{Value, json};

use crate::support::eventually::wait_for;
use crate::support::gate::Gate;
use crate::support::market::{BACKEND, BACKEND_URL, BUYER, DEPLOYER, MAKER, Market, STRANGER, milli};
use crate::support::server::{DNS_NAME, TestServer};

#[tokio::test]
async fn the_market_is_shown_as_the_contracts_have_it() {
    let server = TestServer::start().await;
    let wallet = server.market.wallet(DEPLOYER);
    let parameters = wallet.parameters().await.unwrap();
    let market = server.get("/market").send().await.expect(200).json();
    let shown = &market["parameters"];
    for (name, value) in [
        ("stake", json!(parameters.stake)),
        ("price_floor", json!(parameters.price_floor)),
        ("spread", json!(parameters.spread)),
        ("list_reward", json!(parameters.list_reward)),
        ("plurality", json!(parameters.plurality)),
        ("vote_by", json!(parameters.vote_by)),
        ("backend_payment", json!(parameters.backend_payment)),
        ("maker_payment", json!(parameters.maker_payment)),
        ("reserve_payment", json!(50)),
        ("cost_per_byte", json!(parameters.cost_per_byte)),
    ] {
        assert_eq!(shown[name], value, "{name}");
    }
    assert_eq!(market["chain_id"], 31337);
    assert_eq!(market["contracts"], json!(server.market.settings.contracts));
    assert_eq!(market["supply"], json!(milli(4000)));
    assert_eq!(market["support_price"], json!(wallet.support_price().await.unwrap()));
    let megabyte = parameters.cost_per_byte.saturating_mul(1_000_000_u64.into());
    assert_eq!(market["price_per_megabyte"], json!(megabyte));
    let backend = json!({ "address": server.address(BACKEND), "url": BACKEND_URL, "is_this_server": true });
    assert_eq!(market["backend"], backend);
    assert_eq!(
        (&market["server"]["dns_name"], &market["server"]["sign_in"]),
        (&json!(DNS_NAME), &json!(["siwe"]))
    );
    let head = server.market.reader().head().await.unwrap();
    assert_eq!(
        (&market["head"]["number"], &market["head"]["hash"]),
        (&json!(head.number), &json!(head.hash))
    );
    assert_eq!(market["at"], json!({ "number": head.number, "hash": head.hash }));
}

#[tokio::test]
async fn support_shows_in_the_figures_and_files_in_the_counts() {
    let server = TestServer::start().await;
    let supporter = server.market.wallet(STRANGER);
    let api = Api::open(server.url().parse().unwrap(), server.clock.clone()).unwrap();
    supporter.deposit(milli(20)).await.unwrap();
    supporter.approve(Allowance::CetToReserve, milli(20)).await.unwrap();
    supporter.support(milli(20)).await.unwrap();
    let minted = supporter.balance(Asset::Cmt, supporter.address()).await.unwrap();
    let market = wait_for("the support shows", async || {
        api.market().await.ok().filter(|market| !market.reserve.is_zero())
    })
    .await;
    assert_eq!(market.reserve, milli(20));
    assert_eq!(market.supply, milli(4000).saturating_add(minted));
    assert_eq!(market.support_price, supporter.support_price().await.unwrap());
    assert_eq!((market.counts.listings, market.counts.candidates), (0, 0));
    server.publish("a file", b"bytes").await;
    let candidate = Hash::keccak("open");
    supporter.list(candidate).await.unwrap();
    wait_for("the counts follow", async || {
        let counts = api.market().await.ok()?.counts;
        (counts.listings == 1 && counts.candidates == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_last_figures_are_served_while_the_node_is_gone() {
    let market = Market::start().await;
    let gate = Gate::before(market.node.url());
    let server = TestServer::start_on(market, |settings| settings.chain.urls = vec![gate.url()]).await;
    let before = server.get("/market").send().await.expect(200).json();
    gate.shut();
    let after = server.get("/market").send().await.expect(200).json();
    for name in ["parameters", "supply", "at", "contracts", "counts"] {
        assert_eq!(before[name], after[name], "{name}");
    }
}

#[tokio::test]
async fn a_market_without_a_backend_has_none_to_show() {
    let server = TestServer::start_on(Market::deploy().await, |_| {}).await;
    let market = server.get("/market").send().await.expect(200).json();
    assert_eq!(market["backend"], json!({ "address": null, "url": null, "is_this_server": false }));
}

#[tokio::test]
async fn figures_over_time_end_with_those_of_now() {
    let server = TestServer::start().await;
    let supporter = server.market.wallet(STRANGER);
    supporter.deposit(milli(20)).await.unwrap();
    supporter.approve(Allowance::CetToReserve, milli(20)).await.unwrap();
    supporter.support(milli(20)).await.unwrap();
    let published = server.publish("a file", &[7; 3000]).await;
    server.purchase(BUYER, Hash::keccak("delivery"), &published).await;
    server.market.wallet(MAKER).claim_access_reward(published.listing).await.unwrap();
    let wallet = server.market.wallet(DEPLOYER);
    let series = async |of: &str, by: &str| {
        server.get(&format!("/market/series?of={of}&by={by}")).send().await.expect(200).json()
    };
    let recent = wait_for("the sale shows", async || {
        let market = server.get("/market").send().await.json();
        Some(market["recent"].clone()).filter(|recent| recent["buyers"] == 1)
    })
    .await;
    assert_eq!(recent, json!({ "days": 30, "bytes": 3000, "buyers": 1 }));
    wait_for("the claim shows", async || {
        let points = series("earnings", "day").await;
        let maker: u64 = sum(&points, "maker");
        (maker > 0).then_some(())
    })
    .await;
    let cost = wallet.cost_per_byte().await.unwrap().as_u64_saturating() * 3000;
    for by in ["hour", "day", "week"] {
        let earnings = series("earnings", by).await;
        let shares = ["maker", "backend", "reserve"].map(|name| sum(&earnings, name));
        assert_eq!(shares, [cost / 4, cost / 4, cost / 2], "{by}");
        assert_eq!(
            (sum(&series("bytes", by).await, "value"), sum(&series("buyers", by).await, "value")),
            (3000, 1)
        );
    }
    let market = server.get("/market").send().await.expect(200).json();
    for (of, now) in [
        ("supply", &market["supply"]),
        ("reserve", &market["reserve"]),
        ("price", &market["support_price"]),
        ("listings", &market["counts"]["listings"]),
    ] {
        let shown = series(of, "hour").await;
        assert_eq!(&shown["points"].as_array().unwrap().last().unwrap()["value"], now, "{of}");
    }
    for late in [u64::MAX, u64::MAX - 3600] {
        let shown =
            server.get(&format!("/market/series?of=bytes&by=hour&to={late}")).send().await.expect(200).json();
        assert_eq!(sum(&shown, "value"), 3000, "{late}");
    }
    for bad in [
        "",
        "of=price",
        "of=gold&by=day",
        "of=price&by=year",
        "of=price&by=hour&from=0",
        "of=price&by=day&from=9&to=x",
        "of=price&by=day&from=9&to=18446744073709551616",
    ] {
        server.get(&format!("/market/series?{bad}")).send().await.expect_problem(400);
    }
}

fn sum(series: &Value, name: &str) -> u64 {
    series["points"].as_array().unwrap().iter().map(|point| point[name].as_u64().unwrap()).sum()
}
