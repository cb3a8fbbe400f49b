//! A proxy before DynamoDB Local: counts the requests, and does to chosen ones what a busy service or a bad network
//! does.

use std::sync::{Arc, Mutex};

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use reqwest::Client;
use serde_json::{Value, json};
use url::Url;

use crate::support::stand_in::StandIn;

/// What becomes of a request.
pub enum Fate {
    /// It passes, and its answer.
    Passes,
    /// The service refuses it with that error.
    Refused(Value),
    /// It is carried out, and its answer is lost.
    AnswerLost,
    /// It is answered so, without being carried out.
    Answered(Value),
}

/// A request as it came.
pub struct Request {
    pub operation: String,
    pub input: Value,
}

/// Decides by the name of the operation, its input, and how often that operation was asked for before.
type Decide = dyn Fn(&str, &Value, usize) -> Fate + Send + Sync;

pub struct Proxy {
    seen: Arc<Mutex<Vec<Request>>>,
    server: StandIn,
}

struct State {
    target: Url,
    client: Client,
    seen: Arc<Mutex<Vec<Request>>>,
    decide: Box<Decide>,
}

impl Proxy {
    /// Lets everything pass.
    pub fn counting() -> Self {
        Self::deciding(|_, _, _| Fate::Passes)
    }

    pub fn deciding(decide: impl Fn(&str, &Value, usize) -> Fate + Send + Sync + 'static) -> Self {
        let seen = Arc::new(Mutex::default());
        let state = State {
            target: super::url(),
            client: Client::new(),
            seen: seen.clone(),
            decide: Box::new(decide),
        };
        Proxy { seen, server: StandIn::start(state, pass) }
    }

    /// How often an operation was asked for since the last call.
    pub fn take_count(&self, operation: &str) -> usize {
        self.take_seen().iter().filter(|request| request.operation == operation).count()
    }

    pub fn url(&self) -> Url {
        self.server.url()
    }

    /// The requests since the last call, in order.
    pub fn take_seen(&self) -> Vec<Request> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

async fn pass(state: Data<State>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let target = request.headers().get("x-amz-target").unwrap().to_str().unwrap();
    let operation = target.rsplit('.').next().unwrap().to_owned();
    let input: Value = serde_json::from_slice(&body).unwrap();
    let before = {
        let mut seen = state.seen.lock().unwrap();
        let before = seen.iter().filter(|request| request.operation == operation).count();
        seen.push(Request { operation: operation.clone(), input: input.clone() });
        before
    };
    match (state.decide)(&operation, &input, before) {
        Fate::Passes => forward(&state, &request, body).await,
        Fate::AnswerLost => {
            forward(&state, &request, body).await;
            answer(500, json!({ "__type": "com.amazonaws.dynamodb.v20120810#InternalServerError" }))
        }
        Fate::Refused(error) => answer(400, error),
        Fate::Answered(output) => answer(200, output),
    }
}

async fn forward(state: &State, request: &HttpRequest, body: Bytes) -> HttpResponse {
    let mut onward = state.client.post(state.target.clone()).body(body);
    for name in ["authorization", "x-amz-target", "x-amz-date", "content-type"] {
        if let Some(value) = request.headers().get(name) {
            onward = onward.header(name, value.as_bytes());
        }
    }
    let reply = onward.send().await.unwrap();
    let status = reply.status().as_u16();
    let body = reply.bytes().await.unwrap();
    HttpResponse::build(status.try_into().unwrap()).content_type("application/x-amz-json-1.0").body(body)
}

fn answer(status: u16, body: Value) -> HttpResponse {
    HttpResponse::build(status.try_into().unwrap())
        .content_type("application/x-amz-json-1.0")
        .body(body.to_string())
}
