//! `capi dev`: what it brings up, keeps, and takes down.

use std::fs;

use reqwest::Method;
use serde_json::{Value, json};

use super::program::{DevMarket, capi, directory, fail, runs, signal, succeed, until};
use crate::support::http::{RequestBuilder, client};

fn blocks(market: &DevMarket) -> u64 {
    market.run(&["dev", "mine"])["block"].as_u64().unwrap()
}

#[test]
fn a_market_survives_a_restart_and_fresh_starts_over() {
    let directory = directory();
    let market = DevMarket::up(directory.path());
    fs::write(directory.path().join("file.bin"), b"bytes").unwrap();
    market.run(&["market", "demo", "file.bin"]);
    let ahead = market.run(&["dev", "pass-time", "1h"]);
    let (contracts, listings) = (market.said["contracts"].clone(), market.run(&["market", "ls"]));
    market.stop();

    let market = DevMarket::up(directory.path());
    assert_eq!(market.said["contracts"], contracts);
    assert_eq!(market.run(&["market", "ls"]), listings);
    let now = market.run(&["dev", "mine"]);
    assert!(now["block"].as_u64() > ahead["block"].as_u64());
    assert!(now["timestamp"].as_u64() > ahead["timestamp"].as_u64(), "time runs backwards");
    let status = market.run(&["admin", "status"]);
    assert_eq!((&status["registered"], &status["url"]), (&json!(true), &market.said["api"]));
    market.run(&["market", "demo", "file.bin"]);
    market.stop();

    let stranger = directory.path().join("data/dev/notes.txt");
    fs::write(&stranger, "mine").unwrap();
    let market = DevMarket::up_with(directory.path(), &["--fresh"]);
    assert_eq!(market.run(&["market", "ls"]), json!([]));
    assert!(blocks(&market) < now["block"].as_u64().unwrap());
    assert!(stranger.exists());
    market.stop();
}

#[test]
fn however_it_ends_no_process_is_left_behind() {
    for name in ["INT", "TERM", "HUP", "KILL"] {
        let directory = directory();
        let mut market = DevMarket::up(directory.path());
        let started = market.descendants();
        assert!(!started.is_empty());
        market.signal(name);
        let code = market.wait();
        assert_eq!(code, if name == "KILL" { None } else { Some(0) }, "{name}");
        if name != "KILL" {
            assert!(!started.iter().any(|pid| runs(*pid)), "{name} leaves the node behind");
        }
        until("the node goes on", || !started.iter().any(|pid| runs(*pid)));
    }
}

#[test]
fn ctrl_c_ends_it_while_it_comes_up() {
    let directory = directory();
    let mut process =
        capi(directory.path()).args(["dev", "--port", "0", "--node-port", "0"]).spawn().unwrap();
    until("nothing happens", || directory.path().join("data/dev/lock").exists());
    std::thread::sleep(std::time::Duration::from_millis(300));
    signal(process.id(), "INT");
    process.wait().unwrap();
    let market = DevMarket::up(directory.path());
    market.stop();
}

#[test]
fn a_node_that_dies_ends_the_command() {
    let directory = directory();
    let mut market = DevMarket::up(directory.path());
    for pid in market.descendants() {
        if runs(pid) {
            signal(pid, "KILL");
        }
    }
    assert_eq!(market.wait(), Some(1));
    let log = fs::read_to_string(directory.path().join("dev.log")).unwrap();
    assert!(log.trim_end().ends_with("capi: the Ethereum node stopped"), "{log}");
}

#[test]
fn accounts_are_funded_and_time_passes_on_request() {
    let directory = directory();
    let market = DevMarket::up(directory.path());
    let nobody = "0x00000000000000000000000000000000000000aa";
    let held = market.run(&["dev", "drip", nobody, "--eth", "2", "--cmt", "0.5", "--cet", "0"]);
    assert_eq!(
        (&held["eth"], &held["cmt"], &held["cet"]),
        (&json!(2_000_000_000_000_000_000_u64), &json!(500_000_000_000_000_000_u64), &json!(0))
    );
    let before = market.run(&["dev", "mine", "3"]);
    let after = market.run(&["dev", "pass-time", "1h"]);
    assert_eq!(after["block"].as_u64(), before["block"].as_u64().map(|block| block + 1));
    let hour = after["timestamp"].as_u64().unwrap() - before["timestamp"].as_u64().unwrap();
    assert!((3600..3700).contains(&hour), "{hour}");
    market.stop();
}

