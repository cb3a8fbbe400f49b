//! Secrets are kept and not shown.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use capi::config::{KeyKeeping, Layers, Settings, definitions, describe};
use capi::domain::clock::SystemClock;
use secrecy::ExposeSecret;

use super::{CANARY, KEY, load, load_layers, local, local_key, mainnet, map, with};

#[test]
fn no_secret_shows_in_debug_output_settings_tables_or_errors() {
    let rpc = format!("https://user:{CANARY}@node.example/v3/{CANARY}?key={CANARY}");
    let mut variables = mainnet();
    for (name, value) in [
        ("CAPI_RPC_PATH", rpc.as_str()),
        (
            "CAPI_RPC_WEBSOCKET_URLS",
            &format!("wss://a.example/{CANARY},wss://u:{CANARY}@b.example/?key={CANARY}"),
        ),
        ("CAPI_DB_URL", &format!("https://u:{CANARY}@db.example/{CANARY}")),
        ("CAPI_OTLP_ENDPOINT", &format!("https://u:{CANARY}@collector.example/{CANARY}")),
        ("CAPI_JWT_SECRET_KEY", &format!("{CANARY}-{CANARY}")),
        ("CAPI_JWT_SECRET_KEY_PREVIOUS", &format!("{CANARY}+{CANARY}")),
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
    let digits = local_key(&settings);
    for secret in [CANARY, KEY, digits] {
        let place = told.to_lowercase().find(&secret.to_lowercase());
        assert_eq!(place.map(|at| &told[at.saturating_sub(200)..at]), None, "{secret} is shown");
    }
    assert!(told.contains("https://node.example/…"));
    assert!(told.contains("wss://a.example/…,wss://b.example/…"));
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
fn each_secret_can_be_in_a_file_that_the_environment_names() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let rpc = format!("https://node.example/{CANARY}");
    let mut variables = mainnet();
    for (name, text) in [
        ("CAPI_DATATRUST_KEY", format!("0x{KEY}\n")),
        ("CAPI_JWT_SECRET_KEY", format!("{CANARY}-{CANARY}\n")),
        ("CAPI_JWT_SECRET_KEY_PREVIOUS", format!(" previous {CANARY}-{CANARY}")),
        ("CAPI_RPC_PATH", rpc.clone()),
    ] {
        variables.remove(name);
        variables.insert(format!("{name}_FILE"), file(name, &text));
    }
    let layers = Layers::new(variables.clone(), true).unwrap();
    assert_eq!(layers.warnings(), [""; 0]);
    let settings = load_layers(&layers).unwrap();
    assert_eq!(local_key(&settings), KEY);
    assert_eq!(settings.tokens.key.expose_secret(), format!("{CANARY}-{CANARY}"));
    assert_eq!(settings.tokens.previous_key.unwrap().expose_secret(), format!("previous {CANARY}-{CANARY}"));
    assert_eq!(settings.chain.urls[0].as_str(), rpc);
    let line = describe(&layers).into_iter().find(|line| line.variable == "CAPI_JWT_SECRET_KEY").unwrap();
    assert_eq!((line.value.as_str(), line.origin.as_str()), ("(set)", "file"));

    // What stands in the environment itself or in the stack's secret does not silently win or lose.
    let both = with(variables.clone(), "CAPI_DATATRUST_KEY", KEY);
    let error = load(both).unwrap_err().to_string();
    assert!(
        error.starts_with("CAPI_DATATRUST_KEY_FILE") && error.contains("set only one of them"),
        "{error}"
    );
    let secret = map(&[("CAPI_JWT_SECRET_KEY", "the key in the secret of the stack, of 32 bytes")]);
    let settings = load_layers(&layers.with_secret(&secret)).unwrap();
    assert_eq!(settings.tokens.key.expose_secret(), format!("{CANARY}-{CANARY}"));
}

#[test]
fn a_file_that_holds_no_secret_stops_the_start_with_one_line_that_does_not_show_it() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = directory.path().join(name);
        fs::write(&path, content).unwrap();
        path.display().to_string()
    };
    for (path, why) in [
        (file("empty", b" \n"), "is empty"),
        (file("large", &[b'x'; 70_000]), "more than 65536 bytes"),
        (file("binary", &[0xff, 0xfe, 0x00]), "UTF-8"),
        (directory.path().join("missing").display().to_string(), "No such file"),
        (directory.path().display().to_string(), "directory"),
        // The secret itself, where its file was asked for.
        (KEY.to_owned(), "not shown"),
    ] {
        let mut variables = mainnet();
        variables.remove("CAPI_DATATRUST_KEY");
        let error = load(with(variables, "CAPI_DATATRUST_KEY_FILE", &path)).unwrap_err().to_string();
        assert!(error.starts_with("CAPI_DATATRUST_KEY_FILE: the file") && error.contains(why), "{error}");
        assert!(!error.contains(KEY) && !error.contains('\n'), "{error}");
    }
    // A bad value is told as such, with where it came from.
    let mut variables = mainnet();
    variables.remove("CAPI_DATATRUST_KEY");
    let bad = file("bad", CANARY.as_bytes());
    let error = load(with(variables, "CAPI_DATATRUST_KEY_FILE", &bad)).unwrap_err().to_string();
    assert!(
        error.starts_with("CAPI_DATATRUST_KEY from a file that the environment names is not valid"),
        "{error}"
    );
    assert!(!error.contains(CANARY), "{error}");
}

#[test]
fn settings_that_are_no_secrets_are_in_no_files() {
    let variables = with(mainnet(), "CAPI_PORT_FILE", "/run/port");
    let warnings = Layers::new(variables, true).unwrap().warnings();
    assert!(warnings[0].starts_with("the variable CAPI_PORT_FILE is not a setting"), "{warnings:?}");
}
