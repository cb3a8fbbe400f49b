//! The web console at `/app`, with the files that `make web` builds, and without them.

use crate::sources::root;
use crate::support::server::TestServer;

/// Whether the checkout holds the built console, which a debug build reads from there.
fn is_built() -> bool {
    root().join("web/dist/index.html").is_file()
}

#[tokio::test]
async fn the_console_is_served_or_says_how_to_get_it() {
    let server = TestServer::start().await;
    let page = server.get("/app/listings/0x12").header("accept-encoding", "identity").send().await;
    if !is_built() {
        assert!(page.expect(404).message().contains("make web"));
        return;
    }
    let page = page.expect(200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(page.header("cache-control"), Some("no-cache"));
    let known = server.get("/app/").header("accept-encoding", "identity");
    known.header("if-none-match", page.header("etag").unwrap()).send().await.expect(304);
    let script = script_of(&page.text());
    let plain = server.get(&script).header("accept-encoding", "identity").send().await.expect(200);
    assert_eq!(plain.header("cache-control"), Some("public, max-age=31536000, immutable"));
    assert_eq!(plain.header("content-encoding"), None);
    let small = server.get(&script).header("accept-encoding", "gzip, br").send().await.expect(200);
    assert_eq!(small.header("content-encoding"), Some("br"));
    assert!(small.body.len() < plain.body.len());
    server.get("/app/assets/nothing.js").send().await.expect(404);
}

/// The address of the script that the page loads.
fn script_of(page: &str) -> String {
    let begin = page.find("/app/assets/index-").expect("the page loads a script");
    let end = begin + page[begin..].find('"').expect("the address ends");
    page[begin..end].to_owned()
}

#[tokio::test]
async fn browsers_are_redirected_to_the_console_and_programs_to_the_api_description() {
    let server = TestServer::start().await;
    let home = if is_built() { "/app/" } else { "/docs/" };
    assert_eq!(front_door(&server, "text/html,application/xhtml+xml").await, home);
    assert_eq!(front_door(&server, "*/*").await, "/docs/");
}

#[tokio::test]
async fn the_console_can_be_switched_off() {
    let server = TestServer::start_with(|settings| settings.server.console = false).await;
    server.get("/app/").send().await.expect(404);
    assert_eq!(front_door(&server, "text/html").await, "/docs/");
}

/// Where `/` redirects a client that accepts this.
async fn front_door(server: &TestServer, accept: &str) -> String {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let request = client.get(format!("{}/", server.url())).header("accept", accept);
    let reply = request.send().await.unwrap();
    assert_eq!(reply.status(), 303);
    reply.headers()["location"].to_str().unwrap().to_owned()
}
