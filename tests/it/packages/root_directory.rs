//! A small Debian in a directory, as if it were a machine.

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use super::output_of;
use crate::sources::root;

pub struct Machine {
    directory: TempDir,
}

impl Machine {
    /// A fresh one, from what scripts/install-dev-tools has made.
    pub fn new() -> Self {
        let machine = Machine { directory: tempfile::tempdir().unwrap() };
        let archive = root().join(".dev/debian-root.tar");
        assert!(archive.exists(), "scripts/install-dev-tools --tests makes .dev/debian-root.tar");
        let mut unpack = command("tar");
        unpack.arg("--extract").arg("--file").arg(archive).arg("--directory").arg(machine.path());
        output_of(unpack.arg("--exclude=./dev/*"));
        // Programs expect it, and there is no device of its own.
        std::fs::write(machine.path().join("dev/null"), "").unwrap();
        machine
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// A line for the shell of the machine.
    pub fn run(&self, line: &str) -> Output {
        command("chroot").arg(self.path()).args(["/bin/sh", "-c", line]).output().unwrap()
    }

    /// The same for one that must succeed; answers what it printed.
    #[track_caller]
    pub fn say(&self, line: &str) -> String {
        output_of(command("chroot").arg(self.path()).args(["/bin/sh", "-c", line]))
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // What belongs to other users of the machine is not this user's to delete.
        let _ = command("rm").arg("-rf").arg(self.path()).status();
    }
}

/// Where the tests do not run as root, a name space of users in which they do.
pub fn prefix() -> &'static [&'static str] {
    let user = Command::new("id").arg("-u").output().unwrap().stdout;
    if user == b"0\n" { &[] } else { &["unshare", "--map-root-user", "--map-auto"] }
}

fn command(program: &str) -> Command {
    let [first, rest @ ..] = prefix() else { return Command::new(program) };
    let mut command = Command::new(first);
    command.args(rest).arg(program);
    command
}
