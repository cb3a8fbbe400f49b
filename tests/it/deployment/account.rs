//! An account on the stand-in for AWS, with what has to be there before a stack is deployed.

use std::path::PathBuf;
use std::process::Stdio;

use capi::config::AwsService;
use serde_json::{Map, Value, json};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::sources::root;
use crate::support::moto::Moto;

pub struct Account {
    moto: Moto,
    /// The parameters of a stack's template that this account has something for.
    network: Map<String, Value>,
}

impl Account {
    pub async fn open() -> Self {
        let mut account = Account { moto: Moto::start().await, network: Map::new() };
        let network = account.python(include_str!("prepare.py"), "").await;
        account.network = serde_json::from_str(&network).unwrap();
        account
    }

    pub fn environment(&self) -> Vec<(&'static str, String)> {
        self.moto.environment()
    }

    /// How the adapters of this process reach it.
    pub fn service(&self) -> AwsService {
        self.moto.service()
    }

    /// One question.
    pub async fn ask(&self, service: &str, operation: &str, arguments: Value) -> Value {
        self.ask_all(json!([[service, operation, arguments]])).await.remove(0)
    }

    /// Several questions, for the price of one.
    pub async fn ask_all(&self, questions: Value) -> Vec<Value> {
        let answers = self.python(include_str!("ask.py"), &questions.to_string()).await;
        serde_json::from_str(&answers).unwrap()
    }

    /// A secret as the stacks of the server of 2019 have it, with `changes`; a null takes a key away.
    pub fn secret(&self, stack: &str, changes: Value) -> Value {
        let mut secret = self.network.clone();
        let role = format!("arn:aws:iam::123456789012:role/capi_{stack}_role");
        let old = json!({
            "ClusterName": "ffa",
            "DesiredCount": "0",
            "Environment": "test",
            "CPU": "512",
            "Memory": "1024",
            "ImageUrl": format!("123456789012.dkr.ecr.us-west-1.amazonaws.com/capi:{stack}"),
            "TaskRoleArn": role,
            "ExecutionRoleArn": role,
            "REGION": "us-west-1",
            "DNSName": format!("{stack}.example.org"),
            "TABLE_NAME": format!("capi-{stack}"),
            "S3_DESTINATION": format!("capi-{stack}"),
            "DB_URL": "https://dynamodb.us-west-1.amazonaws.com",
            "RPC_PATH": format!("https://node.example/{CANARY}"),
            "DATATRUST_KEY": CANARY,
            "JWT_SECRET_KEY": CANARY,
            "LOG_LEVEL": "INFO",
            "CELERY_BROKER_URL": CANARY,
        });
        for (name, value) in [old, changes].into_iter().flat_map(|part| part.as_object().unwrap().clone()) {
            secret.insert(name, value);
        }
        secret.retain(|_, value| !value.is_null());
        Value::Object(secret)
    }

    pub async fn put_secret(&self, stack: &str, secret: &Value) {
        let (name, text) = (format!("capi-{stack}"), secret.to_string());
        self.ask("secretsmanager", "create_secret", json!({"Name": name, "SecretString": text})).await;
    }

    async fn python(&self, program: &str, input: &str) -> String {
        let mut command = Command::new(python());
        command.args(["-c", program]).envs(self.environment()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.kill_on_drop(true).spawn().unwrap();
        process.stdin.take().unwrap().write_all(input.as_bytes()).await.unwrap();
        let output = process.wait_with_output().await.unwrap();
        assert!(output.status.success(), "AWS cannot be asked: {input}");
        String::from_utf8(output.stdout).unwrap()
    }
}

/// What is secret contains this word.
pub const CANARY: &str = "canary0dead1beef2dead3beef4dead5beef";

/// The Python that scripts/install-dev-tools fills.
pub fn python() -> PathBuf {
    let python = root().join(".dev/python/bin/python");
    assert!(python.exists(), "{} is missing: run scripts/install-dev-tools", python.display());
    python
}
