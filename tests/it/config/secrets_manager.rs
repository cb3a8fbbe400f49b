//! The stack's secret in Secrets Manager, read by the program itself.

use std::fs;
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{CANARY, CONTRACTS, stack_file};
use crate::deployment::PARAMETERS_OF_2019;
use crate::support::dynamodb;
use crate::support::eventually::eventually;
use crate::support::http::client;
use crate::support::market::{BACKEND, Market, key};
use crate::support::moto::Moto;
use secrecy::ExposeSecret;

/// What a secret of the stack `mainnet` must hold for a server to start.
fn complete() -> Value {
    json!({
        "RPC_PATH": "https://node.example", "DATATRUST_KEY": super::KEY, "DNSName": "ffa.example",
        "JWT_SECRET_KEY": "a key for tokens that is long enough", "S3_DESTINATION": "ffa-files",
        "CAPI_PUBLIC_KEY": super::ADDRESS, "CELERY_BROKER_URL": "ignored", "DesiredCount": 2, "REGION": "eu-west-1",
    })
}

/// Exit code, standard output and error output of `capi config …` on the stack `mainnet`.
async fn config(command: &str, environment: &[(&str, String)]) -> (Option<i32>, String, String) {
    let mut capi = Command::new(env!("CARGO_BIN_EXE_capi"));
    capi.args(["config", command]).env_clear().env("CAPI_STACK", "mainnet").stdin(Stdio::null());
    let output = capi.envs(environment.iter().cloned()).output().await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// The one line with which a start is refused.
async fn refusal(environment: &[(&str, String)]) -> String {
    let (code, output, told) = config("check", environment).await;
    assert_eq!((code, output.as_str(), told.lines().count()), (Some(2), "", 1), "{told}");
    assert!(!told.contains(CANARY), "{told}");
    told.trim_end().strip_prefix("capi: ").unwrap().to_owned()
}

#[tokio::test]
async fn a_server_starts_with_nothing_but_its_stack_and_its_secret() {
    let moto = Moto::start().await;
    moto.create_secret("capi-mainnet", &complete().to_string()).await;
    let (code, output, told) = config("check", &moto.environment()).await;
    assert_eq!((code, output.as_str(), told.as_str()), (Some(0), "ok\n", ""));
    let (_, shown, _) = config("show", &moto.environment()).await;
    let line = |variable: &str| {
        let line = shown.lines().find(|line| line.split(' ').next() == Some(variable)).unwrap();
        line.split_whitespace().skip(1).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(line("CAPI_OBJECT_STORE"), "s3://ffa-files secret");
    assert_eq!(line("CAPI_DATATRUST_KEY"), "(set) secret");
    assert_eq!(line("CAPI_REGION"), "us-west-1 stack file", "the secret's is that of the deployment");
}

#[tokio::test]
async fn a_secret_that_cannot_be_used_is_refused_in_one_sentence_that_says_why() {
    let moto = Moto::start().await;
    let missing = refusal(&moto.environment()).await;
    assert!(
        missing.starts_with("the secret capi-mainnet does not exist in us-west-1: create it"),
        "{missing}"
    );

    let mut incomplete = complete();
    incomplete.as_object_mut().unwrap().remove("RPC_PATH");
    let mut number = complete();
    number["JWT_SECRET_KEY"] = json!([CANARY]);
    for (secret, sentence) in [
        (
            format!("{CANARY} is no JSON"),
            "the secret capi-mainnet is not a JSON object of strings (line 1, column 1)",
        ),
        (
            json!(CANARY).to_string(),
            "the secret capi-mainnet is not a JSON object of strings (line 1, column 28)",
        ),
        (number.to_string(), "the secret capi-mainnet has a value for JWT_SECRET_KEY that is not a string"),
        (incomplete.to_string(), "CAPI_RPC_PATH is not set: expected "),
    ] {
        moto.create_secret("capi-mainnet", &secret).await;
        let told = refusal(&moto.environment()).await;
        assert!(told.starts_with(sentence), "{told}");
        assert!(told.contains("the secret capi-mainnet"), "{told}");
    }
}

#[tokio::test]
async fn a_secrets_manager_that_refuses_or_is_out_of_reach_is_told_in_one_sentence() {
    let moto = Moto::start().await;
    let at = |url: &str| {
        let mut environment = moto.environment();
        environment.push(("AWS_ENDPOINT_URL", url.to_owned()));
        environment
    };
    for (status, body, sentence) in [
        (
            400,
            json!({ "__type": "AccessDeniedException", "message": "User is not authorized" }),
            "the secret capi-mainnet may not be read: this process's role needs secretsmanager:GetSecretValue on \
             it",
        ),
        (
            400,
            json!({ "__type": "InvalidRequestException", "message": "It was marked for deletion." }),
            "the secret capi-mainnet cannot be read: Secrets Manager says InvalidRequestException: It was marked \
             for deletion.",
        ),
        (200, json!({ "SecretBinary": "AAAA" }), "the secret capi-mainnet is binary: expected a JSON object"),
    ] {
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(status).set_body_json(body);
        Mock::given(method("POST")).respond_with(answer).mount(&server).await;
        assert_eq!(refusal(&at(&server.uri())).await, sentence);
    }
    let nobody = refusal(&at("http://127.0.0.1:1")).await;
    assert_eq!(nobody, "the secret capi-mainnet cannot be read: Secrets Manager in us-west-1 is unreachable");
    let nameless = refusal(&[("AWS_EC2_METADATA_DISABLED", "true".to_owned())]).await;
    assert!(
        nameless.starts_with("the secret capi-mainnet cannot be read: no AWS credentials were found"),
        "{nameless}"
    );
}

#[tokio::test]
async fn settings_are_shown_also_where_the_secret_cannot_be_read() {
    let (code, shown, told) = config("show", &[("AWS_EC2_METADATA_DISABLED", "true".to_owned())]).await;
    assert_eq!(code, Some(0));
    assert!(shown.contains("CAPI_DATATRUST_KEY"));
    assert!(told.starts_with("capi: the secret capi-mainnet cannot be read"), "{told}");
    let (code, _, told) = config("show", &[("CAPI_SECRETS", "none".to_owned())]).await;
    assert!(code == Some(0) && !told.contains("the secret"), "{told}");
}

/// A server of a stack that exists since 2019, from its secret alone.
struct Existing {
    process: Child,
    said: Arc<Mutex<String>>,
    metrics: String,
    _moto: Moto,
}

impl Existing {
    async fn start(market: &Market) -> Self {
        let (moto, table) = (Moto::start().await, dynamodb::new_tables().await);
        moto.create_bucket("ffa-files").await;
        moto.create_secret("capi-existing", &old_secret(market, &table).to_string()).await;
        let stacks = stack_file(&stack(market));
        let data = tempfile::tempdir().unwrap();
        let metrics = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let mut command = Command::new(env!("CARGO_BIN_EXE_capi"));
        command.arg("serve").env_clear().envs(moto.environment()).envs([
            ("CAPI_STACK", "existing"),
            ("CAPI_STACKS_FILE", stacks.path().to_str().unwrap()),
            ("CAPI_DATA_DIR", data.path().to_str().unwrap()),
            ("CAPI_HOST", "127.0.0.1"),
            ("CAPI_PORT", "0"),
            ("CAPI_METRICS_ADDR", &metrics),
            ("CAPI_LOG_LEVEL", "trace"),
        ]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        listen(process.stdout.take().unwrap(), said.clone());
        listen(process.stderr.take().unwrap(), said.clone());
        let existing = Existing { process, said, metrics, _moto: moto };
        eventually("it serves", async || existing.address().is_some()).await;
        let ready = format!("{}/ready", existing.address().unwrap());
        eventually("it is ready", async || {
            client().get(&ready).send().await.is_ok_and(|reply| reply.status() == 200)
        })
        .await;
        existing
    }

    fn address(&self) -> Option<String> {
        let said = self.said.lock().unwrap();
        let mut lines = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines
            .find(|line| line["message"] == "serving")
            .map(|line| format!("http://{}", line["address"].as_str().unwrap()))
    }

    /// Asks it to end, and waits until it has told its last.
    async fn stop(mut self) -> String {
        let id = self.process.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
        assert!(self.process.wait().await.unwrap().success());
        eventually("it has stopped", async || self.said.lock().unwrap().contains("\"message\":\"stopped\""))
            .await;
        let said = self.said.lock().unwrap();
        said.clone()
    }

    /// What anyone on the same machine could read of the process and its children.
    fn visible(&self) -> String {
        let root = self.process.id().unwrap();
        let mut seen = String::new();
        for process in family(root) {
            for file in ["environ", "cmdline"] {
                let bytes = fs::read(format!("/proc/{process}/{file}")).unwrap_or_default();
                seen += &String::from_utf8_lossy(&bytes);
            }
        }
        seen
    }
}

fn listen(output: impl AsyncRead + Unpin + Send + 'static, said: Arc<Mutex<String>>) {
    let mut lines = BufReader::new(output).lines();
    tokio::spawn(async move {
        while let Ok(Some(line)) = lines.next_line().await {
            *said.lock().unwrap() += &format!("{line}\n");
        }
    });
}

/// A process and all that descend from it.
fn family(root: u32) -> Vec<u32> {
    let children = fs::read_to_string(format!("/proc/{root}/task/{root}/children")).unwrap_or_default();
    let below = children.split_whitespace().filter_map(|id| id.parse().ok()).flat_map(family);
    [root].into_iter().chain(below).collect()
}

/// Exactly the keys that the secrets of 2019 have. Each value that is secret holds the canary.
fn old_secret(market: &Market, table: &str) -> Value {
    let mut rpc = market.settings.urls[0].clone();
    rpc.set_username("user").unwrap();
    rpc.set_password(Some(CANARY)).unwrap();
    let mut secret = json!({
        "TABLE_NAME": table, "DB_URL": dynamodb::url(), "S3_DESTINATION": "ffa-files", "RPC_PATH": rpc,
        "DATATRUST_KEY": key(BACKEND).expose_secret(), "DNSName": "ffa.example", "LOG_LEVEL": "INFO",
        "JWT_SECRET_KEY": format!("{CANARY}-{CANARY}"),
        "CELERY_BROKER_URL": format!("sqs://{CANARY}"), "CELERY_RESULT_BACKEND": format!("db://{CANARY}"),
    });
    for deployment in PARAMETERS_OF_2019 {
        secret[deployment] = json!("of the deployment");
    }
    secret
}

fn stack(market: &Market) -> String {
    let contracts = &market.settings.contracts;
    let addresses = [
        contracts.ether_token,
        contracts.market_token,
        contracts.voting,
        contracts.parameterizer,
        contracts.reserve,
        contracts.datatrust,
        contracts.listing,
    ];
    let mut entry =
        String::from("existing:\n  chain_id: \"31337\"\n  confirmations: \"0\"\n  region: us-west-1\n");
    for (name, address) in CONTRACTS.iter().zip(addresses) {
        entry += &format!("  {}_contract_address: \"{address}\"\n", name.to_lowercase());
    }
    entry
}

#[tokio::test]
async fn an_old_secret_starts_a_server_that_tells_nobody_what_is_in_it() {
    let market = Market::start().await;
    let server = Existing::start(&market).await;
    let address = server.address().unwrap();
    let mut told = String::new();
    for path in
        ["/status", "/listings/", "/candidates/", "/ready", "/nowhere", "/deliveries/?delivery_hash=x"]
    {
        let reply = client().get(format!("{address}{path}")).bearer_auth("no.token").send().await.unwrap();
        told += &format!("{:?}{}", reply.headers().clone(), reply.text().await.unwrap());
    }
    told += &client()
        .get(format!("http://{}/metrics", server.metrics))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(told.contains("capi_http_requests_total"), "the metrics were read");
    let visible = server.visible();
    assert!(visible.contains("CAPI_STACK=existing"), "the environment was read");
    told += &visible;
    let logs = server.stop().await;
    assert!(logs.contains("\"level\":\"TRACE\""), "everything was logged");
    assert!(logs.contains("\"Namespace\":\"ffa.example\""), "metrics were reported to CloudWatch");
    told += &logs;
    let backend = key(BACKEND).expose_secret().trim_start_matches("0x").to_lowercase();
    let told = told.to_lowercase();
    for secret in [CANARY, &backend] {
        let place = told.find(secret);
        assert_eq!(place.map(|at| &told[at.saturating_sub(300)..at]), None, "{secret} is told");
    }
}
