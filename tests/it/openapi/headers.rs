//! Responses of every kind of route and status carry only headers that the description names for them.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::time::Duration;

use capi::domain::{Hash, RequestClass};
use reqwest::header::{HeaderMap, HeaderName};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::limits::PLENTY;
use crate::support::eventually::eventually;
use crate::support::gate::Gate;
use crate::support::http::RequestBuilder;
use crate::support::market::{BACKEND, BUYER, MAKER, Market};
use crate::support::server::TestServer;
use crate::support::steps::delivery_path;

/// The headers that OpenAPI describes elsewhere, or that belong to HTTP/1.1 itself.
const STANDARD: [&str; 5] = ["connection", "content-length", "content-type", "date", "transfer-encoding"];

/// A server that limits its callers, because limits have headers too, and its description.
struct Described {
    server: TestServer,
    document: Value,
    seen: RefCell<BTreeSet<u16>>,
}

impl Described {
    async fn start() -> Self {
        Self::of(TestServer::start_with(|settings| settings.limits.callers = Some(PLENTY)).await).await
    }

    async fn of(server: TestServer) -> Self {
        let document = server.get("/openapi.json").send().await.expect(200).json();
        Described { server, document, seen: RefCell::default() }
    }

    /// The description of what answers `method` at `path`: of two that match, the one with fewer parameters.
    fn operation(&self, method: &Method, path: &str) -> &Value {
        let path = path.split('?').next().unwrap();
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let (_, operation) = self.document["paths"]
            .as_object()
            .unwrap()
            .iter()
            .filter_map(|(template, item)| {
                let operation = item.get(method.as_str().to_lowercase())?;
                let names: Vec<&str> = template.trim_matches('/').split('/').collect();
                let fits = |(name, part): (&&str, &&str)| name.starts_with('{') || name == part;
                let is_it = names.len() == parts.len() && names.iter().zip(&parts).all(fits);
                is_it.then(|| (template.matches('{').count(), operation))
            })
            .min_by_key(|(parameters, _)| *parameters)
            .unwrap_or_else(|| panic!("{method} {path} is not described"));
        operation
    }

    /// What a reference leads to.
    fn resolved<'d>(&'d self, value: &'d Value) -> &'d Value {
        match value["$ref"].as_str() {
            Some(reference) => self.document.pointer(&reference[1..]).unwrap(),
            None => value,
        }
    }

    fn assert_described(&self, method: &Method, path: &str, status: u16, headers: &HeaderMap) {
        let responses = &self.operation(method, path)["responses"];
        let class = format!("{}XX", status / 100);
        let response = [status.to_string(), class].iter().find_map(|status| responses.get(status));
        let response = response.unwrap_or_else(|| panic!("{method} {path}: {status} is not described"));
        let described = &self.resolved(response)["headers"];
        let names = described.as_object().into_iter().flatten().map(|(name, _)| name.to_lowercase());
        let described: BTreeSet<String> = names.collect();
        for name in headers.keys().map(HeaderName::as_str).filter(|name| !STANDARD.contains(name)) {
            assert!(described.contains(name), "{method} {path}: {name} is not described for {status}");
        }
        assert!(headers.contains_key("x-request-id"), "{method} {path}: {status}");
        self.seen.borrow_mut().insert(status);
    }

    fn request(&self, method: &Method, path: &str) -> RequestBuilder {
        self.server.request(method.clone(), path)
    }

    /// Sends a request as a page of another origin would, and compares the response with the description.
    async fn send(&self, method: Method, path: &str, request: RequestBuilder) -> Response {
        let response = request.header("origin", "https://example.org").begin().await;
        self.assert_described(&method, path, response.status().as_u16(), response.headers());
        response
    }

    async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
        let request = self.request(&method, path);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
        self.send(method, path, request).await
    }

    #[track_caller]
    fn assert_seen(&self, statuses: &[u16]) {
        let seen = self.seen.borrow();
        for status in statuses {
            assert!(seen.contains(status), "{status} is not among {seen:?}");
        }
    }
}

