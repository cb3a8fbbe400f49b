//! Uploads in parts, by the tus protocol.

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use capi::domain::Hash;
use capi::service::uploads::Sweeper;
use reqwest::Method;
use sha2::{Digest, Sha256};

use super::{application, assert_nothing_is_left};
use crate::support::eventually::{eventually, wait_for};
use crate::support::form::Form;
use crate::support::http::{Reply, RequestBuilder};
use crate::support::market::{MAKER, STRANGER};
use crate::support::server::TestServer;

const PART: &str = "application/offset+octet-stream";

fn listing() -> Hash {
    Hash::keccak("in parts")
}

fn tus(server: &TestServer, method: Method, path: &str, token: &str) -> RequestBuilder {
    server.request(method, path).token(token).header("tus-resumable", "1.0.0")
}

fn creation(server: &TestServer, token: &str, form: &Form, length: u64) -> RequestBuilder {
    tus(server, Method::POST, "/uploads/", token)
        .header("upload-length", &length.to_string())
        .header("upload-metadata", &form.metadata())
}

/// Where a new upload is sent to.
async fn create(server: &TestServer, token: &str, form: &Form, length: usize) -> String {
    let created = creation(server, token, form, length as u64).send().await.expect(201);
    assert_eq!(created.header("tus-resumable"), Some("1.0.0"));
    assert!(created.header("upload-expires").unwrap().ends_with("GMT"));
    created.header("location").unwrap().to_owned()
}

fn patch(server: &TestServer, token: &str, path: &str, offset: usize, bytes: &[u8]) -> RequestBuilder {
    tus(server, Method::PATCH, path, token)
        .header("content-type", PART)
        .header("upload-offset", &offset.to_string())
        .body(bytes.to_vec())
}

async fn offset(server: &TestServer, token: &str, path: &str) -> Option<String> {
    let head = tus(server, Method::HEAD, path, token).send().await.expect(200);
    assert_eq!(head.header("cache-control"), Some("no-store"));
    head.header("upload-offset").map(str::to_owned)
}

/// Waits until the upload that a response names is in the market.
async fn succeed(server: &TestServer, reply: &Reply) {
    let task = reply.header("capi-task-id").expect("the upload is received");
    let ended = wait_for("the task ends", async || {
        let task = server.task(task).await.expect(200).json();
        (task["status"] == "SUCCESS" || task["status"] == "FAILURE").then_some(task)
    })
    .await;
    assert_eq!(ended["status"], "SUCCESS", "{ended}");
}

#[tokio::test]
async fn a_file_sent_in_parts_ends_like_one_sent_in_a_form() {
    let server = TestServer::start().await;
    let token = server.sign_in(MAKER).await;
    let bytes = b"the first part, and the second".to_vec();
    let form = server.propose(listing(), &bytes).await;
    let options = server.request(Method::OPTIONS, "/uploads/").send().await.expect(204);
    for (name, part) in [
        ("tus-version", "1.0.0"),
        ("tus-extension", "creation-with-upload"),
        ("tus-checksum-algorithm", "sha1"),
        ("tus-max-size", "67108864"),
    ] {
        assert!(options.header(name).unwrap().contains(part), "{name}");
    }

    let upload = create(&server, &token, &form, bytes.len()).await;
    assert_eq!(offset(&server, &token, &upload).await.as_deref(), Some("0"));
    let first = patch(&server, &token, &upload, 0, &bytes[..15]).send().await.expect(204);
    assert_eq!((first.header("upload-offset"), first.header("capi-task-id")), (Some("15"), None));
    application(&server, listing()).await.expect_problem(404);
    let last = patch(&server, &token, &upload, 15, &bytes[15..]).send().await.expect(204);
    assert_eq!(last.header("upload-offset"), Some("30"));
    succeed(&server, &last).await;
    let application = application(&server, listing()).await.expect(200).json();
    assert_eq!(application["size"], 30, "{application}");
    assert_eq!(server.stored_files().await, 1, "no part is left");

    let again = tus(&server, Method::HEAD, &upload, &token).send().await.expect(200);
    assert_eq!(
        again.header("capi-task-id"),
        last.header("capi-task-id"),
        "whoever missed the answer learns it"
    );
    assert_eq!(again.header("upload-length"), Some("30"));
    creation(&server, &token, &form, 30).send().await.expect_problem(409);
}

#[tokio::test]
async fn the_first_part_may_come_with_the_request_that_starts_the_upload() {
    let server = TestServer::start().await;
    let token = server.sign_in(MAKER).await;
    let form = server.propose(listing(), b"all at once").await;
    let created =
        creation(&server, &token, &form, 11).header("content-type", PART).body(b"all at once".to_vec());
    let created = created.send().await.expect(201);
    assert_eq!(created.header("upload-offset"), Some("11"));
    succeed(&server, &created).await;
}

