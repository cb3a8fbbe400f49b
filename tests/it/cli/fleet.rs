//! `capi fleet status`.

use std::fs;

use serde_json::{Value, json};

use super::program::{capi, directory};
use crate::support::server::TestServer;

#[tokio::test(flavor = "multi_thread")]
async fn every_stack_of_the_file_is_shown_and_one_that_is_not_ready_is_an_error() {
    let server = TestServer::start().await;
    let directory = directory();
    let file = directory.path().join("fleet.yml");
    let address = server.url().trim_start_matches("http://").to_owned();
    let good = format!("local:\n  dns_name: {address}\n");
    fs::write(&file, &good).unwrap();
    let status = || {
        capi(directory.path()).args(["fleet", "status", "--stacks-file"]).arg(&file).arg("--json").output()
    };
    let output = status().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let statuses: Value = serde_json::from_slice(&output.stdout).unwrap();
    let local = &statuses[0];
    assert_eq!((&local["stack"], &local["ready"]), (&json!("local"), &json!(true)));
    assert_eq!(local["version"], env!("CARGO_PKG_VERSION"));
    assert!(local["head"].as_u64().is_some() && local["head_age"].as_u64().is_some(), "{local}");
    assert!(local["funds"].is_u64() || local["funds"].is_f64(), "{local}");
    assert_eq!((&local["pending"], &local["problems"]), (&Value::Null, &json!([])));

    // Nobody listens there.
    fs::write(&file, format!("{good}away:\n  dns_name: 127.0.0.1:9\n")).unwrap();
    let output = status().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr).trim(), "capi: 1 of 2 stacks are not ready");
    let statuses: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&statuses[0]["stack"], &statuses[0]["ready"]), (&json!("away"), &json!(false)));
    assert_eq!(statuses[1]["ready"], true);

    fs::write(&file, "away:\n  chain_id: \"1\"\n").unwrap();
    assert_eq!(status().unwrap().status.code(), Some(2));
}
