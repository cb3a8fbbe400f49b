//! A copy of what the deployment scripts need of a checkout, which a test may edit, and their runs.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command as Blocking;

use tempfile::TempDir;
use tokio::process::Command;

use super::account::Account;
use crate::sources::{files_below, root};

pub struct Checkout {
    directory: TempDir,
}

/// How a script ended.
pub struct Ended {
    pub code: Option<i32>,
    pub said: String,
    pub complained: String,
}

impl Ended {
    #[track_caller]
    pub fn well(self) -> String {
        assert_eq!(self.code, Some(0), "{}{}", self.said, self.complained);
        self.said
    }

    /// The reason that it gave.
    #[track_caller]
    pub fn badly(self) -> String {
        assert_eq!(self.code, Some(1), "{}{}", self.said, self.complained);
        assert!(!self.complained.contains("Traceback"), "{}", self.complained);
        self.complained
    }
}

impl Checkout {
    pub fn new() -> Self {
        let checkout = Checkout { directory: tempfile::tempdir().unwrap() };
        let scripts = files_below("scripts").into_iter().filter(|path| !path.contains("__pycache__"));
        for path in scripts.chain(["cf_stack.yml", "stacks.yml", ".ci/deploy"].map(str::to_owned)) {
            let copy = checkout.path(&path);
            fs::create_dir_all(copy.parent().unwrap()).unwrap();
            fs::copy(root().join(&path), copy).unwrap();
        }
        symlink(root().join(".dev"), checkout.path(".dev")).unwrap();
        fs::create_dir(checkout.path("bin")).unwrap();
        symlink(env!("CARGO_BIN_EXE_capi"), checkout.path("bin/capi")).unwrap();
        checkout
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.directory.path().join(path)
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    pub fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path} has no {from}");
        fs::write(self.path(path), text.replacen(from, to, 1)).unwrap();
    }

    pub fn append(&self, path: &str, text: &str) {
        fs::write(self.path(path), self.read(path) + text).unwrap();
    }

    /// Puts a program of the test's own where the scripts look for programs first.
    pub fn put_program(&self, name: &str, text: &str) {
        let program = self.path("bin").join(name);
        fs::write(&program, text).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Makes it a repository whose only commit is on `branch`; answers the commit.
    pub fn commit_on(&self, branch: &str) -> String {
        self.git(&["init", "--quiet", "--initial-branch", branch]);
        let author = ["-c", "user.name=Tester", "-c", "user.email=tester@example.org"];
        self.git(&[&author[..], &["commit", "--quiet", "--allow-empty", "--message", "All of it"]].concat());
        self.git(&["rev-parse", "HEAD"])
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output =
            Blocking::new("git").arg("-C").arg(self.directory.path()).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub async fn run(&self, account: &Account, script: &str, arguments: &[&str]) -> Ended {
        self.run_anywhere(script, arguments, &account.environment()).await
    }

    /// Runs a script with nothing in its environment but these variables.
    pub async fn run_anywhere(
        &self,
        script: &str,
        arguments: &[&str],
        variables: &[(&str, String)],
    ) -> Ended {
        let mut command = Command::new(self.path(script));
        command
            .args(arguments)
            .env_clear()
            .env("PATH", self.search_path())
            .env("HOME", self.directory.path());
        command.envs(variables.iter().map(|(name, value)| (name, value))).kill_on_drop(true);
        let output = command.output().await.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ended { code: output.status.code(), said: text(output.stdout), complained: text(output.stderr) }
    }

    fn search_path(&self) -> std::ffi::OsString {
        let inherited = std::env::var_os("PATH").unwrap();
        let own = self.path("bin");
        std::env::join_paths(std::iter::once(own).chain(std::env::split_paths(&inherited))).unwrap()
    }
}

/// For tools that are given a file of this repository.
pub fn file(path: &str) -> String {
    Path::new(root()).join(path).display().to_string()
}
