//! The stand-in for AWS: S3, Secrets Manager, CloudFormation and more, empty, on a free port.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use capi::config::{AwsService, Encryption, ObjectStore};
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::timeout;
use url::Url;

use super::http::client;

const TIMEOUT: Duration = Duration::from_secs(60);
/// Ends when its input closes, in whatever way that comes about.
const PROGRAM: &str = include_str!("moto.py");
const ANNOUNCEMENT: &str = " * Running on ";

pub const REGION: &str = "us-west-1";

/// A running stand-in. It ends with this value, and with this process however that ends.
pub struct Moto {
    url: Url,
    _process: Child,
    _lifeline: ChildStdin,
}

impl Moto {
    /// Answers when it is started.
    pub async fn start() -> Self {
        let mut command = Command::new(python());
        command.args(["-c", PROGRAM, "-H", "127.0.0.1", "-p", "0"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let lifeline = process.stdin.take().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let announced = async {
            loop {
                let line = lines.next_line().await.unwrap().expect("the stand-in for AWS starts");
                if let Some(url) = line.strip_prefix(ANNOUNCEMENT) {
                    return Url::parse(url).unwrap();
                }
            }
        };
        let url = timeout(TIMEOUT, announced).await.expect("the stand-in for AWS starts in time");
        // A full pipe would stop it.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let answer = client().get(url.join("moto-api/").unwrap()).send().await.unwrap();
        assert!(answer.status().is_success(), "the stand-in for AWS answers {}", answer.status());
        Moto { url, _process: process, _lifeline: lifeline }
    }

    /// The endpoint of every service.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// How the adapters of this process reach it.
    pub fn service(&self) -> AwsService {
        let mut address = self.url.clone();
        address.set_username("testing").unwrap();
        address.set_password(Some("testing")).unwrap();
        AwsService::at(REGION.to_owned(), Some(address))
    }

    pub async fn create_bucket(&self, name: &str) {
        let region = format!(
            "<CreateBucketConfiguration><LocationConstraint>{REGION}</LocationConstraint>\
             </CreateBucketConfiguration>"
        );
        let created = self.request(Method::PUT, name).body(region).send().await.unwrap();
        assert!(created.status().is_success(), "creating a bucket: {}", created.text().await.unwrap());
    }

    /// That bucket, for a server.
    pub fn bucket(&self, name: &str) -> ObjectStore {
        let encryption = Encryption::OfTheBucket;
        ObjectStore::S3 { service: self.service(), bucket: name.to_owned(), encryption }
    }

    /// Makes a secret, or replaces it.
    pub async fn create_secret(&self, name: &str, text: &str) {
        let exists =
            self.secrets_manager("PutSecretValue", json!({ "SecretId": name, "SecretString": text })).await;
        if !exists {
            let created =
                self.secrets_manager("CreateSecret", json!({ "Name": name, "SecretString": text })).await;
            assert!(created, "the secret {name} is made");
        }
    }

    async fn secrets_manager(&self, operation: &str, body: Value) -> bool {
        let request =
            client().post(self.url.clone()).header("x-amz-target", format!("secretsmanager.{operation}"));
        let request = request.header("authorization", authorization("secretsmanager")).json(&body);
        request
            .header("content-type", "application/x-amz-json-1.1")
            .send()
            .await
            .unwrap()
            .status()
            .is_success()
    }

    /// Makes a key of KMS; answers its ARN.
    pub async fn create_key(&self, spec: &str) -> String {
        let body = json!({ "KeySpec": spec, "KeyUsage": "SIGN_VERIFY" });
        let created = self.kms("CreateKey", body).await;
        created["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
    }

    /// Asks KMS.
    pub async fn kms(&self, operation: &str, body: Value) -> Value {
        let request =
            client().post(self.url.clone()).header("x-amz-target", format!("TrentService.{operation}"));
        let request = request.header("authorization", authorization("kms")).json(&body);
        let answer = request.header("content-type", "application/x-amz-json-1.1").send().await.unwrap();
        assert!(answer.status().is_success(), "{operation}: {}", answer.status());
        answer.json().await.unwrap_or_default()
    }

    /// As another writer than this server would put it there.
    pub async fn put_object(&self, bucket: &str, key: &str, headers: &[(&str, &str)], content: Vec<u8>) {
        let mut request = self.request(Method::PUT, &format!("{bucket}/{key}")).body(content);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let put = request.send().await.unwrap();
        assert!(put.status().is_success(), "{}", put.text().await.unwrap());
    }

    /// Number of objects in a bucket, unfinished uploads included and sidecars not.
    pub async fn count_objects(&self, bucket: &str) -> usize {
        let (objects, uploads) = (self.get(bucket).await, self.get(&format!("{bucket}?uploads")).await);
        let keys = objects.split("<Key>").skip(1);
        keys.filter(|key| !key.starts_with("rows/")).count() + uploads.matches("<UploadId>").count()
    }

    /// The headers that describe an object.
    pub async fn head_object(&self, bucket: &str, key: &str) -> HeaderMap {
        let head = self.request(Method::HEAD, &format!("{bucket}/{key}")).send().await.unwrap();
        assert!(head.status().is_success(), "{}", head.status());
        head.headers().clone()
    }

    async fn get(&self, path: &str) -> String {
        self.request(Method::GET, path).send().await.unwrap().text().await.unwrap()
    }

    /// A request whose signature nobody checks.
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = client().request(method, self.url.join(path).unwrap());
        request.header("authorization", authorization("s3"))
    }

    /// What makes a child process take it for AWS.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT_URL", self.url.as_str().trim_end_matches('/').to_owned()),
            ("AWS_ACCESS_KEY_ID", "testing".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "testing".to_owned()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_DEFAULT_REGION", REGION.to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ]
    }
}

fn authorization(service: &str) -> String {
    let scope = format!("testing/20200101/{REGION}/{service}/aws4_request");
    format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0")
}

/// The one that the stand-in is installed for.
fn python() -> PathBuf {
    let python = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(".dev/python/bin/python");
    assert!(python.exists(), "{} is missing: run scripts/install-dev-tools", python.display());
    python
}

#[tokio::test]
async fn the_stand_in_for_aws_starts_and_ends_with_its_test() {
    let moto = Moto::start().await;
    let url = moto.url().clone();
    drop(moto);
    super::eventually::eventually("the stand-in is gone", async || {
        client().get(url.clone()).send().await.is_err()
    })
    .await;
}
