//! Bad, missing and misspelt values.

use capi::config::{Display, Layers, definitions};

use super::{
    CANARY, CONTRACTS, Variables, chosen, load, load_layers, mainnet, map, refusal, stack_file, with,
};

/// Values that each setting must refuse.
fn bad_values(name: &str) -> &'static [&'static str] {
    match name {
        "STACK" => &["nowhere", "Mainnet"],
        "STACKS_FILE" => &["/nowhere/stacks.yml"],
        "SECRETS" => &["vault", "AWS"],
        "HOST" => &["example.org", "1.2.3", "1.2.3.4:5"],
        "PORT" => &["x", "-1", "65536", "80.0"],
        "METRICS_ADDR" => &["9464", "localhost", "on"],
        "RPC_PATH" => &["node", "ftp://node.example", "https://a.example,,https://b.example", "https://"],
        "RPC_WEBSOCKET_URLS" => &[
            "node",
            "https://node.example",
            "wss://a.example,,wss://b.example",
            "wss://",
            "node.example:8546",
        ],
        "CHAIN_ID" => &["0", "main", "-1", "0x1"],
        "CONFIRMATIONS" => &["-1", "latest", "256", "99999999999999999999"],
        "GENESIS_BLOCK" | "RPC_MAX_LAG_BLOCKS" => &["-1", "latest", "99999999999999999999"],
        "LARGE_PURCHASE_BYTES" => &["-1", "1.5", "many"],
        "LARGE_PURCHASE_FINALITY" => &["soon", "257", "-1", "Finalized"],
        "MAX_FEE_GWEI" => &["0", "-1", "1.0000000001", "cheap", "1e3"],
        "MAX_ETH_PER_DAY" => &["0", "-1", "0.0000000000000000001", "all"],
        "BUMP_AFTER_BLOCKS" => &["0", "1001", "-1", "six"],
        "DATATRUST_KEY" => &[
            "qqq",
            "0x12",
            "kms:-",
            "kms:a b",
            "0000000000000000000000000000000000000000000000000000000000000000",
        ],
        "JWT_SECRET_KEY" | "JWT_SECRET_KEY_PREVIOUS" => &["short"],
        "DNS_NAME" => &["https://datatrust.example", "datatrust.example/", "a b", "a.example?x"],
        "EXPLORER" => &["etherscan.io", "https://etherscan.io/tx/", "ftp://explorer.example/{tx}"],
        "LEGACY_LOGIN" | "CLOUDWATCH_METRICS" | "CONSOLE" => &["maybe", "2"],
        // On a market that is not `local`, true too.
        "ANONYMOUS_UPLOADS" => &["maybe", "2", "true", "yes"],
        "LIMITS" => &["maybe", "2"],
        "OPERATORS" => &["0x12", "nobody", "0x0000000000000000000000000000000000000000"],
        "TRUSTED_PROXIES" => &["10.0.0.0/33", "example.org", "10.0.0.1 10.0.0.2"],
        "READS_PER_MINUTE"
        | "SEARCHES_PER_MINUTE"
        | "SIGN_INS_PER_MINUTE"
        | "WRITES_PER_MINUTE"
        | "DOWNLOADS_PER_MINUTE"
        | "WATCHES_PER_MINUTE" => &["0", "-1", "many", "1.5"],
        "CONCURRENT_UPLOADS"
        | "CONCURRENT_DOWNLOADS"
        | "CONCURRENT_STREAMS"
        | "CONNECTIONS_PER_ADDRESS"
        | "MAX_CONNECTIONS" => &["0", "1000001", "-1", "many"],
        "RESERVED_FEES_PERCENT" => &["100", "-1", "a quarter"],
        "MIN_EARNINGS" => &["-1", "much", "0.0000000000000000001"],
        "CHARGES_PER_BUYER" => &["0", "-1", "1000001", "many"],
        "PENDING_UPLOADS" => &["0", "101", "-1", "few"],
        "MAX_UPLOAD_BYTES"
        | "PREVIEW_BYTES"
        | "PENDING_UPLOAD_BYTES"
        | "PENDING_TOTAL_BYTES"
        | "MIN_FREE_DISK" => &["0", "-1", "many", "5 GB", "1.5"],
        "COMPLETE_AFTER" => &["0s", "1", "1.5h", "soon", "h", "721h"],
        "CHECKPOINT_INTERVAL" => &["0s", "24", "1.5h", "Off", "never", "721h"],
        "TICKET_LIFE" => &["0s", "1", "soon", "25h"],
        "MAX_IN_FLIGHT" => &["0", "-1", "1001", "many"],
        "MAX_BLOCK_AGE_SECONDS" => &["-1", "1.5", "86401", "old"],
        "METADATA_STORE" => &["redis", "Embedded"],
        "TABLE_NAME" => &["ab", "a table"],
        "DB_URL" | "S3_URL" => &["localhost:8000", "file:///x"],
        "OBJECT_STORE" => &["/srv", "file://", "s3://", "s3://A_B", "https://bucket"],
        "BACKUP_STORE" => &["/srv", "file://", "s3://", "s3://A_B", "s3://bucket/A", "s3://bucket/a//b"],
        "BACKUP_RECIPIENT" => &["age1", "somebody"],
        "BACKUP_HOURS" => &["0", "-1", "1.5", "8761", "daily"],
        "BACKUP_KEEP" => &["0", "-1", "10001", "all"],
        "S3_ENCRYPTION" => &["on", "aes256", "aws:kms:", "aws:kms:a b"],
        "REGION" => &["moon", "US WEST"],
        "LOG_LEVEL" => &["loud", "info,,", "capi=loud", "21"],
        "LOG_FORMAT" => &["xml", "JSON"],
        "ACCESS_LOG" => &["on", "warn"],
        "ACCESS_LOG_EVERY" => &["0", "-1", "1.5", "all"],
        "OTLP_ENDPOINT" => &["localhost:4318", "grpc://collector.example", "yes"],
        "TRACE_RATIO" => &["-0.1", "1.01", "5%", "NaN", "all"],
        _ if name.ends_with("_SECONDS") || name.ends_with("_MILLISECONDS") || name.ends_with("_DAYS") => {
            &["0", "-1", "1.5", "soon", "99999999999999999999"]
        }
        _ if name.ends_with("_CALLS_PER_SECOND") => &["0", "-1", "1.5", "many"],
        _ if name.ends_with("_ADDRESS") || name == "PUBLIC_KEY" => {
            &["0x12", "nobody", "0x0000000000000000000000000000000000000000"]
        }
        // Any text names a directory.
        "DATA_DIR" => &[],
        _ => panic!("{name} has no bad values in this test"),
    }
}