fn header(response: &Response, name: &str) -> String {
    response.headers()[name].to_str().unwrap().to_owned()
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

#[tokio::test]
async fn every_route_answers_a_stranger_and_the_operator_with_described_headers() {
    let described = Described::start().await;
    let operator = bearer(&described.server.sign_in(BACKEND).await);
    let buyer = described.server.address(BUYER).to_string();
    let paths = described.document["paths"].as_object().unwrap();
    for (template, item) in paths {
        let path = template
            .replace("{hash}", &"ab".repeat(32))
            .replace("{address}", &buyer)
            .replace("{kind}", "challenge")
            .replace("{id}", "0");
        for method in item.as_object().unwrap().keys() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            described.ask(method.clone(), &path, &[]).await;
            let headers = [("authorization", operator.as_str()), ("tus-resumable", "1.0.0")];
            described.ask(method, &path, &headers).await;
        }
    }
    described.assert_seen(&[200, 204, 400, 401, 404]);
}

#[tokio::test]
async fn lists_are_answered_with_described_headers() {
    let described = Described::start().await;
    let server = &described.server;
    let listing = server.publish("file", b"0123456789").await.listing;
    let application = server.apply(Hash::keccak("application"), b"other bytes").await.listing;
    let application = format!("/candidates/application/{application}");
    eventually("the tally is known", async || server.get(&application).send().await.status == 200).await;
    for path in [
        "/listings/".to_owned(),
        "/listings/?limit=10".to_owned(),
        format!("/listings/{listing}"),
        "/candidates/".to_owned(),
        "/candidates/application".to_owned(),
        "/candidates/challenge".to_owned(),
        application,
        "/feed.atom".to_owned(),
    ] {
        let plain = described.ask(Method::GET, &path, &[]).await;
        assert_eq!(plain.status(), 200, "{path}");
        let etag = header(&plain, "etag");
        let known = described.ask(Method::GET, &path, &[("if-none-match", &etag)]).await;
        assert_eq!(known.status(), 304, "{path}");
        let accepted = [("accept-encoding", "zstd, identity;q=0")];
        let compressed = described.ask(Method::GET, &path, &accepted).await;
        assert_eq!(header(&compressed, "content-encoding"), "zstd", "{path}");
    }
}

#[tokio::test]
async fn files_are_answered_with_described_headers() {
    let described = Described::start().await;
    let server = &described.server;
    let published = server.publish("file", b"0123456789").await;
    let (listing, delivery) = (published.listing, Hash::keccak("delivery"));
    server.market.buy(delivery, 10).await;
    let (buyer, maker) = (bearer(&server.sign_in(BUYER).await), bearer(&server.sign_in(MAKER).await));

    let download = delivery_path(delivery, listing);
    for (path, token) in [(download.clone(), &buyer), (format!("/previews/{listing}"), &maker)] {
        let token = ("authorization", token.as_str());
        let whole = described.ask(Method::GET, &path, &[token]).await;
        let etag = header(&whole, "etag");
        assert_eq!(whole.bytes().await.unwrap(), &published.bytes[..]);
        for (condition, value, status) in [
            ("range", "bytes=2-3", 206),
            ("range", "bytes=99-", 416),
            ("if-none-match", etag.as_str(), 304),
            ("if-match", "\"another\"", 412),
        ] {
            let part = described.ask(Method::GET, &path, &[token, (condition, value)]).await;
            assert_eq!(part.status(), status, "{path} {condition}");
            described.ask(Method::HEAD, &path, &[token, (condition, value)]).await;
        }
        described.ask(Method::HEAD, &path, &[token]).await;
    }
    let ticket = json!({ "delivery_hash": delivery, "query": listing });
    let request = server.post("/deliveries/tickets").header("authorization", &buyer).json(&ticket);
    assert_eq!(described.send(Method::POST, "/deliveries/tickets", request).await.status(), 201);
    let check = download.replace("/deliveries/", "/deliveries/check");
    described.ask(Method::GET, &check, &[("authorization", &buyer)]).await;
}

