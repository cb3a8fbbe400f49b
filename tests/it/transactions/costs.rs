//! What transactions may cost.

use std::time::Duration;

use capi::domain::{Amount, Hash};
use capi::service::observe::observe;
use serde_json::{Value, json};

use super::{delivery, indebted, open, reaches_the_node, says, settle, shown, waiting};
use crate::support::eventually::{eventually, wait_for};
use crate::support::market::{BUYER, MAKER};
use crate::support::server::TestServer;

const GWEI: u64 = 1_000_000_000;

/// Sets the next block's base fee per unit of gas.
async fn next_base_fee(server: &TestServer, gwei: u64) {
    server.market.rpc("anvil_setNextBlockBaseFeePerGas", json!([format!("{:#x}", gwei * GWEI)])).await;
}

fn max_fee(transaction: &Value) -> u64 {
    let digits = transaction["maxFeePerGas"].as_str().unwrap().trim_start_matches("0x");
    u64::from_str_radix(digits, 16).unwrap()
}

#[tokio::test]
async fn a_transaction_that_blocks_pass_by_pays_more_on_the_same_nonce() {
    let server = TestServer::start_with(|settings| settings.sender.bump_blocks = 2).await;
    indebted(&server).await;
    reaches_the_node(&server).await;
    let before = waiting(&server).await;
    assert_eq!(before.len(), 1);
    let purpose = open(&server, |item| item["state"] == "in_flight").await["purpose"].clone();
    let paid = wait_for("it is replaced and mined", async || {
        next_base_fee(&server, 60).await;
        server.market.node.mine(1).await.unwrap();
        let shown = shown(&server, purpose.as_str().unwrap()).await;
        let history = shown["history"].to_string();
        let (_, end) = history.split_once("succeeded: ")?;
        assert!(history.contains("replaced, at "), "{history}");
        Some(server.market.rpc("eth_getTransactionByHash", json!([end.get(..66)?])).await)
    })
    .await;
    assert_eq!(paid["nonce"], before[0]["nonce"]);
    assert!(max_fee(&paid) * 10 >= max_fee(&before[0]) * 11, "{paid}");
    settle(&server).await;
    assert_eq!(server.completions(delivery()).await, 1);
    assert_eq!(server.market.failed_transactions().await, 0);
}

#[tokio::test]
async fn a_transaction_waits_while_the_price_is_above_the_cap() {
    let server = TestServer::start_with(|settings| {
        settings.sender.max_fee = Amount::from(30 * GWEI);
        settings.sender.bump_blocks = 1;
    })
    .await;
    let published = server.publish("file", b"bytes").await;
    server.market.buy(delivery(), 5).await;
    let token = server.sign_in(BUYER).await;
    server.market.node.set_automine(false).await.unwrap();
    next_base_fee(&server, 50).await;
    server.market.node.mine(1).await.unwrap();
    server.download(&token, delivery(), published.listing).send().await.expect(200);
    open(&server, |item| says(item, "CAPI_MAX_FEE_GWEI")).await;
    for transaction in waiting(&server).await {
        assert!(max_fee(&transaction) <= 30 * GWEI, "{transaction}");
    }
    next_base_fee(&server, 1).await;
    server.market.node.mine(1).await.unwrap();
    server.clock.advance(Duration::from_secs(20));
    settle(&server).await;
    assert_eq!(server.accesses(delivery(), published.listing).await, 1);
    assert_eq!(server.completions(delivery()).await, 1);
}

#[tokio::test]
async fn the_daily_budget_is_never_exceeded_and_sending_continues_the_next_day() {
    let mut server = TestServer::start().await;
    let published = server.publish("file", b"bytes").await;
    server.market.buy(delivery(), 5).await;
    server.stop().await;
    server.settings.sender.max_per_day = Amount::from(1_u64);
    server.resume().await;
    let token = server.sign_in(BUYER).await;
    server.download(&token, delivery(), published.listing).send().await.expect(200);
    open(&server, |item| says(item, "CAPI_MAX_ETH_PER_DAY") && item["state"] == "queued").await;
    eventually("the used-up budget is a reason not to be ready", async || {
        let answer = server.get("/ready").send().await;
        answer.status == 503 && answer.message().contains("CAPI_MAX_ETH_PER_DAY")
    })
    .await;
    assert_eq!(server.accesses(delivery(), published.listing).await, 0);

    server.stop().await;
    server.settings.sender.max_per_day = Amount::from_ether(1);
    server.clock.advance(Duration::from_secs(24 * 60 * 60));
    server.resume().await;
    server.completed(delivery()).await;
    assert_eq!(server.accesses(delivery(), published.listing).await, 1);
}

