//! A backend account whose key is in AWS KMS.

use std::time::Duration;

use capi::chain::wallet::Wallet;
use capi::chain::{Account, ChainError, signature};
use capi::config::{AwsService, BackendKey};
use capi::domain::{Address, Hash};
use capi::service::transactions::operate;
use serde_json::json;
use url::Url;

use crate::support::eventually::{eventually, wait_for};
use crate::support::gate::Gate;
use crate::support::market::{BUYER, Market};
use crate::support::moto::{Moto, REGION};
use crate::support::server::TestServer;

const CHAIN: u64 = 31337;

fn key(service: AwsService, id: &str) -> BackendKey {
    BackendKey::Kms { service, id: id.to_owned() }
}

/// KMS behind another address.
fn behind(url: &Url) -> AwsService {
    let mut address = url.clone();
    address.set_username("testing").unwrap();
    address.set_password(Some("testing")).unwrap();
    AwsService::at(REGION.to_owned(), Some(address))
}

async fn refused(key: &BackendKey) -> ChainError {
    Account::of_backend(key, None, CHAIN).await.unwrap_err()
}

#[tokio::test]
async fn a_key_in_kms_signs_messages_and_transactions_differently_each_time_and_always_as_its_account() {
    let (moto, market) = tokio::join!(Moto::start(), Market::deploy());
    let arn = moto.create_key("ECC_SECG_P256K1").await;
    moto.kms("CreateAlias", json!({ "AliasName": "alias/capi-test", "TargetKeyId": arn })).await;
    let account = Account::of_backend(&key(moto.service(), "alias/capi-test"), None, CHAIN).await.unwrap();
    assert_eq!(
        account.address(),
        Account::of_backend(&key(moto.service(), &arn), None, CHAIN).await.unwrap().address()
    );

    let wallet = Wallet::of_account(&market.settings, account).unwrap();
    let mut signatures = Vec::new();
    // About half of them come with a high s.
    for _ in 0..12 {
        let signed = wallet.sign_message("hello").await.unwrap();
        assert_eq!(signature::recover("hello", &signed), Some(wallet.address()));
        assert!(!signatures.contains(&signed));
        signatures.push(signed);
    }
    market.welcome(&wallet).await;
    // Both kinds of transactions.
    wallet.list(Hash::keccak("one")).await.unwrap();
    wallet.clone().with_gas_price(5).list(Hash::keccak("two")).await.unwrap();
}

#[tokio::test]
async fn a_key_that_cannot_be_used_is_told_in_a_sentence() {
    let moto = Moto::start().await;
    let other = moto.create_key("ECC_NIST_P256").await;
    let error = refused(&key(moto.service(), &other)).await;
    assert!(matches!(&error, ChainError::Refused(reason) if reason.contains("ECC_SECG_P256K1")), "{error}");
    let error = refused(&key(moto.service(), "alias/nobody")).await;
    assert!(matches!(&error, ChainError::Refused(reason) if reason.contains("NotFoundException")), "{error}");
    // Where nobody answers it is worth asking again, and the account may be known already.
    let nowhere = key(behind(&"http://127.0.0.1:1".parse().unwrap()), "alias/capi");
    assert!(matches!(refused(&nowhere).await, ChainError::KeyUnavailable(_)));
    let named = Address::new([7; 20]);
    assert_eq!(Account::of_backend(&nowhere, Some(named), CHAIN).await.unwrap().address(), named);
}

#[tokio::test]
async fn while_kms_is_out_of_reach_transactions_wait_and_buyers_are_served() {
    let (moto, market) = tokio::join!(Moto::start(), Market::deploy());
    let gate = Gate::before(moto.url());
    let backend = key(behind(&gate.url()), &moto.create_key("ECC_SECG_P256K1").await);
    let account = Account::of_backend(&backend, None, CHAIN).await.unwrap();
    let wallet = Wallet::of_account(&market.settings, account).unwrap();
    market.welcome(&wallet).await;
    market.register_wallet(&wallet, "http://127.0.0.1:8000").await;
    let server = TestServer::start_on(market, |settings| settings.datatrust_key = backend).await;
    let published = server.publish("a file", b"bytes").await;
    let delivery = Hash::keccak("a delivery");
    server.market.buy(delivery, 5).await;

    gate.shut();
    let token = server.sign_in(BUYER).await;
    let reply = server.download(&token, delivery, published.listing).send().await.expect(200);
    assert_eq!(reply.body.as_ref(), b"bytes");
    let why = wait_for("the charge waits for the key", async || {
        let open = operate::open(server.context()).await.unwrap();
        open.into_iter().find_map(|view| view.blocked_by)
    })
    .await;
    assert!(why.contains("key cannot be used at present"), "{why}");
    server.get("/ready").send().await.expect(200);
    server.download(&token, delivery, published.listing).send().await.expect(200);

    gate.open();
    eventually("the charge is made", async || {
        server.clock.advance(Duration::from_secs(60));
        server.accesses(delivery, published.listing).await == 1
    })
    .await;
    server.completed(delivery).await;
    assert_eq!(server.market.failed_transactions().await, 0);
}
