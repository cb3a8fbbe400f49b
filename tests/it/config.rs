//! Settings: their layers, their mistakes and their secrets.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use capi::config::{
    Display, KeyKeeping, Layers, Settings, SettingsError, advice, definitions, describe, reference,
};
use capi::domain::clock::SystemClock;
use secrecy::ExposeSecret;

type Variables = BTreeMap<String, String>;

/// No secret of the tests contains this word by chance.
const CANARY: &str = "canary0dead1beef2dead3beef";
const KEY: &str = "4c0883a69102937d6231471b5dbb6204fe512961708279feb1be6ae5538da033";

fn map(pairs: &[(&str, &str)]) -> Variables {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// What a server of the stack `mainnet` needs in this build beside the stack file.
fn mainnet() -> Variables {
    map(&[
        ("CAPI_STACK", "mainnet"),
        ("CAPI_RPC_PATH", "https://node.example"),
        ("CAPI_DATATRUST_KEY", KEY),
        ("CAPI_JWT_SECRET_KEY", "a key for tokens that is long enough"),
        ("CAPI_DNS_NAME", "datatrust.example"),
        ("CAPI_METADATA_STORE", "embedded"),
        ("CAPI_OBJECT_STORE", "file:///srv/objects"),
    ])
}

/// What a server of the local stack needs: `capi dev` provides it.
fn local(data_dir: &Path) -> Variables {
    let mut variables = mainnet();
    variables.retain(|name, _| name == "CAPI_DATATRUST_KEY");
    for contract in CONTRACTS {
        variables.insert(format!("CAPI_{contract}_CONTRACT_ADDRESS"), format!("0x{}", "11".repeat(20)));
    }
    variables.insert("CAPI_DATA_DIR".into(), data_dir.display().to_string());
    variables
}

const CONTRACTS: [&str; 7] =
    ["ETHER_TOKEN", "MARKET_TOKEN", "VOTING", "PARAMETERIZER", "RESERVE", "DATATRUST", "LISTING"];

fn with(mut variables: Variables, name: &str, value: &str) -> Variables {
    variables.insert(name.to_owned(), value.to_owned());
    variables
}

fn load(variables: Variables) -> Result<Settings, SettingsError> {
    load_layers(&Layers::new(variables, true)?)
}

fn load_layers(layers: &Layers) -> Result<Settings, SettingsError> {
    Settings::load(layers, KeyKeeping::Forget, &SystemClock)
}

/// The line that stops the start.
fn refusal(variables: Variables) -> String {
    let line = load(variables).unwrap_err().to_string();
    assert!(!line.contains('\n'), "more than one line: {line}");
    line
}

fn shown(layers: &Layers, variable: &str) -> (String, String) {
    let line = describe(layers).into_iter().find(|line| line.variable == variable).unwrap();
    (line.value, line.origin)
}

#[test]
fn the_environment_wins_over_the_secret_over_the_stack_file_over_the_default() {
    let mut variables = mainnet();
    let table = |variables: &Variables, secret: Option<&Variables>| {
        let mut layers = Layers::new(variables.clone(), true).unwrap();
        if let Some(secret) = secret {
            layers = layers.with_secret(secret);
        }
        shown(&layers, "CAPI_TABLE_NAME")
    };
    let secret = map(&[("TABLE_NAME", "from-secret")]);
    assert_eq!(table(&variables, None), ("capi-mainnet".into(), "stack file".into()));
    assert_eq!(table(&variables, Some(&secret)), ("from-secret".into(), "secret".into()));
    variables.insert("CAPI_TABLE_NAME".into(), "from-environment".into());
    assert_eq!(table(&variables, Some(&secret)), ("from-environment".into(), "environment".into()));
    let local = Layers::new(Variables::new(), true).unwrap();
    assert_eq!(shown(&local, "CAPI_TABLE_NAME"), ("capi-local".into(), "default".into()));
}

#[test]
fn an_empty_value_counts_as_unset() {
    let settings = load(with(with(mainnet(), "CAPI_PORT", ""), "CAPI_PREVIEW_BYTES", "  ")).unwrap();
    assert_eq!(settings.server.listen.port(), 5000);
    assert_eq!(settings.access.preview_bytes, None);
}

#[test]
fn the_known_stacks_are_complete_but_for_what_is_secret_or_unknown() {
    for (stack, chain_id, first_block, confirmations) in
        [("mainnet", "1", 8_966_214, 12), ("rinkeby", "4", 5_436_555, 1), ("skynet", "777", 0, 1)]
    {
        let mut variables = with(mainnet(), "CAPI_STACK", stack);
        if stack == "skynet" {
            assert!(refusal(variables.clone()).starts_with("CAPI_CHAIN_ID is not set"));
            variables.insert("CAPI_CHAIN_ID".into(), chain_id.into());
        }
        let settings = load(variables).unwrap();
        assert_eq!(settings.chain.chain_id.to_string(), chain_id);
        assert_eq!(settings.follower.genesis_block, first_block);
        assert_eq!(settings.follower.confirmations, confirmations);
        let backend = settings.access.public_key.unwrap().to_string();
        assert_eq!(backend, "0x9D330a81aA8c5311D33016Ab0A97787A0B28306e");
        assert!(!settings.access.insecure_sign_in);
    }
}

#[test]
fn the_local_stack_needs_nothing_that_the_development_market_does_not_provide() {
    let directory = tempfile::tempdir().unwrap();
    let settings = load(local(directory.path())).unwrap();
    assert_eq!(settings.server.listen.to_string(), "127.0.0.1:5000");
    assert_eq!(settings.server.metrics, None);
    assert_eq!(settings.access.dns_name, "localhost:5000");
    assert!(settings.access.insecure_sign_in);
    assert_eq!(settings.chain.urls[0].as_str(), "http://127.0.0.1:8545/");
    assert_eq!(settings.tokens.access_life, Duration::from_secs(86_400));
    assert_eq!(settings.access.max_upload_bytes, 5 << 30);
    let moved = with(with(local(directory.path()), "CAPI_HOST", "10.1.2.3"), "CAPI_PORT", "81");
    assert_eq!(load(moved).unwrap().access.dns_name, "10.1.2.3:81");
}

#[test]
fn a_secret_of_the_old_server_means_our_settings() {
    let secret = map(&[
        ("TABLE_NAME", "ffa-listings"),
        ("DB_URL", "https://dynamodb.example"),
        ("S3_DESTINATION", "ffa-files"),
        ("RPC_PATH", "https://node.example"),
        ("DATATRUST_KEY", &format!("0x{KEY}")),
        ("DNSName", "ffa.example"),
        ("LOG_LEVEL", "WARNING"),
        ("JWT_SECRET_KEY", "short but old"),
        ("CELERY_BROKER_URL", "ignored"),
        ("DesiredCount", "2"),
    ]);
    let variables = map(&[("CAPI_STACK", "rinkeby")]);
    let layers = Layers::new(variables, true).unwrap().with_secret(&secret);
    assert_eq!(shown(&layers, "CAPI_OBJECT_STORE"), ("s3://ffa-files".into(), "secret".into()));
    assert_eq!(shown(&layers, "CAPI_TABLE_NAME").0, "ffa-listings");
    // This build has neither of these adapters.
    let variables = map(&[
        ("CAPI_STACK", "rinkeby"),
        ("CAPI_METADATA_STORE", "embedded"),
        ("CAPI_OBJECT_STORE", "file:///srv/objects"),
    ]);
    let settings = load_layers(&Layers::new(variables, true).unwrap().with_secret(&secret)).unwrap();
    assert_eq!(settings.access.dns_name, "ffa.example");
    assert_eq!(settings.datatrust_key.expose_secret(), KEY);
    assert_eq!(settings.logs.level, "warn");
    assert_eq!(advice(&settings).len(), 1, "the short key is used, with a warning");
}

#[test]
fn a_variable_s_own_name_in_the_secret_wins_over_the_old_one() {
    let secret = map(&[("DNSName", "old.example"), ("CAPI_DNS_NAME", "new.example")]);
    let mut variables = mainnet();
    variables.remove("CAPI_DNS_NAME");
    let layers = Layers::new(variables, true).unwrap().with_secret(&secret);
    assert_eq!(load_layers(&layers).unwrap().access.dns_name, "new.example");
}

/// Values that each setting must refuse.
fn bad_values(name: &str) -> &'static [&'static str] {
    match name {
        "STACK" => &["nowhere", "Mainnet"],
        "STACKS_FILE" => &["/nowhere/stacks.yml"],
        "HOST" => &["example.org", "1.2.3", "1.2.3.4:5"],
        "PORT" => &["x", "-1", "65536", "80.0"],
        "METRICS_ADDR" => &["9464", "localhost", "on"],
        "RPC_PATH" => &["node", "ftp://node.example", "https://a.example,,https://b.example", "https://"],
        "CHAIN_ID" => &["0", "main", "-1", "0x1"],
        "GENESIS_BLOCK" | "CONFIRMATIONS" => &["-1", "latest", "99999999999999999999"],
        "DATATRUST_KEY" => {
            &["qqq", "0x12", "kms://", "0000000000000000000000000000000000000000000000000000000000000000"]
        }
        "JWT_SECRET_KEY" | "JWT_SECRET_KEY_PREVIOUS" => &["short"],
        "DNS_NAME" => &["https://datatrust.example", "datatrust.example/", "a b", "u:p@a.example"],
        "LEGACY_LOGIN" | "ANONYMOUS_UPLOADS" => &["maybe", "2"],
        "MAX_UPLOAD_BYTES" | "PREVIEW_BYTES" => &["0", "-1", "many", "5 GB", "1.5"],
        "METADATA_STORE" => &["redis", "Embedded"],
        "TABLE_NAME" => &["ab", "a table"],
        "DB_URL" | "S3_URL" => &["localhost:8000", "file:///x"],
        "OBJECT_STORE" => &["/srv", "file://", "s3://", "s3://A_B", "https://bucket"],
        "REGION" => &["moon", "US WEST"],
        "LOG_LEVEL" => &["loud", "info,,", "capi=loud", "21"],
        "LOG_FORMAT" => &["xml", "JSON"],
        _ if name.ends_with("_SECONDS") || name.ends_with("_MILLISECONDS") || name.ends_with("_DAYS") => {
            &["0", "-1", "1.5", "soon", "99999999999999999999"]
        }
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
fn adapters_that_this_build_lacks_stop_the_start_with_a_sentence() {
    for (variable, value, lacks) in [
        ("CAPI_METADATA_STORE", "dynamodb", "no adapter for DynamoDB yet"),
        ("CAPI_OBJECT_STORE", "s3://bucket", "no adapter for S3 yet"),
        ("CAPI_DATATRUST_KEY", "kms://alias/backend", "cannot sign with AWS KMS yet"),
    ] {
        let line = refusal(with(mainnet(), variable, value));
        assert!(line.starts_with(variable) && line.contains(lacks), "{line}");
    }
}

#[test]
fn no_secret_shows_in_debug_output_settings_tables_or_errors() {
    let rpc = format!("https://user:{CANARY}@node.example/v3/{CANARY}?key={CANARY}");
    let mut variables = mainnet();
    for (name, value) in [
        ("CAPI_RPC_PATH", rpc.as_str()),
        ("CAPI_DB_URL", &format!("https://u:{CANARY}@db.example/{CANARY}")),
        ("CAPI_JWT_SECRET_KEY", CANARY),
        ("CAPI_JWT_SECRET_KEY_PREVIOUS", CANARY),
    ] {
        variables.insert(name.into(), value.into());
    }
    let layers = Layers::new(variables.clone(), true).unwrap();
    let settings = load_layers(&layers).unwrap();
    let mut told = format!("{settings:?}{settings:#?}{:?}", describe(&layers));
    told += &serde_json::to_string(&describe(&layers)).unwrap();
    for setting in definitions() {
        // A secret under a wrong name, in the shapes that keys and addresses have.
        for value in [format!("0x{KEY}"), format!("redis://:{CANARY}@host"), format!("{CANARY} {CANARY}")] {
            let mistaken = with(variables.clone(), &setting.variable(), &value);
            if let Err(error) = load(mistaken.clone())
                && setting.name() != "STACKS_FILE"
            {
                told += &format!("{error} {error:?}");
            }
        }
    }
    told += &layers.warnings().join(" ");
    let digits = settings.datatrust_key.expose_secret();
    for secret in [CANARY, KEY, digits] {
        let place = told.to_lowercase().find(&secret.to_lowercase());
        assert_eq!(place.map(|at| &told[at.saturating_sub(200)..at]), None, "{secret} is shown");
    }
    assert!(told.contains("https://node.example/…"));
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

fn stack_file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn chosen(file: &tempfile::NamedTempFile, stack: &str) -> Variables {
    map(&[("CAPI_STACKS_FILE", &file.path().display().to_string()), ("CAPI_STACK", stack)])
}

#[test]
fn a_stack_that_is_added_to_a_stack_file_can_be_chosen_at_once() {
    let mut entry = String::from("sepolia:\n  chain_id: 11155111\n  confirmations: 3\n  genesis_block: 42\n");
    for contract in CONTRACTS {
        entry += &format!("  {}_contract_address: 0x{}\n", contract.to_lowercase(), "33".repeat(20));
    }
    let file = stack_file(&entry);
    let mut variables = mainnet();
    variables.extend(chosen(&file, "sepolia"));
    let settings = load(variables).unwrap();
    assert_eq!(settings.stack, "sepolia");
    assert_eq!(settings.chain.chain_id, 11_155_111);
    assert_eq!((settings.follower.genesis_block, settings.follower.confirmations), (42, 3));
    assert_eq!(settings.chain.contracts.voting.to_string(), format!("0x{}", "33".repeat(20)));
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

#[test]
fn the_token_key_of_the_local_stack_is_made_once_and_is_its_owner_s_alone() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("not/there/yet");
    let layers = Layers::new(local(&data), true).unwrap();
    let key = |keeping| {
        let settings = Settings::load(&layers, keeping, &SystemClock).unwrap();
        settings.tokens.key.expose_secret().to_owned()
    };
    key(KeyKeeping::Forget);
    assert!(!data.exists(), "looking at settings changes nothing");
    let first = key(KeyKeeping::Generate);
    assert_eq!(first.len(), 64);
    assert_eq!(first, key(KeyKeeping::Generate));
    assert_eq!(first, key(KeyKeeping::Forget));
    let entries: Vec<_> = fs::read_dir(&data).unwrap().map(|entry| entry.unwrap()).collect();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);

    fs::write(entries[0].path(), "").unwrap();
    let error = Settings::load(&layers, KeyKeeping::Generate, &SystemClock).unwrap_err().to_string();
    assert!(error.starts_with("CAPI_JWT_SECRET_KEY") && error.contains("delete it"), "{error}");
}

#[test]
fn processes_that_start_at_once_agree_on_the_token_key() {
    let directory = tempfile::tempdir().unwrap();
    let layers = Layers::new(local(directory.path()), true).unwrap();
    let keys: Vec<String> = std::thread::scope(|scope| {
        let load = || Settings::load(&layers, KeyKeeping::Generate, &SystemClock).unwrap().tokens.key;
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(load)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap().expose_secret().to_owned()).collect()
    });
    assert!(keys.iter().all(|key| *key == keys[0]));
}

#[test]
fn logs_are_text_for_a_person_and_json_for_a_collector() {
    for (terminal, format, json) in [(true, "", false), (false, "", true), (true, "json", true)] {
        let layers = Layers::new(with(mainnet(), "CAPI_LOG_FORMAT", format), terminal).unwrap();
        assert_eq!(load_layers(&layers).unwrap().logs.json, json);
    }
}

#[test]
fn the_reference_page_is_that_of_the_definitions() {
    let committed = include_str!("../../docs/settings.md");
    assert!(committed == reference(), "docs/settings.md is out of date: run `make docs`");
    for setting in definitions() {
        assert!(committed.contains(&format!("| `{}` |", setting.variable())));
    }
}

fn capi(arguments: &[&str], variables: &Variables) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_capi"));
    command.args(arguments).env_clear().envs(variables).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap()
}

#[test]
fn config_check_says_ok_or_why_not() {
    let good = capi(&["config", "check"], &mainnet());
    assert_eq!((good.status.code(), text(&good.stdout)), (Some(0), "ok\n"));
    let bad = capi(&["config", "check"], &with(mainnet(), "CAPI_PORT", "x"));
    assert_eq!(bad.status.code(), Some(2));
    let told = text(&bad.stderr);
    assert_eq!(told, "capi: CAPI_PORT from the environment is \"x\": expected a port number, 0 to 65535\n");
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
