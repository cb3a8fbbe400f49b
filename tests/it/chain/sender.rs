//! The backend account's transactions on a real node.

use std::time::Duration;

use capi::chain::wallet::Asset;
use capi::chain::{Account, ChainError, Fees, Mined, Sender, Sent, Signed};
use capi::domain::{Amount, Call, Hash};
use serde_json::{Value, json};

use crate::support::fake_node::{FakeNode, block, error, settings};
use crate::support::market::{BACKEND, BUYER, MAKER, Market, open_market};

fn announce() -> Call {
    Call::SetDataHash { listing: Hash::keccak("listing"), data: Hash::keccak("data") }
}

/// The same with a tenth more, as a replacement has to offer.
fn raised(fees: Fees) -> Fees {
    let raise = |fee: Amount| Amount::from(fee.as_u64_saturating() + fee.as_u64_saturating().div_ceil(10));
    match fees {
        Fees::Dynamic { max, priority } => Fees::Dynamic { max: raise(max), priority: raise(priority) },
        Fees::Legacy { price } => Fees::Legacy { price: raise(price) },
    }
}

async fn sign(sender: &dyn Sender, call: &Call, nonce: u64, fees: Fees) -> Signed {
    let gas = sender.gas(call).await.unwrap();
    sender.sign(call, nonce, fees, gas).await.unwrap()
}

