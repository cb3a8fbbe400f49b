//! What machines without AWS are given: the Debian package, the Ansible collection, the release and how it is installed.

#[cfg(target_os = "linux")]
pub mod deb;
#[cfg(target_os = "linux")]
mod playbook;
pub mod release;
#[cfg(target_os = "linux")]
pub mod root_directory;

use std::process::{Command, Output};

/// The output of a command that must succeed.
#[track_caller]
fn output_of(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", text(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// Everything that a command printed.
fn text(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}
