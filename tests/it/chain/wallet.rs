//! Whole flows of the protocol, as its parties live them.

use std::time::Duration;

use capi::chain::signature::recover;
use capi::chain::wallet::{Allowance, Asset};
use capi::chain::{Asker, ChainError};
use capi::domain::{Address, Amount, Hash, Kind};

use crate::support::market::{BACKEND, BACKEND_URL, BUYER, DEPLOYER, MAKER, Market, VOTER, milli};

#[tokio::test]
async fn a_backend_registers_by_vote() {
    let market = Market::start().await;
    let backend = market.wallet(BACKEND).backend().await.unwrap();
    assert_eq!(backend.address, market.wallet(BACKEND).address());
    assert_eq!(backend.url, BACKEND_URL);
    assert_eq!(market.reader().backend(Asker::Server).await.unwrap(), backend);
}

#[tokio::test]
async fn a_listing_is_sold_claimed_and_taken_back() {
    let market = Market::start().await;
    let (maker, backend, buyer) = (market.wallet(MAKER), market.wallet(BACKEND), market.wallet(BUYER));
    let (listing, data, delivery) = (Hash::keccak("listing"), Hash::keccak("data"), Hash::keccak("delivery"));
    market.list(listing, data).await;
    assert!(maker.is_listed(listing).await.unwrap());
    assert_eq!(maker.data_hash(listing).await.unwrap(), data);
    let reward = maker.parameters().await.unwrap().list_reward;
    assert_eq!(maker.listing(listing).await.unwrap().supply, reward);
    assert_eq!(maker.listing(listing).await.unwrap().owner, maker.address());

    market.buy(delivery, 1_000_000).await;
    assert_eq!(buyer.bytes_purchased(buyer.address()).await.unwrap(), 1_000_000_u64.into());
    assert_eq!(buyer.delivery(delivery).await.unwrap().owner, buyer.address());

    backend.listing_accessed(listing, delivery, 1_000_000_u64.into()).await.unwrap();
    assert_eq!(buyer.delivery(delivery).await.unwrap().delivered, 1_000_000_u64.into());
    assert!(buyer.bytes_purchased(buyer.address()).await.unwrap().is_zero());
    assert!(!maker.access_reward_earned(listing).await.unwrap().is_zero());

    let before = backend.balance(Asset::Cet, backend.address()).await.unwrap();
    backend.delivered(delivery, Hash::keccak("url")).await.unwrap();
    assert!(backend.balance(Asset::Cet, backend.address()).await.unwrap() > before);
    assert_eq!(buyer.delivery(delivery).await.unwrap(), Default::default());

    maker.claim_access_reward(listing).await.unwrap();
    assert!(maker.listing(listing).await.unwrap().supply > reward);
    maker.withdraw_from_listing(listing, reward).await.unwrap();
    maker.exit(listing).await.unwrap();
    assert!(!maker.is_listed(listing).await.unwrap());
}

#[tokio::test]
async fn an_application_without_data_fails() {
    let market = Market::start().await;
    let (maker, listing) = (market.wallet(MAKER), Hash::keccak("listing"));
    maker.list(listing).await.unwrap();
    let candidate = maker.candidate(listing).await.unwrap().unwrap();
    assert_eq!((candidate.kind, candidate.owner), (Kind::Application, maker.address()));
    assert!(!maker.poll_closed(listing).await.unwrap());
    assert!(matches!(maker.did_pass(listing).await, Err(ChainError::Reverted(_))));
    market.pass(listing).await;
    assert!(maker.poll_closed(listing).await.unwrap());
    assert!(maker.did_pass(listing).await.unwrap());
    maker.resolve_application(listing).await.unwrap();
    assert!(!maker.is_listed(listing).await.unwrap());
    assert_eq!(maker.candidate(listing).await.unwrap(), None);
}

#[tokio::test]
async fn a_challenge_that_passes_removes_the_listing() {
    let market = Market::start().await;
    let (voter, listing) = (market.wallet(VOTER), Hash::keccak("listing"));
    market.list(listing, Hash::keccak("data")).await;
    let challenger = market.wallet(BACKEND);
    challenger.challenge(listing).await.unwrap();
    market.pass(listing).await;
    assert_eq!(voter.candidate(listing).await.unwrap().unwrap().tally.yea, 1_u64.into());
    challenger.resolve_challenge(listing).await.unwrap();
    assert!(!voter.is_listed(listing).await.unwrap());
    assert!(!voter.staked(listing, voter.address()).await.unwrap().is_zero());
    voter.unstake(listing).await.unwrap();
    assert!(voter.staked(listing, voter.address()).await.unwrap().is_zero());
}

