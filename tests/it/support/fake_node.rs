//! A JSON-RPC node whose answers a test decides.

use std::time::Duration;

use capi::config::{CallRates, ChainSettings};
use capi::domain::{Address, Contracts};
use serde_json::{Value, json};
use url::Url;
use wiremock::matchers::{any, body_partial_json};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// The answer to one request: a result, or an error object.
pub type ServiceResult = Result<Value, Value>;

/// A node on a free port, ended with this value. It says that it is on the tests' chain, whatever else it answers.
pub struct FakeNode(MockServer);

impl FakeNode {
    /// Answers single requests and batches with `answer(method, params)`.
    pub async fn start(answer: impl Fn(&str, &Value) -> ServiceResult + Send + Sync + 'static) -> Self {
        Self::responding(move |request: &Request| {
            let body: Value = request.body_json().unwrap();
            let reply = match &body {
                // Backwards: the order of a batch's answers means nothing.
                Value::Array(requests) => {
                    requests.iter().rev().map(|request| one(&answer, request)).collect()
                }
                request => one(&answer, request),
            };
            ResponseTemplate::new(200).set_body_json(reply)
        })
        .await
    }

    /// Answers HTTP requests with `respond`.
    pub async fn responding(respond: impl Respond + 'static) -> Self {
        let node = Self::saying(respond).await;
        let chain_id = json!({ "jsonrpc": "2.0", "id": 0, "result": "0x7a69" });
        let chain_id = ResponseTemplate::new(200).set_body_json(chain_id);
        let asked = Mock::given(body_partial_json(json!({ "method": "eth_chainId" })));
        asked.respond_with(chain_id).with_priority(1).mount(&node.0).await;
        node
    }

    /// Answers all HTTP requests with `respond`, those for its chain too.
    pub async fn saying(respond: impl Respond + 'static) -> Self {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(respond).mount(&server).await;
        FakeNode(server)
    }

    pub fn url(&self) -> Url {
        Url::parse(&self.0.uri()).unwrap()
    }

    /// The bodies of all HTTP requests so far, but for those that only ask for its chain.
    pub async fn requests(&self) -> Vec<Value> {
        let requests = self.0.received_requests().await.unwrap();
        let bodies = requests.iter().map(|request| request.body_json::<Value>().unwrap());
        bodies.filter(|body| body["method"] != "eth_chainId").collect()
    }

    /// How many HTTP requests there were, whatever they ask for.
    pub async fn asked(&self) -> usize {
        self.0.received_requests().await.unwrap().len()
    }
}

/// The answer to a single request, as its HTTP body.
pub fn one(answer: &impl Fn(&str, &Value) -> ServiceResult, request: &Value) -> Value {
    let mut reply = json!({ "jsonrpc": "2.0", "id": request["id"] });
    match answer(request["method"].as_str().unwrap(), &request["params"]) {
        Ok(result) => reply["result"] = result,
        Err(error) => reply["error"] = error,
    }
    reply
}

/// An error object of a node.
pub fn error(code: i64, message: &str) -> ServiceResult {
    Err(json!({ "code": code, "message": message }))
}

/// A block as nodes show it, with more than anyone reads left out.
pub fn block(number: u64) -> Value {
    json!({
        "number": format!("{number:#x}"),
        "hash": format!("0x{number:064x}"),
        "parentHash": format!("0x{:064x}", number.saturating_sub(1)),
        "timestamp": "0x5",
    })
}

/// A market of made-up addresses on these nodes.
pub fn settings(urls: Vec<Url>) -> ChainSettings {
    let address = |last| Address::new([last; 20]);
    ChainSettings {
        urls,
        websocket_urls: Vec::new(),
        chain_id: 31337,
        contracts: Contracts {
            ether_token: address(1),
            market_token: address(2),
            voting: address(3),
            parameterizer: address(4),
            reserve: address(5),
            datatrust: address(6),
            listing: address(7),
        },
        timeout: Duration::from_secs(2),
        max_lag_blocks: 5,
        call_rates: CallRates::default(),
    }
}
