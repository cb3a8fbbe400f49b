//! The image and what runs it, as far as that shows without an engine: the files themselves, and the program under the
//! conditions of the container.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use capi::config::ObjectStore;
use serde_json::Value;
use tempfile::TempDir;

use super::checkout::file;
use crate::cli::program::{self, DevMarket};
use crate::sources::{files_below, root};
use crate::support::eventually::eventually;
use crate::support::http::client;
use crate::support::process::ServerProcess;
use crate::support::server::TestServer;

/// The user of the container.
const USER: u32 = 65_532;

#[track_caller]
fn assert_clean(linter: &str, files: &[String]) {
    let output = Command::new(root().join(".dev/bin").join(linter)).args(files).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn the_linters_find_nothing_in_the_dockerfile_and_the_scripts() {
    assert_clean("hadolint", &[file("Dockerfile")]);
    let is_bash = |path: &String| {
        fs::read_to_string(root().join(path)).is_ok_and(|text| text.starts_with("#!/usr/bin/env bash"))
    };
    let mut scripts: Vec<String> = files_below("scripts").into_iter().chain(files_below(".ci")).collect();
    scripts.retain(is_bash);
    assert!(scripts.iter().any(|path| path == "scripts/deploy.sh"), "{scripts:?}");
    assert_clean("shellcheck", &scripts.iter().map(|path| file(path)).collect::<Vec<_>>());
}

/// The instructions of the Dockerfile, continued lines joined.
pub(super) fn instructions() -> Vec<(String, String)> {
    let text = fs::read_to_string(file("Dockerfile")).unwrap();
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let joined = lines.join("\n").replace("\\\n", " ");
    let split =
        |line: &str| line.split_once(' ').map(|(word, rest)| (word.to_owned(), rest.trim().to_owned()));
    joined.lines().filter_map(split).collect()
}

#[test]
fn the_image_has_one_program_no_rights_and_no_configuration() {
    let all = instructions();
    let begin = all.iter().rposition(|(word, _)| word == "FROM").unwrap();
    let last = &all[begin..];
    let of = |wanted: &str| last.iter().find(|(word, _)| word == wanted).map(|(_, rest)| rest.as_str());
    assert!(of("FROM").unwrap().starts_with("gcr.io/distroless/cc-debian12:"));
    assert_eq!(of("USER"), Some("65532:65532"));
    assert_eq!(of("ENTRYPOINT"), Some("[\"/capi\"]"), "it is process 1 and gets SIGTERM");
    assert!(of("HEALTHCHECK").unwrap().ends_with("CMD [\"/capi\", \"health\"]"));
    assert!(of("RUN").is_none(), "there is no shell");
    let variables: Vec<&str> =
        all.iter().filter(|(word, _)| word == "ENV").map(|(_, rest)| rest.as_str()).collect();
    assert_eq!(variables, ["CAPI_DATA_DIR=/data"]);
    let copied = last.iter().filter(|(word, _)| word == "COPY").count();
    assert_eq!(copied, 2, "the program and its directory");
}

#[test]
fn everything_that_the_image_is_built_from_exists_and_is_not_ignored() {
    let ignore = fs::read_to_string(file(".dockerignore")).unwrap();
    let through: Vec<&str> = ignore.lines().filter_map(|line| line.strip_prefix('!')).collect();
    assert!(ignore.lines().any(|line| line == "*"));
    for source in copied_sources() {
        assert!(through.contains(&source.as_str()), "{source} is not let through");
        assert!(root().join(&source).exists(), "{source}");
    }
}

/// What the image copies from the checkout.
fn copied_sources() -> Vec<String> {
    let copies = instructions().into_iter().filter(|(word, rest)| word == "COPY" && !rest.starts_with("--"));
    let sources = |(_, rest): (String, String)| {
        let mut words: Vec<String> = rest.split_whitespace().map(str::to_owned).collect();
        words.pop();
        words
    };
    copies.flat_map(sources).collect()
}

#[test]
fn the_program_builds_from_what_the_image_copies() {
    let context = tempfile::tempdir().unwrap();
    for source in copied_sources() {
        let place = context.path().join(&source);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        symlink(root().join(source), place).unwrap();
    }
    let of_package = |directory: &Path| -> Vec<Value> {
        let mut command = Command::new(env!("CARGO"));
        command.args(["metadata", "--locked", "--offline", "--no-deps", "--format-version=1"]);
        let output = command.current_dir(directory).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        let targets = told["packages"][0]["targets"].as_array().unwrap();
        targets.iter().map(|target| target["kind"].clone()).collect()
    };
    let needed = ["lib", "bin", "custom-build"].map(|kind| Value::from([kind].as_slice()));
    let (built, own) = (of_package(context.path()), of_package(root()));
    for kind in needed {
        assert!(own.contains(&kind) && built.contains(&kind), "{kind}: {built:?}");
    }
    for (file, path) in included_files() {
        assert!(context.path().join(&path).exists(), "{file} includes {path}, which the image lacks");
    }
}

/// The files outside of `src` that sources include, with the sources.
fn included_files() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for file in files_below("src").into_iter().filter(|file| file.ends_with(".rs")) {
        let text = fs::read_to_string(root().join(&file)).unwrap();
        let depth = file.matches('/').count();
        let outside = format!("\"{}", "../".repeat(depth));
        for macro_name in ["include_str!(", "include_bytes!("] {
            let arguments = text.split(macro_name).skip(1);
            let paths = arguments.filter_map(|rest| rest.strip_prefix(&outside)?.split('"').next());
            found.extend(paths.map(|path| (file.clone(), path.to_owned())));
        }
    }
    assert!(found.iter().any(|(_, path)| path == "stacks.yml"), "{found:?}");
    found
}

