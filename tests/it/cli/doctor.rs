//! `capi doctor`.

use std::process::Command;

use serde_json::Value;

use super::admin::configure;
use super::program::{DevMarket, capi, directory};
use crate::support::fake_node::FakeNode;
use crate::support::market::Market;

/// Runs it, and returns whether it succeeded and the verdict and detail of each check.
fn examine(command: &mut Command) -> (bool, Vec<(String, String, String)>) {
    let output = command.args(["doctor", "--json"]).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    let findings: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{errors}"));
    let text = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
    let rows = findings.iter().map(|one| (text(one, "subject"), text(one, "verdict"), text(one, "detail")));
    (output.status.success(), rows.collect())
}

fn verdict<'a>(findings: &'a [(String, String, String)], subject: &str) -> (&'a str, &'a str) {
    let found = findings.iter().find(|(of, ..)| of == subject);
    let (_, verdict, detail) = found.unwrap_or_else(|| panic!("{subject} in {findings:?}"));
    (verdict, detail)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_would_run_has_all_it_needs() {
    let market = Market::deploy().await;
    let directory = directory();
    let mut command = capi(directory.path());
    configure(&mut command, &market, directory.path());
    let (succeeded, findings) = examine(&mut command);
    assert!(succeeded, "{findings:?}");
    for subject in ["node", "funds", "disk", "records", "files"] {
        assert_eq!(verdict(&findings, subject).0, "ok", "{findings:?}");
    }
    let (earnings, detail) = verdict(&findings, "earnings");
    assert!(earnings == "warning" && detail.contains("has to earn 0 CET (CAPI_MIN_EARNINGS)"), "{detail}");
    let (registration, advice) = verdict(&findings, "registration");
    assert!(registration == "warning" && advice.contains("capi admin register"), "{advice}");
    let files = std::fs::read_dir(directory.path().join("files")).map_or(0, Iterator::count);
    assert_eq!(files, 0, "nothing is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_space_is_known_before_the_first_start_makes_the_directory() {
    let market = Market::deploy().await;
    let directory = directory();
    let mut command = capi(directory.path());
    configure(&mut command, &market, &directory.path().join("not/yet"));
    let (_, findings) = examine(&mut command);
    assert_eq!(verdict(&findings, "disk").0, "ok", "{findings:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_named() {
    let market = Market::deploy().await;
    let directory = directory();
    let doctor = || {
        let mut command = capi(directory.path());
        configure(&mut command, &market, directory.path());
        command
    };
    // A silent node, and one that reads nothing by hash.
    let unable = FakeNode::start(|method, params| match method {
        "eth_getBlockByNumber" => Ok(serde_json::json!({
            "number": "0x10", "hash": format!("0x{}", "11".repeat(32)),
            "parentHash": format!("0x{}", "10".repeat(32)), "timestamp": "0x1",
        })),
        _ => Err(serde_json::json!({ "code": -32602, "message": format!("invalid params {params}") })),
    })
    .await;
    for (node, cause) in [("http://127.0.0.1:9", "127.0.0.1"), (unable.url().as_str(), "EIP-1898")] {
        let (succeeded, findings) = examine(doctor().env("CAPI_RPC_PATH", node));
        let (found, detail) = verdict(&findings, "node");
        assert!(!succeeded && found == "failed" && detail.contains(cause), "{findings:?}");
    }
    let (succeeded, findings) = examine(doctor().env("CAPI_MIN_FREE_DISK", "1000000000000000000"));
    assert!(!succeeded && verdict(&findings, "disk").0 == "failed", "{findings:?}");
    let other = "0x0000000000000000000000000000000000000001";
    let (succeeded, findings) = examine(doctor().env("CAPI_PUBLIC_KEY", other));
    assert!(!succeeded && verdict(&findings, "account").1.contains("CAPI_PUBLIC_KEY"), "{findings:?}");
    std::fs::remove_file(directory.path().join("metadata.redb")).unwrap();
    std::fs::create_dir(directory.path().join("metadata.redb")).unwrap();
    let (succeeded, findings) = examine(&mut doctor());
    assert!(!succeeded && verdict(&findings, "records").0 == "failed", "{findings:?}");
}

#[test]
fn beside_a_running_server_its_store_is_left_alone() {
    let directory = directory();
    let _market = DevMarket::up(directory.path());
    let (succeeded, findings) = examine(&mut capi(directory.path()));
    assert!(succeeded, "{findings:?}");
    assert_eq!(verdict(&findings, "records"), ("ok", "a running server uses the store"));
    assert_eq!(verdict(&findings, "registration").0, "ok");
}