#[tokio::test]
async fn an_upload_resumes_where_its_connection_broke() {
    let server = TestServer::start().await;
    let token = server.sign_in(MAKER).await;
    let bytes: Vec<u8> = (0..300_000_u32).map(|position| (position / 512) as u8).collect();
    let form = server.propose(listing(), &bytes).await;
    let upload = create(&server, &token, &form, bytes.len()).await;
    let connection = begin(&server, &token, &upload, &bytes, 200_000);
    connection.shutdown(Shutdown::Write).unwrap();
    let kept = wait_for("what has arrived is kept", async || {
        let kept = offset(&server, &token, &upload).await.unwrap().parse::<usize>().unwrap();
        (kept > 0).then_some(kept)
    })
    .await;
    assert!(kept <= 200_000, "{kept}");
    let rest = patch(&server, &token, &upload, kept, &bytes[kept..]).send().await.expect(204);
    succeed(&server, &rest).await;
    let published = application(&server, listing()).await.expect(200).json();
    assert_eq!(published["size"], 300_000);
}

/// Announces all bytes and sends so many of them.
fn begin(server: &TestServer, token: &str, path: &str, bytes: &[u8], sent: usize) -> TcpStream {
    let address = server.url().trim_start_matches("http://").to_owned();
    let mut connection = TcpStream::connect(&address).unwrap();
    let head = format!(
        "PATCH {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nTus-Resumable: 1.0.0\r\n\
         Upload-Offset: 0\r\nContent-Type: {PART}\r\nContent-Length: {}\r\n\r\n",
        bytes.len()
    );
    connection.write_all(head.as_bytes()).unwrap();
    connection.write_all(&bytes[..sent]).unwrap();
    connection
}

#[tokio::test]
async fn parts_survive_a_killed_server() {
    let server = TestServer::start_apart().await;
    let token = server.sign_in(MAKER).await;
    let bytes = b"before the crash and after it";
    let form = server.propose(listing(), bytes).await;
    let upload = create(&server, &token, &form, bytes.len()).await;
    patch(&server, &token, &upload, 0, &bytes[..16]).send().await.expect(204);
    server.kill().await;
    server.resume_apart().await;
    assert_eq!(offset(&server, &token, &upload).await.as_deref(), Some("16"));
    let last = patch(&server, &token, &upload, 16, &bytes[16..]).send().await.expect(204);
    succeed(&server, &last).await;
}

#[tokio::test]
async fn a_part_counts_at_its_offset_and_with_its_checksum_only() {
    let server = TestServer::start().await;
    let token = server.sign_in(MAKER).await;
    let bytes = b"0123456789";
    let form = server.propose(listing(), bytes).await;
    let upload = create(&server, &token, &form, bytes.len()).await;
    patch(&server, &token, &upload, 0, &bytes[..4]).send().await.expect(204);
    for wrong in [0, 3, 5, 10] {
        let refused = patch(&server, &token, &upload, wrong, b"x").send().await;
        let refused = refused.expect_problem_of(&[409, 413]);
        assert_eq!(refused.header("tus-resumable"), Some("1.0.0"));
    }
    let sha256 = |bytes: &[u8]| format!("sha256 {}", STANDARD.encode(Sha256::digest(bytes)));
    let part = || patch(&server, &token, &upload, 4, &bytes[4..8]);
    part().header("upload-checksum", &sha256(b"others")).send().await.expect_problem(460);
    part().header("upload-checksum", "crc32 AAAA").send().await.expect_problem(400);
    patch(&server, &token, &upload, 4, b"too many bytes").send().await.expect_problem(413);
    let form_body = tus(&server, Method::PATCH, &upload, &token).header("upload-offset", "4");
    form_body.header("content-type", "text/plain").body("x").send().await.expect_problem(415);
    let nowhere = tus(&server, Method::PATCH, &upload, &token).header("content-type", PART).body("x");
    assert_eq!(nowhere.send().await.expect_problem(400).message(), "Upload-Offset: missing");
    let old = server.request(Method::HEAD, &upload).token(&token).header("tus-resumable", "0.2.2");
    assert_eq!(old.send().await.expect(412).header("tus-version"), Some("1.0.0"));
    assert_eq!(offset(&server, &token, &upload).await.as_deref(), Some("4"));

    part().header("upload-checksum", &sha256(&bytes[4..8])).send().await.expect(204);
    let last = patch(&server, &token, &upload, 8, &bytes[8..]).send().await.expect(204);
    succeed(&server, &last).await;
}

#[tokio::test]
async fn a_deleted_upload_and_one_of_the_wrong_bytes_leave_nothing() {
    let server = TestServer::start().await;
    let token = server.sign_in(MAKER).await;
    let form = server.propose(listing(), b"the right bytes").await;
    let deleted = create(&server, &token, &form, 15).await;
    patch(&server, &token, &deleted, 0, b"the right").send().await.expect(204);
    tus(&server, Method::DELETE, &deleted, &token).send().await.expect(204);
    tus(&server, Method::HEAD, &deleted, &token).send().await.expect(404);
    patch(&server, &token, &deleted, 9, b" bytes").send().await.expect_problem(404);

    let wrong = create(&server, &token, &form, 15).await;
    let refused = patch(&server, &token, &wrong, 0, b"the wrong bytes").send().await.expect_problem(400);
    assert!(refused.message().starts_with("md5_sum: "), "{}", refused.message());
    tus(&server, Method::HEAD, &wrong, &token).send().await.expect(404);
    assert_nothing_is_left(&server).await;
}

