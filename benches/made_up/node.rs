//! A JSON-RPC node of a made-up market.

use actix_web::web::{Bytes, Data};
use actix_web::{App, HttpResponse, HttpServer, web};
use capi::domain::{Address, Hash};
use serde_json::{Value, json};
use url::Url;

use super::chain::{MadeUp, block_hash, block_number, number_word, time, word};

/// As most providers allow.
const MAX_LOGS: u64 = 10_000;
const MAX_BODY_BYTES: usize = 16 << 20;

struct State {
    market: MadeUp,
    backend: Address,
}

/// Serves the market on a free port for the rest of the process.
pub fn serve(market: MadeUp, backend: Address) -> Url {
    let state = Data::new(State { market, backend });
    let server = HttpServer::new(move || {
        App::new()
            .app_data(state.clone())
            .app_data(web::PayloadConfig::new(MAX_BODY_BYTES))
            .route("/", web::post().to(answer))
    });
    let server = server.workers(1).disable_signals().tcp_nodelay(true).bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", server.addrs()[0]);
    tokio::spawn(server.run());
    Url::parse(&url).unwrap()
}

async fn answer(state: Data<State>, body: Bytes) -> HttpResponse {
    let answers = match serde_json::from_slice::<Value>(&body).unwrap() {
        Value::Array(requests) => {
            let answers: Vec<String> = requests.iter().map(|request| state.reply(request)).collect();
            format!("[{}]", answers.join(","))
        }
        request => state.reply(&request),
    };
    HttpResponse::Ok().content_type("application/json").body(answers)
}

impl State {
    fn reply(&self, request: &Value) -> String {
        let (id, params) = (&request["id"], &request["params"]);
        let result = match request["method"].as_str().unwrap() {
            "eth_getLogs" => match self.logs(&params[0]) {
                Ok(logs) => logs,
                Err(error) => return json!({ "jsonrpc": "2.0", "id": id, "error": error }).to_string(),
            },
            "eth_getBlockByNumber" => self.block(&params[0]).to_string(),
            "eth_chainId" => json!("0x7a69").to_string(),
            "eth_getBalance" => json!("0xde0b6b3a7640000").to_string(),
            "eth_getCode" => json!("0x01").to_string(),
            "eth_call" => json!(self.call(&params[0])).to_string(),
            _ => Value::Null.to_string(),
        };
        format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#)
    }

    fn block(&self, at: &Value) -> Value {
        let number = at.as_str().and_then(quantity).unwrap_or(self.market.head());
        if number > self.market.head() {
            return Value::Null;
        }
        let parent = number.checked_sub(1).map_or(Hash::ZERO, block_hash);
        json!({
            "number": format!("{number:#x}"),
            "hash": block_hash(number),
            "parentHash": parent,
            "timestamp": format!("{:#x}", time(number)),
        })
    }

    fn logs(&self, filter: &Value) -> Result<String, Value> {
        let (from, to) = match filter["blockHash"].as_str() {
            Some(hash) => {
                let number = block_number(Hash::parse(hash).unwrap());
                (number, number)
            }
            None => {
                let bound = |name: &str| filter[name].as_str().and_then(quantity).unwrap();
                (bound("fromBlock"), bound("toBlock").min(self.market.head()))
            }
        };
        if self.market.count_logs(from, to) > MAX_LOGS {
            return Err(json!({ "code": -32005, "message": "query returned more than 10000 results" }));
        }
        let mut logs = String::from("[");
        for block in from..=to {
            self.market.write_logs(block, &mut logs);
        }
        logs.push(']');
        Ok(logs)
    }

    /// Getters with several results first; every other answers a number that is a valid percentage, too.
    fn call(&self, call: &Value) -> String {
        let data = call["data"].as_str().unwrap();
        let is = |signature: &str| data.starts_with(&Hash::keccak(signature).to_string()[..10]);
        let words = if is("getBackendAddress()") {
            vec![word(self.backend.bytes())]
        } else if is("getBackendUrl()") {
            vec![number_word(32), number_word(0)]
        } else if is("getCandidate(bytes32)") {
            [1, 0, 1, 1, 2, 1].map(number_word).to_vec()
        } else {
            vec![number_word(30)]
        };
        let words: String = words.iter().map(|word| word.to_string()[2..].to_owned()).collect();
        format!("0x{words}")
    }
}

fn quantity(text: &str) -> Option<u64> {
    u64::from_str_radix(text.strip_prefix("0x")?, 16).ok()
}
