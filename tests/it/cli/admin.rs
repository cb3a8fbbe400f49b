//! `capi admin`: a backend registers with a market that has none.

use std::fs;
use std::path::Path;
use std::process::Command;

use secrecy::SecretString;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::program::{DevMarket, capi, directory, fail};
use crate::support::market::{BACKEND, MAKER, Market, STRANGER, VOTER};
use capi::chain::node::DEVELOPMENT_KEYS;
use capi::chain::wallet::Allowance;
use capi::client::address_of;
use capi::domain::Hash;

struct Operator<'a> {
    market: &'a Market,
    directory: TempDir,
}

impl Operator<'_> {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = capi(self.directory.path());
        configure(&mut command, self.market, self.directory.path());
        command.arg("admin").args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Value {
        let output = self.command(arguments).arg("--json").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

pub(super) fn configure(command: &mut Command, market: &Market, directory: &Path) {
    let contracts = market.settings.contracts;
    for (name, address) in [
        ("ETHER_TOKEN", contracts.ether_token),
        ("MARKET_TOKEN", contracts.market_token),
        ("VOTING", contracts.voting),
        ("PARAMETERIZER", contracts.parameterizer),
        ("RESERVE", contracts.reserve),
        ("DATATRUST", contracts.datatrust),
        ("LISTING", contracts.listing),
    ] {
        command.env(format!("CAPI_{name}_CONTRACT_ADDRESS"), address.to_string());
    }
    command
        .env("CAPI_RPC_PATH", market.node.url().as_str())
        .env("CAPI_DATATRUST_KEY", DEVELOPMENT_KEYS[BACKEND])
        .env("CAPI_DATA_DIR", directory)
        // Nobody listens there.
        .env("CAPI_PORT", "9");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_becomes_the_backend_by_vote() {
    let market = Market::deploy().await;
    let operator = Operator { market: &market, directory: directory() };
    let before = operator.run(&["status"]);
    assert_eq!((&before["registered"], &before["url"]), (&json!(false), &json!("")));
    assert_eq!(before["server"]["ready"], Value::Null);

    let registered = operator.run(&["register", "--gas-price", "3"]);
    let url = "http://localhost:9";
    assert_eq!((&registered["url"], &registered["hash"]), (&json!(url), &json!(Hash::keccak(url))));
    let hash = registered["hash"].as_str().unwrap();
    let (_, twice) = fail(&mut operator.command(&["register"]));
    assert!(twice.contains("is already being voted on"), "{twice}");
    let (_, early) = fail(&mut operator.command(&["resolve", "--hash", hash]));
    assert!(early.contains("the poll is open"), "{early}");

    market.pass(Hash::parse(hash).unwrap()).await;
    let resolved = operator.run(&["resolve", "--hash", hash]);
    assert_eq!(resolved["registered"], true);
    assert!(resolved["resolved"].is_string() && resolved["url_set"].is_string());
    let again = operator.run(&["resolve", "--hash", hash]);
    assert!(again["resolved"].is_null() && again["url_set"].is_null());
    let after = operator.run(&["status"]);
    assert_eq!((&after["registered"], &after["url"]), (&json!(true), &json!(url)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_that_is_voted_down_changes_nothing() {
    let market = Market::start().await;
    let newcomer = market.wallet(VOTER);
    newcomer.approve(Allowance::CmtToVoting, newcomer.stake().await.unwrap()).await.unwrap();
    let url = "https://newcomer.example";
    newcomer.register(url).await.unwrap();
    market.close_polls().await;
    let operator = Operator { market: &market, directory: directory() };
    let resolved = operator.run(&[
        "resolve",
        "--hash",
        &Hash::keccak(url).to_string(),
        "--url",
        "http://127.0.0.1:8000",
    ]);
    assert_eq!((&resolved["registered"], &resolved["url_set"]), (&json!(true), &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_without_market_tokens_is_told_so() {
    let market = Market::deploy().await;
    let operator = Operator { market: &market, directory: directory() };
    let mut command = operator.command(&["register"]);
    // The seventh account was given nothing.
    let (code, poor) = fail(command.env("CAPI_DATATRUST_KEY", DEVELOPMENT_KEYS[6]));
    assert!(code == 1 && poor.ends_with("has 0 CMT, but the stake is 0.001 CMT"), "{poor}");
}

#[test]
fn another_operator_uses_a_key_of_their_own_and_a_stranger_is_refused() {
    let directory = directory();
    let operator = address_of(&SecretString::from(DEVELOPMENT_KEYS[MAKER])).unwrap().to_string();
    let market = DevMarket::up_in(directory.path(), &[("CAPI_OPERATORS", &operator)]);
    let api = market.said["api"].as_str().unwrap();
    fs::write(directory.path().join("operator.key"), DEVELOPMENT_KEYS[MAKER]).unwrap();
    fs::write(directory.path().join("stranger.key"), DEVELOPMENT_KEYS[STRANGER]).unwrap();
    for command in [&["jobs"][..], &["transactions"], &["owed"], &["nodes"], &["deliveries"]] {
        let signed = |key| [&["admin"], command, &["--key-file", key, "--api", api]].concat();
        market.run(&signed("operator.key"));
        let (code, refused) = fail(capi(directory.path()).args(signed("stranger.key")));
        assert!(code == 1 && refused.contains("operator"), "{refused}");
        market.run(&[&["admin"], command].concat());
    }
    market.stop();
}
