//! What goes wrong at the command line is told in one line, and by the exit code.

use std::fs;
use std::net::TcpListener;

use super::program::{DevMarket, capi, directory, fail};

#[test]
fn a_missing_node_says_how_to_get_it() {
    let directory = directory();
    let mut command = capi(directory.path());
    let (code, line) = fail(command.arg("dev").env("CAPI_ANVIL", "/nonexistent/anvil"));
    assert_eq!((code, line.as_str()), (1, "capi: CAPI_ANVIL: no program at /nonexistent/anvil"));

    // Away from any checkout.
    let copy = directory.path().join("capi");
    fs::copy(env!("CARGO_BIN_EXE_capi"), &copy).unwrap();
    let mut command = std::process::Command::new(&copy);
    let (code, line) = fail(command.arg("dev").current_dir(directory.path()).env_clear());
    assert_eq!(code, 1);
    assert!(line.contains("run scripts/install-dev-tools"), "{line}");
}

#[test]
fn a_taken_port_names_the_option_that_chooses_another() {
    let directory = directory();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for (option, other) in [("--port", "--node-port"), ("--node-port", "--port")] {
        let (code, line) = fail(capi(directory.path()).args(["dev", option, &port, other, "0"]));
        assert_eq!(code, 1);
        let expected =
            format!("capi: port {port} is in use: stop whatever uses it, or choose another with {option}");
        assert_eq!(line, expected);
    }
}

#[test]
fn keys_that_cannot_be_used_are_named_and_not_shown() {
    let directory = directory();
    let market = DevMarket::up(directory.path());
    fs::write(directory.path().join("bad.key"), "cafe-but-not-a-key").unwrap();
    let hash = format!("0x{}", "11".repeat(32));
    for (arguments, expected) in [
        (["--key-file", "missing.key"], "capi: the key file missing.key: No such file"),
        (
            ["--key-file", "bad.key"],
            "capi: the key file bad.key: refused: a private key must be 32 bytes of hex",
        ),
    ] {
        let (code, line) = fail(capi(directory.path()).args(["market", "vote", &hash]).args(arguments));
        assert_eq!(code, 1);
        assert!(line.starts_with(expected) && !line.contains("cafe"), "{line}");
    }
    let mut command = capi(directory.path());
    let (_, line) = fail(command.args(["market", "vote", &hash]).env("CAPI_MARKET_KEY", "cafe"));
    assert!(line.starts_with("capi: CAPI_MARKET_KEY: ") && !line.contains("cafe"), "{line}");
    market.stop();
}

#[test]
fn without_a_market_the_settings_are_asked_for() {
    let directory = directory();
    let (code, line) = fail(capi(directory.path()).args(["market", "ls"]));
    assert_eq!(code, 2);
    assert!(line.contains("--api URL") && line.contains("capi dev`"), "{line}");
    let (code, line) = fail(capi(directory.path()).args(["dev", "mine"]));
    assert_eq!(code, 1);
    assert!(line.contains("start one with `"), "{line}");
}

#[test]
fn a_market_that_is_no_longer_running_is_reported() {
    let directory = directory();
    DevMarket::up(directory.path()).stop();
    for arguments in [["market", "ls"], ["dev", "mine"], ["admin", "status"]] {
        let (code, line) = fail(capi(directory.path()).args(arguments));
        assert_eq!(code, 3);
        assert!(line.contains("does not respond: start it with `") && line.ends_with("dev`"), "{line}");
    }
}

#[test]
fn a_file_that_cannot_be_listed_costs_nothing() {
    let directory = directory();
    let market = DevMarket::up(directory.path());
    fs::write(directory.path().join("empty"), "").unwrap();
    let before = market.run(&["dev", "mine"])["block"].as_u64().unwrap();
    let about = ["--title", "t", "--description", "d", "--license", "l"];
    for (file, expected) in
        [("missing", "missing: No such file"), ("empty", "empty is empty"), (".", "not a file")]
    {
        let (code, line) = fail(capi(directory.path()).args(["market", "upload", file]).args(about));
        assert_eq!(code, 1);
        assert!(line.contains(expected), "{line}");
    }
    fs::write(directory.path().join("file"), "bytes").unwrap();
    let other = format!("0x{}", "11".repeat(32));
    for (options, expected) in [
        (vec!["--title", "", "--description", "d", "--license", "l"], "--title: empty"),
        (
            vec!["--title", "t\u{7}", "--description", "d", "--license", "l"],
            "--title: contains control characters",
        ),
        (vec!["--title", "t", "--description", " ", "--license", "l"], "--description: empty"),
        (vec!["--title", "t", "--description", "d", "--license", ""], "--license: empty"),
        (
            [&about[..], &["--hash", &other, "--tx-hash", &other]].concat(),
            "no chain node knows the transaction",
        ),
        // The option's name of earlier versions.
        (
            [&about[..], &["--listing-hash", &other, "--tx-hash", &other]].concat(),
            "no chain node knows the transaction",
        ),
    ] {
        let (code, line) = fail(capi(directory.path()).args(["market", "upload", "file"]).args(options));
        assert_eq!(code, 1);
        assert!(line.contains(expected), "{line}");
    }
    assert_eq!(market.run(&["dev", "mine"])["block"].as_u64().unwrap(), before + 1);
    market.stop();
}