pub(super) fn compose() -> Value {
    serde_saphyr::from_str(&fs::read_to_string(file("docker-compose.yml")).unwrap()).unwrap()
}

#[test]
fn the_services_of_the_compose_file_refer_to_each_other() {
    let compose = compose();
    let services = compose["services"].as_object().unwrap();
    let known: Vec<&str> = services.keys().map(String::as_str).collect();
    assert_eq!(known.len(), 6, "{known:?}");
    for (name, service) in services {
        assert!(
            service["image"].is_string() == service["build"].is_null(),
            "{name} has an image or is built"
        );
        for (other, condition) in service["depends_on"].as_object().into_iter().flatten() {
            let other = services.get(other).unwrap_or_else(|| panic!("{name} depends on {other}"));
            let healthy = condition["condition"] == "service_healthy";
            assert!(
                !healthy || other["healthcheck"].is_object(),
                "{name} waits for a health that nobody checks"
            );
        }
        if let Some(other) = service["network_mode"].as_str().and_then(|mode| mode.strip_prefix("service:")) {
            assert!(known.contains(&other) && service["ports"].is_null(), "{name}");
        }
        for volume in service["volumes"].as_array().into_iter().flatten() {
            let volume = volume.as_str().unwrap().split(':').next().unwrap();
            assert!(compose["volumes"].as_object().unwrap().contains_key(volume), "{name}: {volume}");
        }
    }
    let server = &services["server"];
    assert_eq!((&server["read_only"], &server["cap_drop"][0]), (&Value::Bool(true), &Value::from("ALL")));
}

#[test]
fn the_compose_file_names_the_contracts_that_its_market_deploys() {
    let directory = program::directory();
    let market = DevMarket::up_with(directory.path(), &["--no-serve"]);
    let compose = compose();
    let environment = compose["services"]["server"]["environment"].as_object().unwrap();
    let contracts = market.said["contracts"].as_object().unwrap();
    assert_eq!(contracts.len(), 7);
    for (contract, address) in contracts {
        let variable = format!("CAPI_{}_CONTRACT_ADDRESS", contract.to_uppercase());
        assert_eq!(&environment[&variable], address, "{variable}");
    }
    let accounts = market.said["accounts"].as_array().unwrap();
    let backend = accounts.iter().find(|account| account["name"] == "datatrust").unwrap();
    assert_eq!(environment["CAPI_DATATRUST_KEY"], backend["key"]);
    market.stop();
}