#[test]
fn every_bad_value_is_refused_in_one_line_that_names_its_variable_and_what_was_expected() {
    for setting in definitions() {
        let variable = setting.variable();
        for value in bad_values(setting.name()) {
            let line = refusal(with(mainnet(), &variable, value));
            assert!(line.contains(&variable), "{variable}={value}: {line}");
            if setting.name() != "STACKS_FILE" {
                assert!(
                    line.contains("the environment") && line.contains("expected"),
                    "{variable}={value}: {line}"
                );
            }
            if setting.display() == Display::Whole {
                // What is as long as a key is not shown either.
                assert!(line.contains(value) || value.len() > 40, "{variable}={value}: {line}");
            } else {
                assert!(!line.contains(value), "{variable}: its value is shown: {line}");
            }
        }
    }
}

#[test]
fn the_bad_entry_of_a_list_is_named() {
    let (good, short) = (format!("0x{}", "22".repeat(20)), format!("0x{}", "ab".repeat(19)));
    for (list, named) in [
        (format!("{good}, 0x12"), "entry 2 (\"0x12\")"),
        (format!("{good},{short},{good}"), "entry 2 (it starts with \"0xabab\")"),
    ] {
        let line = refusal(with(mainnet(), "CAPI_OPERATORS", &list));
        assert!(line.starts_with("CAPI_OPERATORS from the environment is wrong in "), "{line}");
        assert!(line.contains(named) && !line.contains(&short), "{line}");
    }
    let nodes = refusal(with(mainnet(), "CAPI_RPC_PATH", "https://a.example/key,b.example/key"));
    assert!(nodes.contains("wrong in entry 2:") && !nodes.contains("b.example"), "{nodes}");
    let nodes =
        refusal(with(mainnet(), "CAPI_RPC_WEBSOCKET_URLS", "wss://a.example/key,https://b.example/key"));
    assert!(nodes.contains("wrong in entry 2:") && nodes.contains("ws or wss addresses"), "{nodes}");
    assert!(!nodes.contains("b.example"), "{nodes}");
}

