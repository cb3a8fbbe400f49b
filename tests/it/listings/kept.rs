//! Responses that are sent from memory, before a request reaches the application.

use std::collections::BTreeMap;

use capi::domain::Hash;
use reqwest::Method;

use crate::limits::PLENTY;
use crate::support::eventually::eventually;
use crate::support::http::{Reply, RequestBuilder};
use crate::support::server::TestServer;

/// The server reads no token for a list, but looks at the request's origin and token itself.
const TO_THE_APPLICATION: (&str, &str) = ("authorization", "Basic none");
/// What differs between two responses to the same request.
const OF_THE_MOMENT: [&str; 3] = ["date", "x-request-id", "ratelimit"];

fn ask(server: &TestServer, method: Method, path: &str, headers: &[(&str, &str)]) -> RequestBuilder {
    let request = server.request(method, path);
    headers.iter().fold(request, |request, (name, value)| request.header(name, value))
}

/// A response without what is of the moment.
fn lasting(reply: &Reply) -> (u16, BTreeMap<String, Vec<String>>, &[u8]) {
    let mut headers = BTreeMap::<String, Vec<String>>::new();
    for (name, value) in &reply.headers {
        if !OF_THE_MOMENT.contains(&name.as_str()) {
            headers.entry(name.to_string()).or_default().push(value.to_str().unwrap().to_owned());
        }
    }
    (reply.status, headers, &reply.body)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_from_memory_is_that_of_the_application() {
    let server = TestServer::start_with(|settings| settings.limits.callers = Some(PLENTY)).await;
    let listed = server.publish("a", b"some bytes").await.listing;
    let open = Hash::keccak("open");
    server.apply(open, b"other bytes").await;
    for path in [
        "/health".to_owned(),
        format!("/listings/{listed}"),
        format!("/listings/{listed}/"),
        format!("/candidates/application/{open}"),
        "/listings/?limit=10".to_owned(),
        "/listings/?limit=10&q=a".to_owned(),
        "/listings/facets".to_owned(),
        "/candidates/?limit=10".to_owned(),
        "/candidates/application/?limit=10".to_owned(),
    ] {
        // It is kept from the first response on.
        let etag = ask(&server, Method::GET, &path, &[]).send().await.expect(200);
        let etag = etag.header("etag").unwrap_or("\"none\"").to_owned();
        for headers in [
            vec![],
            vec![("if-none-match", etag.as_str())],
            vec![("if-none-match", "\"another\"")],
            vec![("accept-encoding", "gzip")],
            vec![("accept-encoding", "gzip;q=1, identity;q=0")],
            vec![("x-request-id", "mine")],
        ] {
            let by_application = [headers.as_slice(), &[TO_THE_APPLICATION]].concat();
            let expected = ask(&server, Method::GET, &path, &by_application).send().await;
            for _ in 0..2 {
                let reply = ask(&server, Method::GET, &path, &headers).send().await;
                assert_eq!(lasting(&reply), lasting(&expected), "{path} {headers:?}");
                let given = headers.iter().any(|(name, _)| *name == "x-request-id");
                assert_eq!(reply.header("x-request-id") == Some("mine"), given);
            }
        }
        let (get, head) = (
            ask(&server, Method::GET, &path, &[]).send().await,
            ask(&server, Method::HEAD, &path, &[]).send().await,
        );
        assert_eq!(get.header("content-length"), head.header("content-length"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_response_ends_with_what_it_says() {
    let server = TestServer::start().await;
    let listed = server.publish("a", b"some bytes").await.listing;
    let paths = [format!("/listings/{listed}"), "/listings/?limit=10".to_owned()];
    for path in &paths {
        for _ in 0..2 {
            assert!(server.get(path).send().await.expect(200).text().contains(&listed.to_string()));
        }
    }
    server.remove(listed).await;
    eventually("the listing is gone", async || server.get(&paths[0]).send().await.status == 404).await;
    let list = server.get(&paths[1]).send().await.expect(200);
    assert!(!list.text().contains(&listed.to_string()), "{}", list.text());
}
