//! Secrets are kept and not shown.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use capi::config::{KeyKeeping, Layers, Settings, definitions, describe};
use capi::domain::clock::SystemClock;
use secrecy::ExposeSecret;

use super::{CANARY, KEY, load, load_layers, local, mainnet, with};

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