#[test]
fn a_bad_value_in_the_secret_or_the_stack_file_is_traced_to_it() {
    let secret = map(&[("LOG_LEVEL", "loud")]);
    let layers = Layers::new(mainnet(), true).unwrap().with_secret(&secret);
    let line = load_layers(&layers).unwrap_err().to_string();
    assert!(line.starts_with("CAPI_LOG_LEVEL from the secret capi-mainnet is \"loud\": expected"), "{line}");

    let file = stack_file("here:\n  port: many\n");
    let line = refusal(chosen(&file, "here"));
    assert!(line.starts_with("CAPI_PORT from the stack file"), "{line}");
    assert!(line.contains("stack here is \"many\""), "{line}");
}

#[test]
fn every_missing_value_is_named() {
    let needed =
        ["CAPI_RPC_PATH", "CAPI_DATATRUST_KEY", "CAPI_JWT_SECRET_KEY", "CAPI_DNS_NAME", "CAPI_CHAIN_ID"];
    let contracts = CONTRACTS.map(|contract| format!("CAPI_{contract}_CONTRACT_ADDRESS"));
    let file = stack_file("bare: {}\n");
    for missing in needed.into_iter().chain(contracts.iter().map(String::as_str)) {
        let mut variables = complete(&file);
        variables.remove(missing);
        let line = refusal(variables);
        assert!(line.starts_with(&format!("{missing} is not set: expected ")), "{missing}: {line}");
    }
    load(complete(&file)).unwrap();
}

/// Everything that a stack of an empty entry needs.
fn complete(file: &tempfile::NamedTempFile) -> Variables {
    let mut variables = mainnet();
    variables.extend(chosen(file, "bare"));
    variables.insert("CAPI_CHAIN_ID".into(), "5".into());
    for contract in CONTRACTS {
        variables.insert(format!("CAPI_{contract}_CONTRACT_ADDRESS"), format!("0x{}", "22".repeat(20)));
    }
    variables
}

#[test]
fn a_misspelt_variable_is_told_with_the_name_it_was_meant_to_be() {
    let variables =
        map(&[("CAPI_RPC_PAHT", CANARY), ("CAPI_SOMETHING_ELSE_ENTIRELY", CANARY), ("HOME", "x")]);
    let warnings = Layers::new(variables, true).unwrap().warnings();
    assert_eq!(warnings.len(), 2);
    assert_eq!(warnings[0], "the variable CAPI_RPC_PAHT is not a setting; did you mean CAPI_RPC_PATH?");
    assert!(!warnings.concat().contains(CANARY));
}

#[test]
fn a_broken_stack_file_is_told_in_one_line() {
    for (text, told) in [
        ("a: [1, 2", "expected mapping start"),
        ("a:\n  port: 1\n  port: 2\n", "duplicate mapping key"),
        ("a:\n  prot: 1\n", "`prot` of the stack a is not a setting; did you mean `port`?"),
        ("a:\n  stack: b\n", "`stack` of the stack a is not a setting"),
        ("a:\n  datatrust_key: 12\n", "`datatrust_key` of the stack a is a secret"),
        ("a:\n  port: {b: 1}\n", "expected string scalar"),
    ] {
        let file = stack_file(text);
        let line = refusal(chosen(&file, "a"));
        assert!(line.contains(told) && line.contains("CAPI_STACKS_FILE"), "{text:?}: {line}");
    }
}