#[test]
fn the_compose_file_sets_nothing_that_is_no_setting() {
    let compose = compose();
    let environment = compose["services"]["server"]["environment"].as_object().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let variables: BTreeMap<String, String> = environment
        .iter()
        .filter(|(name, _)| *name != "<<")
        .map(|(name, value)| (name.clone(), text(value)))
        .collect();
    let directory = program::directory();
    let mut command = Command::new(env!("CARGO_BIN_EXE_capi"));
    command.args(["config", "check"]).env_clear().envs(&variables).env("CAPI_DATA_DIR", directory.path());
    let output = command.env("CAPI_JWT_SECRET_KEY", "k".repeat(32)).output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && !errors.contains("is not a setting"), "{errors}");
}

/// A place where a program of another user can be started, and the only directory that it may write to.
struct Container {
    directory: TempDir,
}

impl Container {
    fn new() -> Self {
        let container = Container { directory: tempfile::tempdir().unwrap() };
        fs::copy(env!("CARGO_BIN_EXE_capi"), container.program()).unwrap();
        fs::create_dir(container.data()).unwrap();
        if is_root() {
            chown(container.data(), Some(USER), Some(USER)).unwrap();
        }
        fs::set_permissions(container.data(), fs::Permissions::from_mode(0o700)).unwrap();
        fs::set_permissions(container.directory.path(), fs::Permissions::from_mode(0o555)).unwrap();
        container
    }

    fn program(&self) -> PathBuf {
        self.directory.path().join("capi")
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// The program as the container starts it: another user where this one is root, in a directory that cannot be
    /// written to, with nothing in its environment.
    fn command(&self, arguments: &[&str]) -> tokio::process::Command {
        let mut command = tokio::process::Command::new(self.program());
        command.args(arguments).env_clear().current_dir(self.directory.path());
        if is_root() {
            command.uid(USER).gid(USER);
        }
        command
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        // What cannot be written to cannot be removed.
        let _ = fs::set_permissions(self.directory.path(), fs::Permissions::from_mode(0o755));
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// Files of the container's user in the places that everybody may write to.
fn left_behind(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let Ok(kind) = entry.metadata() else { continue };
        if kind.uid() == USER {
            found.push(entry.path());
        }
    }
    found
}

#[tokio::test]
async fn the_program_serves_without_rights_and_writes_nothing_but_its_data() {
    let mut server = TestServer::start().await;
    server.stop().await;
    let container = Container::new();
    server.settings.data_dir = container.data();
    server.settings.objects = ObjectStore::Local { directory: container.data().join("objects") };
    let mut process = ServerProcess::start_as(container.command(&["serve"]), &server.settings).await;
    let url = format!("http://{}", process.address);
    eventually("it has started", async || {
        client().get(format!("{url}/started")).send().await.is_ok_and(|answer| answer.status() == 200)
    })
    .await;

    let port = process.address.rsplit(':').next().unwrap();
    let health = container.command(&["health"]).env("CAPI_PORT", port).output().await.unwrap();
    assert_eq!((health.status.code(), &*health.stdout), (Some(0), &b"ok\n"[..]));
    if is_root() {
        let status = fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
        assert!(status.contains(&format!("\nUid:\t{USER}\t{USER}\t{USER}\t{USER}\n")), "{status}");
        for public in ["/tmp", "/var/tmp", "/dev/shm"] {
            assert_eq!(left_behind(Path::new(public)), Vec::<PathBuf>::new());
        }
    }
    let names: Vec<_> =
        fs::read_dir(container.directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "beside the program and its data: {names:?}");

    assert_eq!(process.terminate().await, Some(0), "SIGTERM shuts it down gracefully");
    let health = container.command(&["health", "--url"]).arg(format!("{url}/health")).output().await.unwrap();
    assert_eq!(health.status.code(), Some(1));
}
