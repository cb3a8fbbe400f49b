//! The Debian package.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::root_directory::Machine;
use super::{output_of, text};
use crate::sources::root;

/// The Debian package of this program, written into a directory. Quick rather than small.
pub fn debian_package(directory: &Path, revision: &str) -> PathBuf {
    let mut build = Command::new(root().join("scripts/build-deb"));
    build.arg(env!("CARGO_BIN_EXE_capi")).arg(directory);
    build.env("CAPI_DEB_COMPRESSION", "0").env("CAPI_DEB_REVISION", revision);
    PathBuf::from(output_of(&mut build).trim())
}

#[test]
fn the_package_has_the_service_the_manual_and_completions_and_passes_lintian() {
    let directory = tempfile::tempdir().unwrap();
    let package = debian_package(directory.path(), "1");
    let files = output_of(Command::new("dpkg-deb").arg("--contents").arg(&package));
    for (mode, path) in [
        ("-rwxr-xr-x", "./usr/bin/capi"),
        ("-rw-r--r--", "./usr/lib/systemd/system/capi.service"),
        ("-rw-r--r--", "./etc/default/capi"),
        ("drwx------", "./etc/capi/credentials/"),
        ("-rw-r--r--", "./usr/share/man/man1/capi-serve.1.gz"),
        ("-rw-r--r--", "./usr/share/bash-completion/completions/capi"),
        ("-rw-r--r--", "./usr/share/zsh/vendor-completions/_capi"),
        ("-rw-r--r--", "./usr/share/fish/vendor_completions.d/capi.fish"),
        ("-rw-r--r--", "./usr/share/doc/capi/copyright"),
    ] {
        let line = files.lines().find(|line| line.ends_with(&format!(" {path}")));
        assert!(line.is_some_and(|line| line.starts_with(mode)), "{path}: {line:?}");
    }
    let mut lintian = Command::new("lintian");
    lintian.args(["--fail-on", "error,warning", "--allow-root"]).arg(package);
    let output = lintian.output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
}

#[test]
fn a_package_is_installed_upgraded_and_purged_and_what_it_kept_stays() {
    let directory = tempfile::tempdir().unwrap();
    let machine = Machine::new();
    for revision in ["1", "2"] {
        let package = debian_package(directory.path(), revision);
        fs::copy(package, machine.path().join(format!("tmp/{revision}.deb"))).unwrap();
    }
    machine.say("dpkg --force-unsafe-io --install /tmp/1.deb");
    assert!(machine.say("capi --version").starts_with("capi "));
    assert_eq!(machine.say("stat --format=%U:%a /etc/capi/credentials").trim(), "root:700");
    assert!(machine.say("getent passwd capi").contains(":/var/lib/capi:"));
    let enabled = machine.run("systemctl is-enabled capi.service");
    assert_eq!(text(&enabled).trim(), "disabled", "it cannot start before it has settings");

    machine.say("echo CAPI_STACK=mainnet >>/etc/default/capi && systemctl enable --quiet capi.service");
    machine.say(
        "echo secret >/etc/capi/credentials/key && mkdir /var/lib/capi && touch /var/lib/capi/metadata.redb",
    );
    machine.say("dpkg --force-unsafe-io --force-confold --install /tmp/2.deb");
    assert!(machine.say("dpkg-query --show capi").trim().ends_with("-2"));
    assert!(machine.say("cat /etc/default/capi").contains("\nCAPI_STACK=mainnet\n"));
    assert_eq!(machine.say("systemctl is-enabled capi.service").trim(), "enabled");

    let purged = machine.say("dpkg --purge capi");
    assert!(purged.contains("/var/lib/capi is kept"), "{purged}");
    assert_eq!(machine.say("cat /etc/capi/credentials/key && ls /var/lib/capi"), "secret\nmetadata.redb\n");
    for gone in
        ["/usr/bin/capi", "/etc/default/capi", "/etc/systemd/system/multi-user.target.wants/capi.service"]
    {
        assert!(!machine.run(&format!("test -e {gone} -o -L {gone}")).status.success(), "{gone}");
    }
}
