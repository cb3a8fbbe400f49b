//! Runs a walk: its script with its blocks.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use super::blocks::{SHELL, every_fence};
use super::route;
use crate::sources::root;
use crate::support::market::anvil;

/// The beginning of every walk.
const PRELUDE: &str = "walks/block.sh";

fn file(path: &str) -> PathBuf {
    root().join("tests/it/cli/documents").join(path)
}

/// Puts a walk and its blocks into a directory, as `walk` and `blocks/`.
pub fn prepare(walk: &str, directory: &Path) {
    let read = |path: &str| fs::read_to_string(file(path)).unwrap();
    fs::write(directory.join("walk"), read(PRELUDE) + &read(&format!("walks/{walk}"))).unwrap();
    fs::create_dir(directory.join("blocks")).unwrap();
    let shell = every_fence().into_iter().filter(|fence| fence.language == SHELL);
    let ours =
        shell.filter(|fence| route(&fence.document, &fence.text).is_some_and(|(name, _)| name == walk));
    for (number, fence) in ours.enumerate() {
        fs::write(directory.join(format!("blocks/{number:02}")), fence.text).unwrap();
    }
}

/// Whether a walk that was prepared in this directory came to its end and left out none of its blocks.
#[track_caller]
pub fn assert_walked(directory: &Path, output: &Output) {
    let shown = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
    assert!(output.status.success(), "{}", shown.concat());
    let run = fs::read_to_string(directory.join("blocks.run")).unwrap();
    let run: BTreeSet<String> = run.lines().map(str::to_owned).collect();
    let all = fs::read_dir(directory.join("blocks")).unwrap();
    let all: BTreeSet<String> = all.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(run, all, "blocks that the walk did not run");
}

/// Puts stand-ins into a directory of programs.
pub fn put_programs(names: &[&str], directory: &Path) {
    for name in names {
        // With their permissions.
        fs::copy(file("programs").join(name), directory.join(name)).unwrap();
    }
}

/// A directory like a checkout's, for a walk on this machine.
pub struct Sandbox {
    directory: TempDir,
}

impl Sandbox {
    pub fn new(walk: &str) -> Self {
        let sandbox = Sandbox { directory: tempfile::tempdir().unwrap() };
        let path = |name: &str| sandbox.directory.path().join(name);
        for directory in ["bin", "scripts", "target/debug", "web"] {
            fs::create_dir_all(path(directory)).unwrap();
        }
        put_programs(&["aws", "cargo", "docker", "npm"], &path("bin"));
        fs::copy(root().join("README.md"), path("README.md")).unwrap();
        for name in ["Makefile", "ops", "scripts/demo"] {
            symlink(root().join(name), path(name)).unwrap();
        }
        symlink(env!("CARGO_BIN_EXE_capi"), path("target/debug/capi")).unwrap();
        // They install, build or take minutes, and `make test` or .ci/run runs them.
        for name in
            ["scripts/build-web", "scripts/install-dev-tools", "scripts/plant-faults", "scripts/test-web"]
        {
            assert!(root().join(name).exists(), "{name}");
            fs::write(path(name), format!("#!/bin/sh\necho {name} \"$@\"\n")).unwrap();
            fs::set_permissions(path(name), fs::Permissions::from_mode(0o755)).unwrap();
        }
        prepare(walk, sandbox.directory.path());
        sandbox
    }

    /// Runs the walk with these variables, which must succeed.
    #[track_caller]
    pub fn run(self, variables: &[(&str, String)]) {
        let directory = self.directory.path();
        let own = [directory.join("bin"), root().join(".dev/python/bin")];
        let inherited = std::env::var_os("PATH").unwrap();
        let path = std::env::join_paths(own.into_iter().chain(std::env::split_paths(&inherited))).unwrap();
        let mut bash = Command::new("bash");
        bash.args(["-euo", "pipefail", "walk"]).current_dir(directory).env_clear();
        bash.env("PATH", path).env("HOME", directory).env("BLOCKS", directory.join("blocks"));
        bash.env("ROOT", root()).env("CAPI", env!("CARGO_BIN_EXE_capi")).env("CAPI_ANVIL", anvil());
        bash.envs(variables.iter().map(|(name, value)| (name, value)));
        let output = bash.output().unwrap();
        assert_walked(directory, &output);
    }
}
