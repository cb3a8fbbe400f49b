//! The images of other people that ours is built from and runs beside: each is pinned by digest, and `scripts/pin-images`
//! renews the digests.

use std::collections::BTreeSet;
use std::fs;
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::process::Command;

use super::account::python;
use super::checkout::{Checkout, file};
use super::image::{compose, instructions};
use crate::support::moto::Moto;

const WORKFLOW: &str = ".github/workflows/release.yml";
/// What `scripts/pin-images` edits.
const FILES: [&str; 3] = ["Dockerfile", "docker-compose.yml", WORKFLOW];

/// A registry as `docker buildx imagetools inspect` shows it: `registry` lists a digest and a tag per line.
const DOCKER: &str = r#"#!/usr/bin/env bash
set -euo pipefail
[[ "$1 $2 $3 $4" == "buildx imagetools inspect --format" && $5 == "{{.Manifest.Digest}}" && $# == 6 ]]
grep -q " $6\$" registry || { echo "ERROR: $6: not found" >&2; exit 1; }
sed -n "s| $6\$||p" registry
"#;

/// An image that somebody else made, as a file names it: `name:tag@sha256:digest`.
struct Reference {
    tagged: String,
    digest: Option<String>,
}

impl Reference {
    fn parse(text: &str) -> Self {
        match text.split_once('@') {
            Some((tagged, digest)) => Reference { tagged: tagged.into(), digest: Some(digest.into()) },
            None => Reference { tagged: text.into(), digest: None },
        }
    }

    fn has_version(&self) -> bool {
        self.tagged.rsplit_once(':').is_some_and(|(_, tag)| tag != "latest" && !tag.contains('/'))
    }

    fn is_pinned(&self) -> bool {
        let hex = self.digest.as_deref().and_then(|digest| digest.strip_prefix("sha256:"));
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        hex.is_some_and(|hex| hex.len() == 64 && hex.bytes().all(is_digit))
    }
}

/// The images of other people in the repository's files.
fn references() -> Vec<Reference> {
    let mut stages: Vec<String> = Vec::new();
    let mut found: Vec<String> = Vec::new();
    for (_, rest) in instructions().into_iter().filter(|(word, _)| word == "FROM") {
        let words: Vec<&str> = rest.split_whitespace().collect();
        if !stages.iter().any(|stage| stage == words[0]) {
            found.push(words[0].to_owned());
        }
        if let [_, "AS", stage] = words[..] {
            stages.push(stage.to_owned());
        }
    }
    assert_eq!(stages, ["console", "build", "market"]);
    let compose = compose();
    let services = compose["services"].as_object().unwrap().values();
    found.extend(services.filter_map(|service| service["image"].as_str().map(str::to_owned)));
    let workflow: Value = serde_saphyr::from_str(&fs::read_to_string(file(WORKFLOW)).unwrap()).unwrap();
    let jobs = workflow["jobs"].as_object().unwrap().values();
    found.extend(jobs.filter_map(|job| job["container"].as_str().map(str::to_owned)));
    assert_eq!(found.len(), 8, "four stages, three services and a job: {found:?}");
    found.iter().map(|text| Reference::parse(text)).collect()
}

#[test]
fn every_image_is_named_with_its_version_and_its_digest() {
    for image in references() {
        assert!(image.has_version(), "{}", image.tagged);
        assert!(image.is_pinned(), "{} has no digest: {:?}", image.tagged, image.digest);
    }
}

#[test]
fn an_image_has_the_same_digest_wherever_it_is_named() {
    let all = references();
    for image in &all {
        for other in all.iter().filter(|other| other.tagged == image.tagged) {
            assert_eq!(image.digest, other.digest, "{}", image.tagged);
        }
    }
}

/// A checkout where `docker` asks a registry that has `digest` for every image.
fn checkout(digest: &str) -> Checkout {
    let checkout = Checkout::new();
    for path in FILES {
        let copy = checkout.path(path);
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::copy(file(path), copy).unwrap();
    }
    checkout.put_program("docker", DOCKER);
    serve(&checkout, digest);
    checkout
}

fn serve(checkout: &Checkout, digest: &str) {
    let tags: BTreeSet<String> = references().into_iter().map(|image| image.tagged).collect();
    let lines: Vec<String> = tags.iter().map(|tag| format!("{digest} {tag}\n")).collect();
    fs::write(checkout.path("registry"), lines.concat()).unwrap();
}

fn digest(digit: &str) -> String {
    format!("sha256:{}", digit.repeat(64))
}

/// The files with `pin` in place of every digest.
fn files_with(pin: &str) -> Vec<String> {
    let with = |path: &str| {
        let mut text = fs::read_to_string(file(path)).unwrap();
        for image in references() {
            let pinned = format!("{}@{}", image.tagged, image.digest.unwrap());
            text = text.replace(&pinned, &format!("{}{pin}", image.tagged));
        }
        text
    };
    FILES.into_iter().map(with).collect()
}

fn contents(checkout: &Checkout) -> Vec<String> {
    FILES.into_iter().map(|path| checkout.read(path)).collect()
}

async fn pin(checkout: &Checkout) {
    checkout.run_anywhere("scripts/pin-images", &[], &[]).await.well();
}

#[tokio::test]
async fn images_are_pinned_by_the_digest_that_their_tags_have() {
    let checkout = checkout(&digest("a"));
    for (path, text) in FILES.into_iter().zip(files_with("")) {
        fs::write(checkout.path(path), text).unwrap();
    }
    let complaint = checkout.run_anywhere("scripts/pin-images", &["--check"], &[]).await;
    assert_eq!(complaint.code, Some(1));
    assert!(complaint.said.contains("instead of no digest"), "{}", complaint.said);
    assert_eq!(contents(&checkout), files_with(""), "a check changes nothing");

    pin(&checkout).await;
    assert_eq!(contents(&checkout), files_with(&format!("@{}", digest("a"))));
    checkout.run_anywhere("scripts/pin-images", &["--check"], &[]).await.well();
}

#[tokio::test]
async fn a_digest_is_replaced_by_the_one_that_the_tag_has_now() {
    let checkout = checkout(&digest("b"));
    pin(&checkout).await;
    serve(&checkout, &digest("c"));
    let complaint = checkout.run_anywhere("scripts/pin-images", &["--check"], &[]).await;
    assert_eq!(complaint.code, Some(1));
    assert!(complaint.said.contains(&format!("{} instead of @{}", digest("c"), digest("b"))));

    pin(&checkout).await;
    assert_eq!(contents(&checkout), files_with(&format!("@{}", digest("c"))));
    let left: Vec<_> = FILES.iter().filter(|path| checkout.path(&format!("{path}.old")).exists()).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn an_image_that_the_registry_does_not_have_changes_nothing() {
    let checkout = checkout(&digest("d"));
    fs::write(checkout.path("registry"), "").unwrap();
    let reason = checkout.run_anywhere("scripts/pin-images", &[], &[]).await.badly();
    assert!(reason.contains("not found"), "{reason}");
    let unchanged: Vec<String> =
        FILES.into_iter().map(|path| fs::read_to_string(file(path)).unwrap()).collect();
    assert_eq!(contents(&checkout), unchanged);
}

#[tokio::test]
async fn the_compose_file_creates_its_bucket_as_often_as_it_is_started() {
    let moto = Moto::start().await;
    let compose = compose();
    let service = &compose["services"]["bucket"];
    let script = service["command"][0].as_str().unwrap();
    assert_eq!(service["entrypoint"], json!(["python", "-c"]));
    let region = service["environment"]["AWS_DEFAULT_REGION"].as_str().unwrap();
    for _ in 0..2 {
        let mut command = Command::new(python());
        command.args(["-c", script]).env_clear().stdin(Stdio::null());
        command.env("AWS_ACCESS_KEY_ID", "local").env("AWS_SECRET_ACCESS_KEY", "local");
        command.env("AWS_DEFAULT_REGION", region).env("AWS_ENDPOINT_URL", moto.url().as_str());
        let output = command.output().await.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let server = &compose["services"]["server"]["environment"]["CAPI_OBJECT_STORE"];
    let name = server.as_str().unwrap().strip_prefix("s3://").unwrap();
    assert_eq!(moto.count_objects(name).await, 0, "it is there");
}