/// Even a node that mines at once answers the sender first.
async fn mined(sender: &dyn Sender, transaction: Hash) -> Mined {
    for _ in 0..500 {
        if let Some(mined) = sender.mined(transaction).await.unwrap() {
            return mined;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{transaction} is not mined");
}

#[tokio::test]
async fn each_call_is_signed_sent_and_mined() {
    let market = Market::start().await;
    let (sender, reader) = (market.sender(), market.reader());
    assert_eq!(sender.account(), market.wallet(BACKEND).address());
    let (listing, delivery) = (Hash::keccak("listing"), Hash::keccak("delivery"));
    market.wallet(MAKER).list(listing).await.unwrap();
    market.buy(delivery, 100).await;

    let account = sender.account();
    for call in [
        announce(),
        Call::ListingAccessed { listing, delivery, amount: 100_u64.into() },
        Call::Delivered { delivery, url: Hash::keccak("url") },
        Call::Nothing { account },
    ] {
        let nonce = sender.nonce().await.unwrap();
        let signed = sign(&*sender, &call, nonce, sender.fees().await.unwrap()).await;
        assert_eq!(sender.mined(signed.hash).await.unwrap(), None);
        assert_eq!(sender.send(&signed.raw).await.unwrap(), Sent::Accepted);
        let mined = mined(&*sender, signed.hash).await;
        assert!(mined.succeeded, "{call:?}");
        assert_eq!(mined.block_hash, reader.head().await.unwrap().hash);
        assert_eq!(sender.nonce().await.unwrap(), nonce + 1);
    }
    let head = reader.head().await.unwrap().hash;
    assert_eq!(reader.data_hash(head, listing).await.unwrap(), Hash::keccak("data"));
    let funds = market.wallet(BUYER).balance(Asset::Eth, account).await.unwrap();
    assert_eq!(sender.funds().await.unwrap(), funds);
}

#[tokio::test]
async fn the_state_of_a_block_is_asked_for_by_its_hash() {
    let market = Market::start().await;
    let (sender, reader) = (market.sender(), market.reader());
    let (listing, delivery) = (Hash::keccak("listing"), Hash::keccak("delivery"));
    let charge = Call::ListingAccessed { listing, delivery, amount: 100_u64.into() };
    let before = reader.head().await.unwrap().hash;
    let nonce = sender.nonce_at(before).await.unwrap();
    market.wallet(MAKER).list(listing).await.unwrap();
    market.buy(delivery, 100).await;
    market.wallet(BACKEND).set_data_hash(listing, Hash::keccak("data")).await.unwrap();
    let after = reader.head().await.unwrap().hash;

    assert_eq!(sender.nonce_at(before).await.unwrap(), nonce);
    assert_eq!(sender.nonce_at(after).await.unwrap(), nonce + 1);
    assert!(sender.refusal(before, &charge).await.unwrap().is_some());
    assert_eq!(sender.refusal(after, &charge).await.unwrap(), None);
    let nowhere = Hash::keccak("no block");
    let unknown = sender.nonce_at(nowhere).await;
    assert!(matches!(unknown, Err(ChainError::UnknownBlock)), "{unknown:?}");
    assert_eq!(
        sender.refusal(nowhere, &charge).await.unwrap(),
        None,
        "a block that is not known refuses nothing"
    );
}

#[tokio::test]
async fn signing_twice_gives_the_same_bytes() {
    let market = Market::start().await;
    let sender = market.sender();
    let (nonce, fees) = (sender.nonce().await.unwrap(), sender.fees().await.unwrap());
    let signed = sign(&*sender, &announce(), nonce, fees).await;
    assert_eq!(sign(&*sender, &announce(), nonce, fees).await, signed);
    assert_eq!(Hash::keccak(hex::decode(&signed.raw[2..]).unwrap()), signed.hash);
}

#[tokio::test]
async fn a_call_that_would_fail_has_no_price() {
    let market = Market::deploy().await;
    let sender = market.sender();
    let refused = sender.gas(&announce()).await;
    assert!(matches!(refused, Err(ChainError::Reverted(_))), "{refused:?}");
}

#[tokio::test]
async fn a_legacy_transaction_is_accepted_too() {
    let market = Market::start().await;
    let sender = market.sender();
    let fees = Fees::Legacy { price: 3_000_000_000_u64.into() };
    let signed = sign(&*sender, &announce(), sender.nonce().await.unwrap(), fees).await;
    assert_eq!(sender.send(&signed.raw).await.unwrap(), Sent::Accepted);
    assert!(mined(&*sender, signed.hash).await.succeeded);
}

#[tokio::test]
async fn a_waiting_transaction_is_replaced_only_by_a_better_paying_one() {
    let market = Market::start().await;
    let sender = market.sender();
    market.node.set_automine(false).await.unwrap();
    let (nonce, fees) = (sender.nonce().await.unwrap(), sender.fees().await.unwrap());
    let first = sign(&*sender, &announce(), nonce, fees).await;
    let gap = Call::Nothing { account: sender.account() };
    let equal = sign(&*sender, &gap, nonce, fees).await;
    let better = sign(&*sender, &gap, nonce, raised(fees)).await;

    assert_eq!(sender.send(&first.raw).await.unwrap(), Sent::Accepted);
    assert_eq!(sender.send(&first.raw).await.unwrap(), Sent::Accepted);
    assert_eq!(sender.send(&equal.raw).await.unwrap(), Sent::Underpriced);
    assert_eq!(sender.send(&better.raw).await.unwrap(), Sent::Accepted);
    assert_eq!(sender.nonce().await.unwrap(), nonce, "nothing is mined yet");
    market.node.mine(1).await.unwrap();

    assert!(mined(&*sender, better.hash).await.succeeded);
    assert_eq!(sender.mined(first.hash).await.unwrap(), None);
    assert_eq!(sender.send(&first.raw).await.unwrap(), Sent::NonceTooLow);
    assert!(matches!(sender.send(&better.raw).await.unwrap(), Sent::NonceTooLow | Sent::Accepted));
}

#[tokio::test]
async fn transactions_that_a_node_refuses_are_classified() {
    let market = Market::start().await;
    let sender = market.sender();
    let (nonce, fees) = (sender.nonce().await.unwrap(), sender.fees().await.unwrap());
    let signed = sign(&*sender, &announce(), nonce, fees).await;
    assert!(matches!(sender.send("0x1234").await.unwrap(), Sent::Refused(_)));

    let cheap = Fees::Dynamic { max: 1_u64.into(), priority: 1_u64.into() };
    let cheap = sign(&*sender, &announce(), nonce, cheap).await;
    assert_eq!(sender.send(&cheap.raw).await.unwrap(), Sent::Underpriced);

    market.node.set_balance(sender.account(), Amount::ZERO).await.unwrap();
    assert_eq!(sender.send(&signed.raw).await.unwrap(), Sent::InsufficientFunds);
}

fn on(number: u64, base_fee: Option<&str>) -> Value {
    let mut block = block(number);
    block["baseFeePerGas"] = json!(base_fee);
    block
}

async fn fees(base_fee: Option<&'static str>, history: Result<Value, ()>) -> Fees {
    let node = FakeNode::start(move |method, _| match method {
        "eth_getBlockByNumber" => Ok(on(5, base_fee)),
        "eth_gasPrice" => Ok(json!("0x77359400")),
        _ => history.clone().or_else(|()| error(-32601, "the method eth_feeHistory does not exist")),
    })
    .await;
    open_market(&settings(vec![node.url()])).sender.fees().await.unwrap()
}

#[tokio::test]
async fn fees_follow_the_chain() {
    const GWEI: u64 = 1_000_000_000;
    let dynamic = |max: u64, priority: u64| Fees::Dynamic { max: max.into(), priority: priority.into() };
    assert_eq!(fees(None, Err(())).await, Fees::Legacy { price: (2 * GWEI).into() });

    let ten = Some("0x2540be400");
    let history = json!({ "reward": [["0x1"], ["0xb2d05e00"], ["0x12a05f200"]] });
    assert_eq!(fees(ten, Ok(history)).await, dynamic(23 * GWEI, 3 * GWEI), "the median");
    assert_eq!(fees(ten, Ok(json!({ "reward": [["0x0"]] }))).await, dynamic(21 * GWEI, GWEI), "the floor");
    assert_eq!(fees(ten, Ok(json!({ "reward": null }))).await, dynamic(21 * GWEI, GWEI), "no history");
    assert_eq!(fees(ten, Err(())).await, dynamic(21 * GWEI, GWEI), "no such method");
    assert_eq!(fees(Some("0x0"), Err(())).await, dynamic(GWEI, GWEI));
}

#[tokio::test]
async fn an_invalid_key_is_refused_without_being_shown() {
    for bad in ["", "0x12", &"zz".repeat(32), &"00".repeat(32), &"ff".repeat(32)] {
        let Err(refused) = Account::open(&bad.to_owned().into(), 1) else { panic!("{bad}") };
        assert!(matches!(refused, ChainError::Refused(_)));
        assert!(bad.is_empty() || !format!("{refused:?}").contains(bad));
    }
}