#[tokio::test]
async fn the_market_is_supported_and_left() {
    let market = Market::deploy().await;
    let patron = market.wallet(BUYER);
    assert!(!patron.support_price().await.unwrap().is_zero());
    patron.deposit(milli(1000)).await.unwrap();
    patron.approve(Allowance::CetToReserve, milli(1000)).await.unwrap();
    assert_eq!(patron.allowance(Allowance::CetToReserve, patron.address()).await.unwrap(), milli(1000));
    patron.support(milli(1000)).await.unwrap();
    assert!(!patron.balance(Asset::Cmt, patron.address()).await.unwrap().is_zero());
    patron.withdraw_from_reserve().await.unwrap();
    assert!(patron.balance(Asset::Cmt, patron.address()).await.unwrap().is_zero());
    let cet = patron.balance(Asset::Cet, patron.address()).await.unwrap();
    assert!(!cet.is_zero());
    patron.withdraw(cet).await.unwrap();
    assert!(patron.balance(Asset::Cet, patron.address()).await.unwrap().is_zero());
}

#[tokio::test]
async fn a_parameter_changes_by_vote() {
    let market = Market::deploy().await;
    let member = market.wallet(VOTER);
    let candidate = member.reparam_hash(11, Amount::from(7_u64)).await.unwrap();
    member.reparameterize(11, Amount::from(7_u64)).await.unwrap();
    assert_eq!(member.candidate(candidate).await.unwrap().unwrap().kind, Kind::Reparam);
    market.wallet(MAKER).vote(candidate, true).await.unwrap();
    market.close_polls().await;
    member.resolve_reparam(candidate).await.unwrap();
    assert_eq!(member.cost_per_byte().await.unwrap(), Amount::from(7_u64));
}

#[tokio::test]
async fn every_asset_can_be_given_away() {
    let market = Market::deploy().await;
    let giver = market.wallet(DEPLOYER);
    giver.deposit(milli(5)).await.unwrap();
    let taker = Address::new([0xaa; 20]);
    for asset in [Asset::Eth, Asset::Cmt, Asset::Cet] {
        giver.transfer(asset, taker, milli(3)).await.unwrap();
        assert_eq!(giver.balance(asset, taker).await.unwrap(), milli(3), "{asset:?}");
    }
}

#[tokio::test]
async fn what_the_contract_refuses_is_not_even_sent() {
    let market = Market::deploy().await;
    let maker = market.wallet(MAKER);
    let before = maker.balance(Asset::Eth, maker.address()).await.unwrap();
    assert!(matches!(maker.set_data_hash(Hash::ZERO, Hash::ZERO).await, Err(ChainError::Reverted(_))));
    assert_eq!(maker.balance(Asset::Eth, maker.address()).await.unwrap(), before);
}

#[tokio::test]
async fn an_account_without_funds_is_told_so() {
    let market = Market::deploy().await;
    let maker = market.wallet(MAKER);
    market.node.set_balance(maker.address(), Amount::ZERO).await.unwrap();
    let refused = maker.list(Hash::keccak("listing")).await.unwrap_err();
    assert!(matches!(refused, ChainError::Refused(_)), "{refused:?}");
}

#[tokio::test]
async fn sending_and_waiting_can_be_two_steps() {
    let market = Market::deploy().await;
    let maker = market.wallet(MAKER);
    market.node.set_automine(false).await.unwrap();
    let transaction = maker.send_list(Hash::keccak("listing")).await.unwrap();
    let early = maker.wait(transaction, Duration::from_millis(100)).await;
    assert!(matches!(early, Err(ChainError::Unavailable(_))));
    market.node.mine(1).await.unwrap();
    let receipt = maker.wait(transaction, Duration::from_secs(10)).await.unwrap();
    assert_eq!(receipt.transaction, transaction);
    assert!(receipt.mined.succeeded);
}

#[tokio::test]
async fn calls_of_one_account_at_the_same_time_get_different_nonces() {
    let market = Market::deploy().await;
    let maker = market.wallet(MAKER);
    let lists = (0..8_u8).map(|number| {
        let maker = maker.clone();
        tokio::spawn(async move { maker.list(Hash::keccak([number])).await })
    });
    for list in lists.collect::<Vec<_>>() {
        list.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_gas_price_can_be_named() {
    let market = Market::deploy().await;
    let maker = market.wallet(MAKER).with_gas_price(7);
    let receipt = maker.list(Hash::keccak("listing")).await.unwrap();
    let transaction = market.rpc("eth_getTransactionByHash", serde_json::json!([receipt.transaction])).await;
    assert_eq!(transaction["gasPrice"], "0x1a13b8600");
    assert_eq!(transaction["type"], "0x0");
}

#[tokio::test]
async fn a_signed_message_names_its_signer() {
    let market = Market::deploy().await;
    let maker = market.wallet(MAKER);
    let signature = maker.sign_message("hello").await.unwrap();
    assert_eq!(recover("hello", &signature), Some(maker.address()));
    let text = format!("{maker:?}");
    assert!(text.contains(&maker.address().to_string()) && !text.contains("5de4111a"), "{text}");
}
