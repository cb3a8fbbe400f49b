//! The check of the dependencies, without a network.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::sources::root;

/// An advisory against every version of a package.
const PLANTED: &str = r#"```toml
[advisory]
id = "RUSTSEC-2026-9999"
package = "actix-web"
date = "2026-01-01"

[versions]
patched = []
```

# Planted
"#;

#[test]
fn the_dependencies_are_checked_against_the_committed_advisories_without_a_network() {
    let output = check(&root().join("supply-chain/advisory-db"));
    assert!(output.status.success(), "{}", text(&output));
    assert!(text(&output).contains("advisories ok"), "{}", text(&output));
}

#[test]
fn the_check_without_a_network_fails_for_a_known_vulnerability() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("as-of"), "2026-01-01\n").unwrap();
    let package = directory.path().join("crates/actix-web");
    fs::create_dir_all(&package).unwrap();
    fs::write(package.join("RUSTSEC-2026-9999.md"), PLANTED).unwrap();

    let output = check(directory.path());
    assert!(!output.status.success(), "{}", text(&output));
    assert!(text(&output).contains("RUSTSEC-2026-9999"), "{}", text(&output));
}

#[test]
fn each_committed_advisory_is_about_a_package_of_the_lock_file() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    for package in fs::read_dir(root().join("supply-chain/advisory-db/crates")).unwrap() {
        let name = package.unwrap().file_name().into_string().unwrap();
        let named = format!("name = \"{name}\"\n");
        assert!(lock.contains(&named), "{name} is gone from Cargo.lock: run scripts/copy-advisories");
    }
}

#[test]
fn the_lock_file_of_the_fuzz_targets_has_every_dependency() {
    let fuzz = fs::read_to_string(root().join("fuzz/Cargo.lock")).unwrap();
    let known = locked_dependencies(&fuzz);
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let (_, dependencies) = manifest.split_once("\n[dependencies]\n").unwrap();
    let (dependencies, _) = dependencies.split_once("\n[").unwrap();
    let names: Vec<&str> = dependencies.lines().filter_map(|line| Some(line.split_once(" = ")?.0)).collect();
    assert!(names.len() > 50, "{names:?}");
    for name in names {
        assert!(known.contains(&name), "{name} is not in fuzz/Cargo.lock: run cargo metadata in fuzz/");
    }
}

/// The packages that `capi` depends on, without their versions.
fn locked_dependencies(lock: &str) -> Vec<&str> {
    let (_, capi) = lock.split_once("name = \"capi\"\n").unwrap();
    let (_, list) = capi.split_once("dependencies = [\n").unwrap();
    let (list, _) = list.split_once("\n]").unwrap();
    list.lines()
        .map(|line| line.trim().trim_matches([',', '"']).split(' ').next().unwrap_or_default())
        .collect()
}

fn check(advisories: &Path) -> Output {
    // The check reads the packages of all platforms, and a build brings only those of this one.
    Command::new("cargo").args(["fetch", "--locked", "--quiet"]).current_dir(root()).status().unwrap();
    let mut check = Command::new(root().join("scripts/check-dependencies"));
    check.arg("--offline").env("ADVISORY_DB", advisories);
    check.output().unwrap()
}

fn text(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}
