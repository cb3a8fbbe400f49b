//! Signatures of contract accounts, deployed and not deployed yet.

use capi::chain::Reader;
use capi::domain::{Address, Hash};
use serde_json::json;

use crate::support::fake_node::{FakeNode, error, settings};
use crate::support::market::Market;

/// A factory that every development node has: it deploys what follows a salt, at an address that both determine.
const FACTORY: &str = "4e59b44847b379578588920ca78fbf26c0b4956c";
/// Returns 0x1626ba7e, padded.
const ACCEPTING: &str = "631626ba7e60e01b60005260206000f3";

async fn accepts(reader: &dyn Reader, account: Address, digest: Hash, signature: &[u8]) -> bool {
    reader.is_valid_signature(account, digest, signature).await.unwrap()
}

#[tokio::test]
async fn only_the_magic_value_and_zeros_make_a_contracts_signature_valid() {
    let market = Market::deploy().await;
    let reader = market.reader();
    for (code, valid) in [
        (ACCEPTING, true),
        // Only four bytes; two words; 31 bytes; a byte behind the magic value that is not zero.
        ("631626ba7e60e01b60005260046000f3", false),
        ("631626ba7e60e01b60005260406000f3", false),
        ("631626ba7e60e01b600052601f6000f3", false),
        ("641626ba7e0160d81b60005260206000f3", false),
        // The same without padding, as a number.
        ("631626ba7e60005260206000f3", false),
        // Returns 1, reverts, runs out of gas, has an invalid instruction, jumps to nowhere, lacks what it takes from the
        // stack, writes where it may not, returns nothing, returns a megabyte.
        ("600160005260206000f3", false),
        ("60006000fd", false),
        ("5b600056", false),
        ("fe", false),
        ("60ff56", false),
        ("01", false),
        ("60016000556001", false),
        ("00", false),
        ("620fffff6000f3", false),
    ] {
        let account = Address::new(*Hash::keccak(code).bytes().first_chunk().unwrap());
        market.rpc("anvil_setCode", json!([account, format!("0x{code}")])).await;
        assert_eq!(accepts(&*reader, account, Hash::keccak("message"), &[1; 65]).await, valid, "{code}");
    }
}

/// The identity contract returns what it is given, which begins with the magic value; others trap.
#[tokio::test]
async fn precompiled_contracts_and_accounts_without_code_accept_nothing() {
    let market = Market::deploy().await;
    let reader = market.reader();
    for number in (0..=0x14_u16).chain([0x100, 0x800]) {
        let mut account = [0; 20];
        account[18..].copy_from_slice(&number.to_be_bytes());
        assert!(!accepts(&*reader, Address::new(account), Hash::ZERO, &[0; 65]).await, "{number:#x}");
    }
    assert!(!accepts(&*reader, Address::new([0xcc; 20]), Hash::ZERO, &[0; 65]).await);
}

#[tokio::test]
async fn a_refused_signature_is_not_asked_about_again() {
    let node = FakeNode::start(|method, _| match method {
        "eth_getCode" => Ok(json!("0x00")),
        _ => error(-32603, "some odd trap"),
    })
    .await;
    let reader = capi::chain::open(&settings(vec![node.url()])).unwrap();
    for _ in 0..10 {
        assert!(!accepts(&*reader, Address::new([0xcc; 20]), Hash::ZERO, &[0; 65]).await);
    }
    assert_eq!(node.requests().await.len(), 1);
}

/// What deploys a contract with this code.
fn deployment(code: &str) -> Vec<u8> {
    let length = code.len() / 2;
    // Copies what follows these 12 bytes to memory and returns it.
    hex::decode(format!("60{length:02x}600c60003960{length:02x}6000f3{code}")).unwrap()
}

/// The address that the factory gives it.
fn address_of(deployment: &[u8]) -> Address {
    let factory = hex::decode(FACTORY).unwrap();
    let code = Hash::keccak(deployment);
    let whole = [[0xff].as_slice(), &factory, &[0; 32], code.bytes()].concat();
    Address::new(*Hash::keccak(whole).bytes().last_chunk().unwrap())
}

/// A signature with the way to deploy its account (ERC-6492).
fn undeployed(deployment: &[u8], signature: &[u8]) -> Vec<u8> {
    let number = |number: usize| {
        let mut word = [0; 32];
        word[24..].copy_from_slice(&(number as u64).to_be_bytes());
        word
    };
    let padded = |bytes: &[u8]| {
        let mut padded = bytes.to_vec();
        padded.resize(bytes.len().next_multiple_of(32), 0);
        padded
    };
    let call = [[0; 32].as_slice(), deployment].concat();
    let factory = [[0; 12].as_slice(), &hex::decode(FACTORY).unwrap()].concat();
    let second = 96 + 32 + padded(&call).len();
    [
        factory,
        number(96).to_vec(),
        number(second).to_vec(),
        number(call.len()).to_vec(),
        padded(&call),
        number(signature.len()).to_vec(),
        padded(signature),
        hex::decode("6492".repeat(16)).unwrap(),
    ]
    .concat()
}

#[tokio::test]
async fn an_account_that_is_not_deployed_yet_is_asked_as_if_it_were() {
    let market = Market::deploy().await;
    let reader = market.reader();
    let digest = Hash::keccak("message");
    let wallet = deployment(ACCEPTING);
    let signature = undeployed(&wallet, &[1; 65]);
    assert!(accepts(&*reader, address_of(&wallet), digest, &signature).await);
    assert!(!accepts(&*reader, Address::new([0xcc; 20]), digest, &signature).await, "another account");

    for code in [
        "60006000fd",
        "fe",
        "631626ba7e60e01b60005260046000f3",
        "631626ba7e60e01b60005260406000f3",
        "5b600056",
    ] {
        let wallet = deployment(code);
        let signature = undeployed(&wallet, &[1; 65]);
        assert!(!accepts(&*reader, address_of(&wallet), digest, &signature).await, "{code}");
    }
    let huge = undeployed(&vec![0; 60_000], &[1; 65]);
    assert!(!accepts(&*reader, address_of(&wallet), digest, &huge).await);
}

/// The signature may come with the way to deploy it after that was done.
#[tokio::test]
async fn an_account_that_was_deployed_meanwhile_is_asked_too() {
    let market = Market::deploy().await;
    let reader = market.reader();
    let wallet = deployment(ACCEPTING);
    let account = address_of(&wallet);
    market.rpc("anvil_setCode", json!([account, format!("0x{ACCEPTING}")])).await;
    let signature = undeployed(&wallet, &[1; 65]);
    assert!(accepts(&*reader, account, Hash::keccak("message"), &signature).await);
}