/// The most that charges may cost is a part of the budget; the rest must not wait behind them.
#[tokio::test]
async fn charges_over_their_part_of_the_budget_keep_no_nonce_from_an_announcement() {
    let mut server = TestServer::start().await;
    let published = server.publish("file", b"bytes").await;
    let deliveries = ["one", "two", "three"].map(Hash::keccak);
    for delivery in deliveries {
        server.market.buy(delivery, 5).await;
    }
    let nonce = server.market.sender().nonce().await.unwrap();
    server.stop().await;
    server.settings.sender.max_per_day = Amount::from(1_u64);
    server.resume().await;
    let token = server.sign_in(BUYER).await;
    for delivery in deliveries {
        server.download(&token, delivery, published.listing).send().await.expect(200);
    }
    let form = server.propose(Hash::keccak("another"), b"other bytes").await;
    let accepted = server.upload(&server.sign_in(MAKER).await, &form).send().await.expect(201);
    open(&server, |item| says(item, "the day's announcements") && item["state"] == "queued").await;

    // All four are due in one pass, the charges first.
    server.stop().await;
    server.settings.sender.max_per_day = Amount::from_ether(10);
    server.settings.sender.reserved_percent = 100;
    server.clock.advance(Duration::from_secs(300));
    server.resume_short_of_something().await;
    server.succeed(&accepted).await;
    open(&server, |item| says(item, "the day's charges may cost 0 ETH")).await;
    assert_eq!(server.market.sender().nonce().await.unwrap(), nonce + 1, "no nonce was skipped and filled");
    eventually("an announcement that fits does not hide that charges do not", async || {
        let ready = server.get("/ready").send().await;
        ready.status == 503 && ready.message().contains("the day's charges")
    })
    .await;

    server.stop().await;
    server.settings.sender.reserved_percent = 25;
    server.resume().await;
    for delivery in deliveries {
        server.completed(delivery).await;
    }
    assert_eq!(server.market.failed_transactions().await, 0);
}

/// A charge that is not mined holds up whatever comes after it, so raising its price is not for the buyer.
#[tokio::test]
async fn a_charge_that_holds_others_up_is_raised_from_what_charges_may_not_use() {
    let mut server = TestServer::start_with(|settings| settings.sender.bump_blocks = 2).await;
    indebted(&server).await;
    reaches_the_node(&server).await;
    server.stop().await;
    server.settings.sender.reserved_percent = 100;
    server.resume().await;
    let purpose = open(&server, |item| item["state"] == "in_flight").await["purpose"].clone();
    eventually("it is replaced", async || {
        next_base_fee(&server, 60).await;
        server.market.node.mine(1).await.unwrap();
        shown(&server, purpose.as_str().unwrap()).await["history"].to_string().contains("replaced, at ")
    })
    .await;
    server.market.node.set_automine(true).await.unwrap();
    server.market.node.mine(1).await.unwrap();
    eventually("the charge is mined", async || {
        shown(&server, purpose.as_str().unwrap()).await["history"].to_string().contains("succeeded: ")
    })
    .await;
}

/// A counter without labels, as the server's page of metrics shows it.
async fn counter(server: &TestServer, name: &str) -> u64 {
    let address = server.here().metrics_address().unwrap();
    let page = reqwest::get(format!("http://{address}/metrics")).await.unwrap().text().await.unwrap();
    let value = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.unwrap_or_else(|| panic!("there is no {name} in\n{page}")).parse().unwrap()
}

/// Servers of other tests may count in the same process, so the figures are lower bounds.
#[tokio::test]
async fn gas_fees_and_earnings_are_counted() {
    let server =
        TestServer::start_with(|settings| settings.server.metrics = Some("127.0.0.1:0".parse().unwrap()))
            .await;
    let published = server.publish("file", &[7; 100_000]).await;
    observe(server.context()).await;
    let before = [
        counter(&server, "capi_gas_used_total").await,
        counter(&server, "capi_fees_gwei_total").await,
        counter(&server, "capi_earned_gwei_total").await,
    ];
    server.purchase(BUYER, delivery(), &published).await;
    // A charge and a completion.
    let least = 2 * 21_000;
    assert!(counter(&server, "capi_gas_used_total").await >= before[0] + least);
    // The least price of the sender is one gwei per unit of gas.
    assert!(counter(&server, "capi_fees_gwei_total").await >= before[1] + least);
    eventually("the earnings are counted", async || {
        observe(server.context()).await;
        counter(&server, "capi_earned_gwei_total").await > before[2]
    })
    .await;
}
