//! The program itself: `capi config`.

use std::collections::BTreeMap;
use std::process::{Command, Output, Stdio};

use capi::config::definitions;

use super::{ADDRESS, Variables, mainnet, map, with};

fn capi(arguments: &[&str], variables: &Variables) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_capi"));
    command.args(arguments).env_clear().envs(variables).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap()
}

#[test]
fn config_check_says_ok_or_why_not() {
    let ours = with(mainnet(), "CAPI_PUBLIC_KEY", ADDRESS);
    let good = capi(&["config", "check"], &ours);
    assert_eq!((good.status.code(), text(&good.stdout)), (Some(0), "ok\n"));
    let bad = capi(&["config", "check"], &with(ours, "CAPI_PORT", "x"));
    assert_eq!(bad.status.code(), Some(2));
    let told = text(&bad.stderr);
    assert_eq!(told, "capi: CAPI_PORT from the environment is \"x\": expected a port number, 0 to 65535\n");
}

/// The address of the known stacks is that of a key that nobody here has.
#[test]
fn config_check_refuses_a_key_of_another_account_as_the_server_does() {
    let refused = capi(&["config", "check"], &mainnet());
    assert!(!refused.status.success());
    let told = text(&refused.stderr);
    assert!(told.contains("CAPI_PUBLIC_KEY") && told.contains(ADDRESS), "{told}");
}

#[test]
fn config_show_has_every_setting_also_when_some_are_missing() {
    let directory = tempfile::tempdir().unwrap();
    let variables = map(&[("CAPI_DATA_DIR", &directory.path().join("data").display().to_string())]);
    let shown = capi(&["config", "show"], &variables);
    assert_eq!(shown.status.code(), Some(0));
    assert_eq!(text(&shown.stdout).lines().count(), definitions().count());
    assert!(text(&shown.stderr).starts_with("capi: a server would not start: CAPI_ETHER_TOKEN"));
    assert!(!directory.path().join("data").exists(), "looking at settings changes nothing");

    let json = capi(&["config", "show", "--json"], &variables);
    let lines: Vec<BTreeMap<String, String>> = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(lines.len(), definitions().count());
}

#[test]
fn a_reader_that_goes_away_ends_a_command_quietly() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_capi"));
    command.args(["config", "reference"]).env_clear().stdout(Stdio::piped()).stderr(Stdio::piped());
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = command.stdout(writer).output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
}
