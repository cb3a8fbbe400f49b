//! A proxy before a chain node that remembers the calls, and may not answer some.

use std::sync::{Arc, Mutex};

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data};
use reqwest::Client;
use serde_json::Value;
use url::Url;

use super::stand_in::StandIn;

pub struct NodeProxy {
    seen: Arc<Mutex<Vec<Value>>>,
    server: StandIn,
}

struct State {
    target: Url,
    client: Client,
    seen: Arc<Mutex<Vec<Value>>>,
    /// The method whose calls are never answered.
    silent: Option<&'static str>,
}

impl NodeProxy {
    pub fn before(target: &Url) -> Self {
        Self::silent_at(target, None)
    }

    /// Does not answer calls of a method.
    pub fn silent_at(target: &Url, silent: Option<&'static str>) -> Self {
        let seen = Arc::new(Mutex::default());
        let state = State { target: target.clone(), client: Client::new(), seen: seen.clone(), silent };
        NodeProxy { seen, server: StandIn::start(state, pass) }
    }

    pub fn url(&self) -> Url {
        self.server.url()
    }

    /// The parameters of the calls of a method so far, those in batches too.
    pub fn calls(&self, method: &str) -> Vec<Value> {
        let seen = self.seen.lock().unwrap();
        seen.iter().filter(|call| call["method"] == method).map(|call| call["params"].clone()).collect()
    }
}

async fn pass(state: Data<State>, body: Bytes) -> HttpResponse {
    let calls = match serde_json::from_slice(&body).unwrap() {
        Value::Array(calls) => calls,
        call => vec![call],
    };
    let is_silent = state.silent.is_some_and(|silent| calls.iter().any(|call| call["method"] == silent));
    state.seen.lock().unwrap().extend(calls);
    if is_silent {
        std::future::pending::<()>().await;
    }
    let onward =
        state.client.post(state.target.clone()).header("content-type", "application/json").body(body);
    let Ok(reply) = onward.send().await else { return HttpResponse::BadGateway().finish() };
    let status = reply.status().as_u16().try_into().unwrap();
    match reply.bytes().await {
        Ok(body) => HttpResponse::build(status).content_type("application/json").body(body),
        Err(_) => HttpResponse::BadGateway().finish(),
    }
}
