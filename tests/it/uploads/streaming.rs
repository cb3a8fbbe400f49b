//! The bytes on their way in.

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use capi::domain::Hash;
use capi::service::uploads::Sweeper;
use futures_util::stream;
use sha3::{Digest, Keccak256};

use super::{application, assert_nothing_is_left};
use crate::support::eventually::eventually;
use crate::support::form::Form;
use crate::support::market::{BUYER, MAKER};
use crate::support::server::TestServer;

fn listing() -> Hash {
    Hash::keccak("listing")
}

#[tokio::test]
async fn the_data_hash_is_that_of_the_whole_file() {
    let server = TestServer::start().await;
    let bytes: Vec<u8> = (0..3 * 1024 * 1024_u32).map(|position| (position / 4096) as u8).collect();
    let published = server.publish("large", &bytes).await;
    let announced = server.market.wallet(MAKER).data_hash(published.listing).await.unwrap();
    assert_eq!(announced, Hash::new(Keccak256::digest(&bytes).into()));
    assert_ne!(announced, Hash::keccak(&bytes[2 * 1024 * 1024..]));
    server.purchase(BUYER, Hash::keccak("delivery"), &published).await;
}

#[tokio::test]
async fn a_file_beyond_the_limit_is_refused_whether_its_length_is_told_or_not() {
    let server = TestServer::start_with(|settings| settings.access.max_upload_bytes = 1000).await;
    let token = server.sign_in(MAKER).await;
    let form = server.propose(listing(), &[7; 1001]).await;
    server.upload(&token, &form).send().await.expect_problem(413);
    let huge = server.propose(Hash::keccak("huge"), &vec![7; 20 * 1024 * 1024]).await;
    server.upload(&token, &huge).send().await.expect_problem(413);
    // Sent in chunks, the length is not told in advance.
    let pieces: Vec<_> =
        form.body().chunks(100).map(|piece| Ok::<_, std::io::Error>(piece.to_vec())).collect();
    let post = server.post("/listings/").token(&token).header("content-type", &Form::content_type());
    post.body(reqwest::Body::wrap_stream(stream::iter(pieces))).send().await.expect_problem(413);
    assert_nothing_is_left(&server).await;

    let fits = server.propose(Hash::keccak("fits"), &[7; 1000]).await;
    let accepted = server.upload(&token, &fits).send().await.expect(201);
    server.succeed(&accepted).await;
}

#[tokio::test]
async fn a_body_that_breaks_off_leaves_nothing_behind() {
    let server = TestServer::start().await;
    let token = server.sign_in(MAKER).await;
    let form = server.propose(listing(), &vec![7; 400_000]).await;
    let body = form.body();
    for sent in [body.len() - 300_000, body.len() - 20, body.len() - 1] {
        break_off(&server, &token, &body, sent);
    }
    eventually("the pieces are gone", async || server.stored_files().await == 0).await;
    application(&server, listing()).await.expect_problem(404);
    let accepted = server.upload(&token, &form).send().await.expect(201);
    server.succeed(&accepted).await;
    eventually("one file is there", async || server.stored_files().await == 1).await;
}

/// Announces the whole body, sends part of it, and hangs up.
fn break_off(server: &TestServer, token: &str, body: &[u8], sent: usize) {
    let address = server.url().trim_start_matches("http://").to_owned();
    let mut connection = TcpStream::connect(&address).unwrap();
    let head = format!(
        "POST /listings/ HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Type: {}\r\n\
         Content-Length: {}\r\n\r\n",
        Form::content_type(),
        body.len()
    );
    connection.write_all(head.as_bytes()).unwrap();
    connection.write_all(&body[..sent]).unwrap();
    connection.shutdown(Shutdown::Both).unwrap();
}

#[tokio::test]
async fn a_form_that_ends_too_early_is_refused() {
    let server = TestServer::start().await;
    let token = server.sign_in(MAKER).await;
    let body = server.propose(listing(), &vec![7; 10_000]).await.body();
    for kept in [body.len() - 9_000, body.len() - 40, 10] {
        let post = server.post("/listings/").token(&token).header("content-type", &Form::content_type());
        post.body(body[..kept].to_vec()).send().await.expect_problem(400);
    }
    assert_nothing_is_left(&server).await;
}

#[tokio::test]
async fn without_a_token_no_form_is_read() {
    let server = TestServer::start().await;
    let body = server.propose(listing(), b"bytes").await.body();
    let post = server.post("/listings/").header("content-type", &Form::content_type());
    post.body(body[..10].to_vec()).send().await.expect_problem(401);
}

#[tokio::test]
async fn files_of_interrupted_requests_are_swept_and_waiting_ones_are_kept() {
    let mut server = TestServer::start_with(|settings| {
        settings.access.transaction_timeout = Duration::from_secs(24 * 60 * 60);
    })
    .await;
    let token = server.sign_in(MAKER).await;
    let form = Form::new(listing(), Hash::keccak("not mined yet"), server.address(MAKER), b"waiting");
    server.upload(&token, &form).send().await.expect(201);
    let objects = server.context().objects.clone();
    let mut received = objects.create("incoming/00").await.unwrap();
    received.write("whole, of a request that is gone".into()).await.unwrap();
    received.finish().await.unwrap();
    let mut broken = objects.create("incoming/01").await.unwrap();
    broken.write(vec![0; 6 << 20].into()).await.unwrap();
    std::mem::forget(broken);
    eventually("its bytes are on the disk", async || server.stored_files().await >= 3).await;
    server.stop().await;
    server.clock.advance(Duration::from_secs(2 * 60 * 60));
    server.resume().await;
    let mut sweeper = Sweeper::default();
    sweeper.sweep(server.context()).await.unwrap();
    assert_eq!(server.stored_files().await, 2, "the broken one is gone");
    server.clock.advance(Duration::from_secs(14 * 60));
    assert_eq!(
        sweeper.sweep(server.context()).await.unwrap(),
        0,
        "an upload that was slow may just have ended"
    );
    server.clock.advance(Duration::from_secs(2 * 60));
    assert_eq!(sweeper.sweep(server.context()).await.unwrap(), 1);
    assert_eq!(server.stored_files().await, 1);
    let waiting = server.context().objects.list("incoming/", None, 10).await.unwrap();
    assert_eq!(waiting.len(), 1);
    assert_ne!(waiting[0].key, "incoming/00");
}
