//! Settings: their layers and the stacks.

mod commands;
mod mistakes;
mod secrets;
mod secrets_manager;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use capi::config::{
    BackendKey, KeyKeeping, Layers, MetadataStore, Settings, SettingsError, definitions, describe, reference,
};
use capi::domain::clock::SystemClock;
use secrecy::ExposeSecret;

type Variables = BTreeMap<String, String>;

/// No secret of the tests contains this word by chance.
const CANARY: &str = "canary0dead1beef2dead3beef";

const KEY: &str = "4c0883a69102937d6231471b5dbb6204fe512961708279feb1be6ae5538da033";
/// The address of that key.
const ADDRESS: &str = "0xb960bED53c17f9a021538b5d6f08e7466B966c53";

fn map(pairs: &[(&str, &str)]) -> Variables {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// What a server of the stack `mainnet` needs in this build beside the stack file.
fn mainnet() -> Variables {
    map(&[
        ("CAPI_STACK", "mainnet"),
        ("CAPI_SECRETS", "none"),
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

fn local_key(settings: &Settings) -> &str {
    match &settings.datatrust_key {
        BackendKey::Local(key) => key.expose_secret(),
        BackendKey::Kms { .. } => panic!("the key is in KMS"),
    }
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
fn the_address_of_a_service_may_name_an_access_key_which_is_not_shown() {
    let variables = with(mainnet(), "CAPI_METADATA_STORE", "dynamodb");
    let MetadataStore::DynamoDb { service, table } = load(variables.clone()).unwrap().metadata else {
        panic!("dynamodb was chosen")
    };
    assert_eq!((service.region.as_str(), table.as_str()), ("us-west-1", "capi-mainnet"));
    assert!(service.endpoint.is_none() && service.access_key.is_none());

    let address = format!("http://some%40id:{CANARY}@localhost:8000");
    let settings = load(with(variables, "CAPI_DB_URL", &address)).unwrap();
    let MetadataStore::DynamoDb { service, .. } = &settings.metadata else { panic!("dynamodb was chosen") };
    let key = service.access_key.as_ref().unwrap();
    assert_eq!((key.id.as_str(), key.secret.expose_secret()), ("some@id", CANARY));
    assert_eq!(service.endpoint.as_ref().unwrap().as_str(), "http://localhost:8000/");
    assert!(!format!("{settings:?}").contains(CANARY));
}

#[test]
fn an_empty_value_counts_as_unset() {
    let settings = load(with(with(mainnet(), "CAPI_PORT", ""), "CAPI_PREVIEW_BYTES", "  ")).unwrap();
    assert_eq!(settings.server.listen.port(), 5000);
    assert_eq!(settings.access.preview_bytes, Some(64 * 1024));
}

#[test]
fn the_known_stacks_are_complete_but_for_what_is_secret() {
    for (stack, chain_id, first_block, confirmations) in
        [("mainnet", "1", 8_966_214, 12), ("rinkeby", "4", 5_436_555, 1), ("skynet", "29458", 0, 1)]
    {
        let settings = load(with(mainnet(), "CAPI_STACK", stack)).unwrap();
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
        ("JWT_SECRET_KEY", "old, and of 32 bytes as it has to be"),
        ("CELERY_BROKER_URL", "ignored"),
        ("DesiredCount", "2"),
    ]);
    let variables = map(&[("CAPI_STACK", "rinkeby")]);
    let layers = Layers::new(variables, true).unwrap().with_secret(&secret);
    assert_eq!(shown(&layers, "CAPI_OBJECT_STORE"), ("s3://ffa-files".into(), "secret".into()));
    assert_eq!(shown(&layers, "CAPI_TABLE_NAME").0, "ffa-listings");
    let settings = load_layers(&layers).unwrap();
    assert_eq!(settings.access.dns_name, "ffa.example");
    assert_eq!(local_key(&settings), KEY);
    assert_eq!(settings.logs.level, "warn");
}

#[test]
fn a_variable_s_own_name_in_the_secret_wins_over_the_old_one() {
    let secret = map(&[("DNSName", "old.example"), ("CAPI_DNS_NAME", "new.example")]);
    let mut variables = mainnet();
    variables.remove("CAPI_DNS_NAME");
    let layers = Layers::new(variables, true).unwrap().with_secret(&secret);
    assert_eq!(load_layers(&layers).unwrap().access.dns_name, "new.example");
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
fn logs_are_text_for_a_person_and_json_for_a_collector() {
    for (terminal, format, json) in [(true, "", false), (false, "", true), (true, "json", true)] {
        let layers = Layers::new(with(mainnet(), "CAPI_LOG_FORMAT", format), terminal).unwrap();
        assert_eq!(load_layers(&layers).unwrap().logs.json, json);
    }
}

#[test]
fn the_reference_page_is_that_of_the_definitions() {
    let committed = include_str!("../../../docs/settings.md");
    assert!(committed == reference(), "docs/settings.md is out of date: run `make docs`");
    for setting in definitions() {
        assert!(committed.contains(&format!("| `{}` |", setting.variable())));
    }
}

#[test]
fn the_key_of_the_backend_account_may_be_in_kms() {
    for (text, region) in [
        ("1234abcd-12ab-34cd-56ef-1234567890ab", "us-west-1"),
        ("alias/capi-mainnet", "us-west-1"),
        ("arn:aws:kms:eu-central-1:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab", "eu-central-1"),
        ("arn:aws-cn:kms:cn-north-1:123456789012:alias/capi", "cn-north-1"),
    ] {
        let settings = load(with(mainnet(), "CAPI_DATATRUST_KEY", &format!("kms:{text}"))).unwrap();
        let BackendKey::Kms { service, id } = settings.datatrust_key else { panic!("{text}") };
        assert_eq!((id.as_str(), service.region.as_str()), (text, region));
    }
}