#[tokio::test]
async fn sign_in_uploads_and_tasks_are_answered_with_described_headers() {
    let described = Described::start().await;
    let server = &described.server;
    let tokens = server.tokens(MAKER).await;
    let refresh = bearer(tokens["refresh_token"].as_str().unwrap());
    let renewed =
        described.ask(Method::GET, "/authorize/?refresh=true", &[("authorization", &refresh)]).await;
    let maker = renewed.json::<Value>().await.unwrap()["access_token"].as_str().unwrap().to_owned();
    let consent = json!({ "timestamp": 1, "from_us": false, "version": 1 });
    let request = server.post("/consent/").token(&maker).json(&consent);
    assert_eq!(described.send(Method::POST, "/consent/", request).await.status(), 201);

    let bytes = b"the first part, and the second";
    let form = server.propose(Hash::keccak("in parts"), bytes).await;
    let (length, metadata, token) = (bytes.len().to_string(), form.metadata(), bearer(&maker));
    let tus = [("authorization", token.as_str()), ("tus-resumable", "1.0.0")];
    let creation =
        [tus[0], tus[1], ("upload-length", length.as_str()), ("upload-metadata", metadata.as_str())];
    let created = described.ask(Method::POST, "/uploads/", &creation).await;
    assert_eq!(created.status(), 201);
    let path = header(&created, "location");
    assert_eq!(described.ask(Method::HEAD, &path, &tus).await.status(), 200);
    assert_eq!(described.ask(Method::HEAD, &path, &tus[..1]).await.status(), 412);
    let part = async |checksum: Option<&str>| {
        let request = described
            .request(&Method::PATCH, &path)
            .header("content-type", "application/offset+octet-stream");
        let request = tus.iter().fold(request, |request, (name, value)| request.header(name, value));
        let request = request.header("upload-offset", "0").body(bytes[..15].to_vec());
        let request = match checksum {
            Some(checksum) => request.header("upload-checksum", checksum),
            None => request,
        };
        described.send(Method::PATCH, &path, request).await.status().as_u16()
    };
    assert_eq!(part(Some("sha1 qvTGHdzF6KLavt4PO0gs2a6pQ00=")).await, 460);
    assert_eq!(part(None).await, 204);
    assert_eq!(part(None).await, 409);
    assert_eq!(described.ask(Method::DELETE, &path, &tus).await.status(), 204);
    assert_eq!(described.ask(Method::DELETE, &path, &tus[..1]).await.status(), 412);

    let form = server.propose(Hash::keccak("in one form"), bytes).await;
    let accepted = described.send(Method::POST, "/listings/", server.upload(&maker, &form)).await;
    assert_eq!(accepted.status(), 201);
    let watched = server.post("/tasks/").json(&json!({ "tx_hash": "ab".repeat(32) }));
    let watched = described.send(Method::POST, "/tasks/", watched).await;
    assert_eq!(watched.status(), 201);
    described.ask(Method::GET, &header(&watched, "location"), &[]).await;

    let revoked = server.post("/authorize/revoke").token(&maker).json(&json!({}));
    assert_eq!(described.send(Method::POST, "/authorize/revoke", revoked).await.status(), 200);
}

#[tokio::test]
async fn refusals_for_limits_and_outages_have_described_headers() {
    let mut limits = PLENTY;
    limits.per_minute[RequestClass::SignIn as usize] = NonZeroU32::MIN;
    let market = Market::start().await;
    let gate = Gate::before(market.node.url());
    let server = TestServer::start_on(market, |settings| {
        settings.limits.callers = Some(limits);
        settings.chain.urls = vec![gate.url()];
        settings.chain.timeout = Duration::from_secs(2);
    })
    .await;
    let described = Described::of(server).await;
    for status in [200, 429] {
        assert_eq!(described.ask(Method::GET, "/authorize/nonce", &[]).await.status(), status);
    }
    gate.shut();
    let account = format!("/accounts/{}", described.server.address(BUYER));
    let unavailable = described.ask(Method::GET, &account, &[]).await;
    assert_eq!(unavailable.status(), 503);
    assert!(unavailable.headers().contains_key("retry-after"));
}
