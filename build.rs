//! Adds the commit to `capi --version` in release builds.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=CAPI_COMMIT");
    let version = std::env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let shown = match commit() {
        Some(commit) => format!("{version} ({commit})"),
        None => version,
    };
    println!("cargo:rustc-env=BUILD_VERSION={shown}");
}

/// The commit from the environment, else from the checkout. A development build has none, because it would be rebuilt
/// after every commit.
fn commit() -> Option<String> {
    if let Ok(named) = std::env::var("CAPI_COMMIT") {
        return Some(named).filter(|named| !named.is_empty());
    }
    if std::env::var("PROFILE").is_ok_and(|profile| profile != "release") {
        return None;
    }
    println!("cargo:rerun-if-changed=.git/HEAD");
    println!("cargo:rerun-if-changed=.git/refs/heads");
    let output = Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).output().ok()?;
    let commit = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !commit.is_empty()).then_some(commit)
}
