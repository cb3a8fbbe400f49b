//! The Ansible collection, run against a small Debian.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::deb::debian_package;
use super::root_directory::{Machine, prefix};
use super::{output_of, put_certificate, text};
use crate::sources::root;

/// The collection as it is installed from its archive, and a place for the rest.
struct Fleet {
    directory: TempDir,
}

impl Fleet {
    fn new() -> Self {
        let fleet = Fleet { directory: tempfile::tempdir().unwrap() };
        let mut build = fleet.ansible("ansible-galaxy");
        build.args(["collection", "build", "--output-path"]).arg(fleet.path());
        output_of(build.arg(root().join("ops/ansible")));
        let archive = fs::read_dir(fleet.path()).unwrap().map(|entry| entry.unwrap().path());
        let archive =
            archive.into_iter().find(|path| path.extension().is_some_and(|end| end == "gz")).unwrap();
        let mut install = fleet.ansible("ansible-galaxy");
        install.args(["collection", "install", "--offline", "--collections-path"]).arg(fleet.path());
        output_of(install.arg(archive));
        fleet
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    /// One of its programs, with nothing of this user's.
    fn ansible(&self, program: &str) -> Command {
        let tools = root().join(".dev/python/bin");
        let mut command = Command::new(tools.join(program));
        command.current_dir(self.path()).env("HOME", self.path()).env("NO_COLOR", "1");
        let others = std::env::var("PATH").unwrap();
        command.env("PATH", format!("{}:{others}", tools.display()));
        command.env("ANSIBLE_COLLECTIONS_PATH", self.path()).env("IN_ROOT", prefix().join(" "));
        command.env("ANSIBLE_CONNECTION_PLUGINS", root().join("tests/it/packages/connection"));
        command
    }

    fn play(&self, inventory: &Value) -> Output {
        let file = self.path().join("inventory.json");
        fs::write(&file, inventory.to_string()).unwrap();
        let mut play = self.ansible("ansible-playbook");
        play.arg("--inventory").arg(file).arg("capi.fleet.site").output().unwrap()
    }
}

/// A certificate as an operator would bring it.
fn bring_certificate(machine: &Machine) {
    let directory = machine.path().join("etc/ssl/private");
    put_certificate(&directory.join("key.pem"), &directory.join("certificate.pem"));
}

fn inventory(machine: &Machine, package: &Path, port: u16) -> Value {
    json!({
        "capi": {
            "vars": {
                "ansible_connection": "chroot", "ansible_host": machine.path(), "ansible_become": false,
                "ansible_python_interpreter": "/usr/bin/python3", "capi_update_package_list": false,
                "capi_package": package, "capi_port": port, "capi_start_seconds": 5,
                "capi_settings": {"CAPI_DNS_NAME": "data.example.org"},
                "capi_credentials": {"CAPI_DATATRUST_KEY": "11".repeat(32), "CAPI_RPC_PATH": "http://127.0.0.1:1"},
                "capi_tls_certificate": "/etc/ssl/private/certificate.pem", "capi_tls_key": "/etc/ssl/private/key.pem",
                "capi_metrics_address": "10.0.0.10:9464",
            },
            "children": {"mainnet": {"hosts": {"one": {}}}},
        },
        "monitoring": {
            "vars": {
                "ansible_connection": "chroot", "ansible_host": machine.path(), "ansible_become": false,
                "ansible_python_interpreter": "/usr/bin/python3", "capi_monitoring_install": false,
            },
            "hosts": {"watch": {}},
        },
    })
}

#[test]
fn ansible_lint_finds_nothing_in_the_collection() {
    let fleet = Fleet::new();
    let mut lint = fleet.ansible("ansible-lint");
    let collection = fleet.path().join("ansible_collections/capi/fleet");
    fs::copy(root().join("ops/ansible/galaxy.yml"), collection.join("galaxy.yml")).unwrap();
    lint.current_dir(collection).arg("--config-file").arg(root().join("ops/ansible/.ansible-lint"));
    let output = lint.output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_playbook_makes_a_server_and_changes_nothing_the_second_time() {
    let server = MockServer::start().await;
    Mock::given(path("/started")).respond_with(ResponseTemplate::new(200)).mount(&server).await;
    let (fleet, machine) = (Fleet::new(), Machine::new());
    bring_certificate(&machine);
    // Prometheus itself would double the size of the machine.
    machine.say("printf '[Service]\nExecStart=/bin/true\n' >/usr/lib/systemd/system/prometheus.service");
    let package = debian_package(fleet.path(), "1");
    let inventory = inventory(&machine, &package, server.address().port());

    let first = fleet.play(&inventory);
    assert!(first.status.success(), "{}", text(&first));
    assert!(!text(&first).contains(&"11".repeat(32)), "{}", text(&first));
    assert_eq!(machine.say("systemctl is-enabled capi.service nginx.service"), "enabled\nenabled\n");
    let credential = machine
        .say("cd /etc/capi/credentials && stat --format=%a CAPI_DATATRUST_KEY && cat CAPI_DATATRUST_KEY");
    assert_eq!(credential, format!("600\n{}", "11".repeat(32)));
    let settings = machine.say("cat /etc/default/capi");
    for line in [
        "CAPI_STACK=mainnet",
        "CAPI_DNS_NAME=data.example.org",
        "CAPI_DATATRUST_KEY_FILE=/run/credentials/capi.service/capi_CAPI_DATATRUST_KEY",
        "CAPI_METADATA_STORE=embedded",
    ] {
        assert!(settings.lines().any(|each| each == line), "{line}: {settings}");
    }
    let nginx = machine.run("nginx -t -q");
    assert!(nginx.status.success(), "{}", text(&nginx));
    let targets = machine.say("cat /etc/prometheus/targets/capi.yml");
    assert!(
        targets.contains(r#"- targets: ["10.0.0.10:9464"]"#) && targets.contains(r#"stack: "mainnet""#),
        "{targets}"
    );

    let second = fleet.play(&inventory);
    assert!(second.status.success(), "{}", text(&second));
    for host in ["one", "watch"] {
        let recap = text(&second).lines().rfind(|line| line.starts_with(host)).unwrap().to_owned();
        assert!(recap.contains(" changed=0 "), "{recap}");
    }
}

/// The servers after one that does not come up are not touched.
#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_goes_no_further_than_a_server_that_does_not_come_up() {
    let server = MockServer::start().await;
    Mock::given(path("/started")).respond_with(ResponseTemplate::new(503)).mount(&server).await;
    let (fleet, first, second) = (Fleet::new(), Machine::new(), Machine::new());
    bring_certificate(&first);
    let package = debian_package(fleet.path(), "1");
    let mut inventory = inventory(&first, &package, server.address().port());
    let hosts = json!({"one": {}, "two": {"ansible_host": second.path()}});
    inventory["capi"]["children"]["mainnet"]["hosts"] = hosts;

    let played = fleet.play(&inventory);
    assert!(!played.status.success(), "{}", text(&played));
    assert!(first.run("test -x /usr/bin/capi").status.success());
    assert!(!second.run("test -e /usr/bin/capi -o -e /etc/default/capi").status.success());
}