#[tokio::test]
async fn the_console_has_tools_for_money_time_and_a_wallet() {
    let directory = directory();
    let market = DevMarket::up(directory.path());
    let (api, client) = (market.said["api"].as_str().unwrap(), client());
    let send = async |path: &str, body: Value| {
        RequestBuilder::new(&client, Method::POST, format!("{api}{path}")).json(&body).send().await
    };
    let rpc = async |method: &str, params: Value| {
        send("/dev/rpc", json!({ "method": method, "params": params })).await.expect(200).json()
    };
    let accounts =
        RequestBuilder::new(&client, Method::GET, format!("{api}/dev/accounts")).send().await.expect(200);
    let maker = accounts.json()["items"][2].clone();
    assert_eq!(
        (&maker["name"], &maker["address"]),
        (&json!("maker"), &market.said["accounts"][2]["address"])
    );

    let nobody = "0x00000000000000000000000000000000000000aA";
    let gift = json!({ "address": nobody, "eth": "20000000000000000000", "cmt": "0", "cet": "0" });
    send("/dev/drip", gift).await.expect(204);
    assert_eq!(rpc("eth_getBalance", json!([nobody, "latest"])).await["result"], "0x1158e460913d00000");
    let before = market.run(&["dev", "mine"])["timestamp"].as_u64().unwrap();
    send("/dev/time", json!({ "seconds": 3600 })).await.expect(204);
    send("/dev/mine", json!({ "blocks": 2 })).await.expect(204);
    let after = market.run(&["dev", "mine"])["timestamp"].as_u64().unwrap();
    assert!(after >= before + 3600, "{before} {after}");

    let sent = json!([{ "from": maker["address"], "to": nobody, "value": "0x1" }]);
    assert_eq!(rpc("eth_sendTransaction", sent).await["result"].as_str().map(str::len), Some(66));
    let signed = rpc("personal_sign", json!(["0x6869", maker["address"]])).await;
    assert_eq!(signed["result"].as_str().map(str::len), Some(132), "{signed}");
    assert!(rpc("eth_call", json!(["nonsense"])).await["error"]["code"].is_i64());
    for (path, body) in [
        ("/dev/rpc", json!({ "method": "anvil_setBalance", "params": [nobody, "0x0"] })),
        ("/dev/rpc", json!({ "method": "eth_chainId" })),
        ("/dev/mine", json!({ "blocks": 0 })),
        ("/dev/mine", json!({ "blocks": 10_001 })),
        ("/dev/time", json!({ "seconds": -1 })),
        ("/dev/drip", json!({ "address": "0xaa", "eth": "1", "cmt": "1", "cet": "1" })),
        ("/dev/drip", json!({ "address": nobody, "eth": "1.5", "cmt": "1", "cet": "1" })),
    ] {
        send(path, body).await.expect_problem(400);
    }
    market.stop();
}

#[test]
fn other_terminals_find_the_market_or_take_its_settings_from_a_file() {
    let directory = directory();
    let market = DevMarket::up(directory.path());
    let elsewhere = tempfile::tempdir().unwrap();
    let env = market.said["env"].as_str().unwrap();
    let script = format!("set -a; . '{env}'; exec \"$0\" admin status --json");
    let output = std::process::Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_capi")])
        .current_dir(elsewhere.path())
        .output()
        .unwrap();
    let status: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(status, market.run(&["admin", "status"]));
    market.stop();
}

#[test]
fn one_market_runs_in_a_directory() {
    let directory = directory();
    let market = DevMarket::up(directory.path());
    let (code, second) = fail(capi(directory.path()).args(["dev", "--port", "0", "--node-port", "0"]));
    assert!(code == 1 && second.ends_with("is already running"), "{second}");
    market.stop();
}

#[test]
fn a_market_without_a_server_can_be_served_by_another_process() {
    let directory = directory();
    let market = DevMarket::up_with(directory.path(), &["--no-serve"]);
    let status = succeed(directory.path(), &["admin", "status"]);
    assert_eq!((&status["registered"], &status["server"]["ready"]), (&json!(true), &Value::Null));

    let script = format!("set -a; . '{}'; exec \"$0\" serve", market.said["env"].as_str().unwrap());
    let mut server = std::process::Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_capi")])
        .current_dir(directory.path())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    until("the server is not ready", || market.run(&["admin", "status"])["server"]["ready"] == true);
    signal(server.id(), "TERM");
    assert!(server.wait().unwrap().success());
    market.stop();
}

#[test]
fn the_chain_stays_small_and_nothing_is_left_elsewhere() {
    let directory = directory();
    let home = tempfile::tempdir().unwrap();
    let market = DevMarket::up_in_home(directory.path(), home.path());
    market.run(&["dev", "mine", "3000"]);
    market.stop();
    let state = fs::metadata(directory.path().join("data/dev/chain.json")).unwrap();
    assert!(state.len() < 20_000_000, "the state has {} bytes", state.len());
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}
