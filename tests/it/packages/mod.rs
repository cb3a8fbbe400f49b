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

/// A certificate for the name of the examples, signed by itself.
#[cfg(target_os = "linux")]
pub fn put_certificate(key: &std::path::Path, certificate: &std::path::Path) {
    for file in [key, certificate] {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    }
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]);
    openssl.args(["-subj", "/CN=data.example.org", "-addext", "subjectAltName=DNS:data.example.org"]);
    openssl.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
    output_of(openssl.arg("-keyout").arg(key).arg("-out").arg(certificate));
}
