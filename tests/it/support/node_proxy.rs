//! A proxy before a chain node that remembers the calls.

use std::sync::{Arc, Mutex};

use actix_web::dev::ServerHandle;
use actix_web::web::{Bytes, Data};
use actix_web::{App, HttpResponse, HttpServer, web};
use reqwest::Client;
use serde_json::Value;
use url::Url;

pub struct NodeProxy {
    url: Url,
    seen: Arc<Mutex<Vec<Value>>>,
    server: ServerHandle,
}

struct State {
    target: Url,
    client: Client,
    seen: Arc<Mutex<Vec<Value>>>,
}

impl NodeProxy {
    pub fn before(target: &Url) -> Self {
        let seen = Arc::new(Mutex::default());
        let state = Data::new(State { target: target.clone(), client: Client::new(), seen: seen.clone() });
        let app = move || {
            let limit = web::PayloadConfig::new(32 << 20);
            App::new().app_data(state.clone()).app_data(limit).default_service(web::to(pass))
        };
        let server = HttpServer::new(app).workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
        let url = Url::parse(&format!("http://{}", server.addrs()[0])).unwrap();
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        NodeProxy { url, seen, server: handle }
    }

    pub fn url(&self) -> Url {
        self.url.clone()
    }

    /// The parameters of the calls of a method so far, those in batches too.
    pub fn calls(&self, method: &str) -> Vec<Value> {
        let seen = self.seen.lock().unwrap();
        seen.iter().filter(|call| call["method"] == method).map(|call| call["params"].clone()).collect()
    }
}

impl Drop for NodeProxy {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

async fn pass(state: Data<State>, body: Bytes) -> HttpResponse {
    let calls = match serde_json::from_slice(&body).unwrap() {
        Value::Array(calls) => calls,
        call => vec![call],
    };
    state.seen.lock().unwrap().extend(calls);
    let onward =
        state.client.post(state.target.clone()).header("content-type", "application/json").body(body);
    let Ok(reply) = onward.send().await else { return HttpResponse::BadGateway().finish() };
    let status = reply.status().as_u16().try_into().unwrap();
    match reply.bytes().await {
        Ok(body) => HttpResponse::build(status).content_type("application/json").body(body),
        Err(_) => HttpResponse::BadGateway().finish(),
    }
}
