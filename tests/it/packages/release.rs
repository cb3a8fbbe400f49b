//! A release, and the script that installs it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{output_of, text};
use crate::sources::root;

pub const VERSION: &str = "1.2.3";

/// A release of a program that only tells its version, signed with a key of its own, and a server for it.
pub struct Release {
    directory: TempDir,
    server: MockServer,
}

impl Release {
    pub async fn new() -> Self {
        let release = Release { directory: tempfile::tempdir().unwrap(), server: MockServer::start().await };
        let platform = format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS);
        release.put_program(&format!("capi-{platform}.tar.gz"), "1.2.3");
        let key = release.path().join("key");
        output_of(Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key));
        let mut make = Command::new(root().join("scripts/make-release"));
        output_of(make.arg(release.assets()).arg(release.server.uri()).arg(key));
        release
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    pub fn assets(&self) -> PathBuf {
        self.path().join("assets")
    }

    fn put_program(&self, archive: &str, version: &str) {
        let program = self.path().join("capi");
        fs::create_dir_all(self.assets()).unwrap();
        fs::write(&program, format!("#!/bin/sh\necho capi {version}\n")).unwrap();
        output_of(Command::new("chmod").arg("755").arg(&program));
        let mut pack = Command::new("tar");
        output_of(pack.arg("-czf").arg(self.assets().join(archive)).arg("-C").arg(self.path()).arg("capi"));
    }

    fn change(&self, asset: &str, change: impl FnOnce(String) -> String) {
        let file = self.assets().join(asset);
        fs::write(&file, change(fs::read_to_string(&file).unwrap())).unwrap();
    }

    fn archive(&self) -> String {
        let names = fs::read_dir(self.assets()).unwrap().map(|entry| entry.unwrap().file_name());
        names.map(|name| name.into_string().unwrap()).find(|name| name.ends_with(".tar.gz")).unwrap()
    }

    /// Serves the release as it is now.
    pub async fn serve(&self) {
        self.server.reset().await;
        for asset in fs::read_dir(self.assets()).unwrap() {
            let asset = asset.unwrap();
            let name = asset.file_name().into_string().unwrap();
            let answer = ResponseTemplate::new(200).set_body_bytes(fs::read(asset.path()).unwrap());
            for place in ["latest/download".to_owned(), format!("download/v{VERSION}")] {
                Mock::given(path(format!("/{place}/{name}")))
                    .respond_with(answer.clone())
                    .mount(&self.server)
                    .await;
            }
        }
    }

    /// Serves it, and runs its script.
    async fn install(&self, arguments: &[&str]) -> Output {
        self.serve().await;
        let mut install = tokio::process::Command::new("sh");
        install
            .arg(self.assets().join("install.sh"))
            .args(arguments)
            .arg("--to")
            .arg(self.path().join("bin"));
        install.env_remove("CAPI_RELEASES").env_remove("CAPI_RELEASE_KEY").output().await.unwrap()
    }

    #[track_caller]
    fn assert_refused(&self, output: &Output, why: &str) {
        assert!(!output.status.success() && text(output).contains(why), "{}", text(output));
        assert!(!self.path().join("bin/capi").exists());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_is_verified_and_installed_the_newest_or_one_that_is_named() {
    let release = Release::new().await;
    for arguments in [&[][..], &["--version", VERSION]] {
        let output = release.install(arguments).await;
        assert!(output.status.success(), "{}", text(&output));
        assert!(text(&output).starts_with("Installed capi 1.2.3 as "), "{}", text(&output));
        fs::remove_file(release.path().join("bin/capi")).unwrap();
    }
    release.assert_refused(&release.install(&["--version", "9.9.9"]).await, "cannot be downloaded");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_was_replaced_is_not_installed() {
    let release = Release::new().await;
    release.put_program(&release.archive(), "6.6.6");
    release.assert_refused(&release.install(&[]).await, "is not what SHA256SUMS says");

    // Nor with sums to match, which only the key can sign.
    let archive = release.archive();
    let sums = output_of(Command::new("sha256sum").arg(&archive).current_dir(release.assets()));
    release.change("SHA256SUMS", |_| sums);
    release.assert_refused(&release.install(&[]).await, "The signature of SHA256SUMS");

    let key = release.path().join("another-key");
    output_of(Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key));
    let sums = release.assets().join("SHA256SUMS");
    fs::remove_file(release.assets().join("SHA256SUMS.sig")).unwrap();
    output_of(
        Command::new("ssh-keygen").args(["-q", "-Y", "sign", "-n", "capi-release", "-f"]).arg(key).arg(sums),
    );
    release.assert_refused(&release.install(&[]).await, "The signature of SHA256SUMS");
}

/// What changes under a workflow's feet cannot be what was reviewed.
#[test]
fn the_release_workflow_uses_other_people_s_work_by_commit_and_has_no_right_that_it_does_not_need() {
    let workflow = fs::read_to_string(root().join(".github/workflows/release.yml")).unwrap();
    let uses: Vec<&str> =
        workflow.lines().filter_map(|line| line.split_once("uses: ")).map(|(_, name)| name).collect();
    assert!(uses.len() > 4, "{uses:?}");
    for name in uses {
        let (_, commit) = name.split_once('@').unwrap();
        let (commit, version) = commit.split_once(" # ").expect("the version stands beside the commit");
        assert!(
            commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit()) && version.starts_with('v'),
            "{name}"
        );
    }
    let workflow: Value = serde_saphyr::from_str(&workflow).unwrap();
    assert_eq!(workflow["permissions"], serde_json::json!({"contents": "read"}));
    let writers: Vec<_> = workflow["jobs"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, job)| job["permissions"] != Value::Null)
        .collect();
    assert_eq!(writers.len(), 1, "{writers:?}");
}