#[tokio::test]
async fn an_upload_belongs_to_its_account_alone() {
    let server = TestServer::start().await;
    let token = server.sign_in(MAKER).await;
    let form = server.propose(listing(), b"mine").await;
    let upload = create(&server, &token, &form, 4).await;
    let stranger = server.sign_in(STRANGER).await;
    for method in [Method::HEAD, Method::DELETE] {
        tus(&server, method.clone(), &upload, &stranger).send().await.expect(404);
        server.request(method, &upload).header("tus-resumable", "1.0.0").send().await.expect(401);
    }
    patch(&server, &stranger, &upload, 0, b"evil").send().await.expect_problem(404);
    creation(&server, &stranger, &form, 4).send().await.expect_problem(403);
    assert_eq!(offset(&server, &token, &upload).await.as_deref(), Some("0"));
}

#[tokio::test]
async fn an_upload_that_cannot_succeed_is_refused_before_a_byte_is_sent() {
    let server = TestServer::start().await;
    let token = server.sign_in(MAKER).await;
    let form = server.propose(listing(), b"four").await;
    let unknown = form.clone().with("tx_hash", &Hash::keccak("nothing").to_string());
    let other = form.clone().with("listing_hash", &Hash::keccak("another").to_string());
    let refused = creation(&server, &token, &unknown, 4).send().await.expect_problem(409);
    assert!(refused.message().contains("not mined yet"), "{}", refused.message());
    creation(&server, &token, &other, 4).send().await.expect_problem(400);
    creation(&server, &token, &form.clone().without("title"), 4).send().await.expect_problem(400);
    creation(&server, &token, &form, 0).send().await.expect_problem(400);
    creation(&server, &token, &form, 1 << 40).send().await.expect_problem(413);
    assert_nothing_is_left(&server).await;
}

#[tokio::test]
async fn parts_keep_an_upload_for_a_week_at_most_and_no_longer_than_its_application() {
    let server = TestServer::start_with(|settings| settings.access.max_upload_bytes = 14).await;
    let token = server.sign_in(MAKER).await;
    let form = server.propose(listing(), b"never finished").await;
    let upload = create(&server, &token, &form, 14).await;
    let other = create(&server, &token, &form, 14).await;
    let refused = creation(&server, &token, &form, 1).send().await.expect_problem(429);
    assert!(refused.message().contains("more than 28 bytes"), "{}", refused.message());
    tus(&server, Method::DELETE, &other, &token).send().await.expect(204);
    for day in 0..9 {
        let token = server.sign_in(MAKER).await;
        let part = patch(&server, &token, &upload, day, b"n").send().await;
        assert_eq!(part.status, if day < 8 { 204 } else { 404 }, "day {day}");
        server.clock.advance(Duration::from_secs(23 * 60 * 60 + 40 * 60));
    }

    let token = server.sign_in(MAKER).await;
    let upload = create(&server, &token, &form, 14).await;
    patch(&server, &token, &upload, 0, b"never").send().await.expect(204);
    server.market.close_polls().await;
    let over = server.market.wallet(MAKER).resolve_application(listing()).await.unwrap();
    eventually("the end of the application is known", async || {
        server.context().index.progress().head.is_some_and(|head| head.number >= over.mined.block)
    })
    .await;
    let over = patch(&server, &token, &upload, 5, b" ").send().await.expect_problem(409);
    assert!(over.message().contains("the application is over"), "{}", over.message());
}

#[tokio::test]
async fn unfinished_uploads_are_few_and_end_after_a_day() {
    let mut server = TestServer::start().await;
    let token = server.sign_in(MAKER).await;
    let form = server.propose(listing(), b"never finished").await;
    let mut uploads = Vec::new();
    for _ in 0..server.settings.access.pending_uploads {
        uploads.push(create(&server, &token, &form, 14).await);
    }
    let refused = creation(&server, &token, &form, 14).send().await.expect_problem(429);
    assert!(refused.header("retry-after").is_some());
    patch(&server, &token, &uploads[0], 0, b"never").send().await.expect(204);
    assert_eq!(server.stored_files().await, 1);

    server.stop().await;
    server.clock.advance(Duration::from_secs(2 * 60 * 60));
    server.resume().await;
    assert_eq!(offset(&server, &token, &uploads[0]).await.as_deref(), Some("5"), "two hours are no reason");
    server.stop().await;
    server.clock.advance(Duration::from_secs(25 * 60 * 60));
    server.resume().await;
    let mut sweeper = Sweeper::default();
    sweeper.sweep(server.context()).await.unwrap();
    server.clock.advance(Duration::from_secs(16 * 60));
    assert_eq!(sweeper.sweep(server.context()).await.unwrap(), 1, "its part is swept");
    assert_eq!(server.stored_files().await, 0);
    let token = server.sign_in(MAKER).await;
    tus(&server, Method::HEAD, &uploads[0], &token).send().await.expect(404);
    create(&server, &token, &form, 14).await;
}
