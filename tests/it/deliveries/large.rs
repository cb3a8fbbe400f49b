//! Files larger than what a socket takes at once. The operating system sends them if they are on the server's own disk.

use std::fs;

use capi::config::ObjectStore;
use capi::domain::Hash;
use futures_util::future::join_all;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::support::market::BUYER;
use crate::support::server::TestServer;
use crate::support::steps::{Published, delivery_path};

/// A server with a large file that the buyer has paid for, and the buyer's token.
async fn sold() -> (TestServer, Published, String) {
    let server = TestServer::start().await;
    let published = server.plant_large().await;
    server.market.buy(delivery(), published.bytes.len() as u64).await;
    let token = server.sign_in(BUYER).await;
    (server, published, token)
}

fn delivery() -> Hash {
    Hash::keccak("delivery")
}

/// Has the operating system forget the files' bytes, as far as it does.
#[cfg(target_os = "linux")]
fn forget(server: &TestServer) {
    use rustix::fs::{Advice, fadvise};

    let ObjectStore::Local { directory } = &server.settings.objects else { return };
    for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_file() {
            let file = fs::File::open(entry.path()).unwrap();
            file.sync_all().unwrap();
            fadvise(&file, 0, None, Advice::DontNeed).unwrap();
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn forget(_: &TestServer) {}

#[tokio::test]
async fn a_large_file_arrives_whole_from_memory_and_from_the_disk() {
    let (server, published, token) = sold().await;
    for _ in 0..2 {
        forget(&server);
        let downloads = (0..4).map(|_| server.download(&token, delivery(), published.listing).send());
        for whole in join_all(downloads).await {
            assert!(whole.expect(200).body == published.bytes);
        }
    }
    forget(&server);
    for range in [100_000..5_000_000, 0..32 << 10, 131_071..262_146, (16 << 20) - 40_000..16 << 20] {
        let header = format!("bytes={}-{}", range.start, range.end - 1);
        let part = server.download(&token, delivery(), published.listing).header("range", &header).send();
        let part = part.await.expect(206);
        let length = range.len().to_string();
        assert_eq!(part.header("content-length"), Some(length.as_str()), "{header}");
        assert!(part.body == published.bytes[range], "{header}");
    }
    server.completed(delivery()).await;
    assert_eq!(server.accesses(delivery(), published.listing).await, 1);
}

/// What arrives for requests that are sent at once: head and body of each response.
async fn responses(server: &TestServer, requests: &[String]) -> Vec<(String, Vec<u8>)> {
    let mut connection = TcpStream::connect(server.here().address()).await.unwrap();
    connection.write_all(requests.concat().as_bytes()).await.unwrap();
    let mut connection = BufReader::new(connection);
    let mut responses = Vec::new();
    for _ in requests {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(connection.read_line(&mut head).await.unwrap() > 0, "the connection ends after {head}");
        }
        let head = head.to_lowercase();
        assert!(!head.contains("transfer-encoding"), "{head}");
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
        let mut body = vec![0; length.parse().unwrap()];
        connection.read_exact(&mut body).await.unwrap();
        responses.push((head, body));
    }
    responses
}

#[tokio::test]
async fn files_and_other_responses_keep_the_order_of_their_requests() {
    let (server, published, token) = sold().await;
    let address = server.here().address();
    let request = |path: &str, more: &str| {
        format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n{more}\r\n")
    };
    let file = delivery_path(delivery(), published.listing);
    let requests = [
        request(&file, ""),
        request("/health", ""),
        request(&file, "range: bytes=7-3000006\r\n"),
        request(&file, "range: bytes=0-4\r\n"),
        request("/nowhere", ""),
        request(&file, "connection: close\r\n"),
    ];
    let statuses = ["200", "200", "206", "206", "404", "200"];
    let responses = responses(&server, &requests).await;
    for ((head, _), status) in responses.iter().zip(statuses) {
        assert!(head.starts_with(&format!("http/1.1 {status} ")), "{head}");
    }
    let bytes = &published.bytes;
    let bodies = [(0, &bytes[..]), (2, &bytes[7..3_000_007]), (3, &bytes[..5]), (5, &bytes[..])];
    for (number, expected) in bodies {
        assert!(responses[number].1 == expected, "the body of response {number}");
    }
}

#[tokio::test]
async fn a_client_of_http_1_0_gets_the_file_and_its_length() {
    let (server, published, token) = sold().await;
    let path = delivery_path(delivery(), published.listing);
    let request = format!("GET {path} HTTP/1.0\r\nauthorization: Bearer {token}\r\n\r\n");
    let responses = responses(&server, &[request]).await;
    assert!(!responses[0].0.contains("keep-alive"), "{}", responses[0].0);
    assert!(responses[0].1 == published.bytes);
}

#[tokio::test]
async fn a_client_that_leaves_has_not_been_sent_the_whole_file_and_may_come_back() {
    let (server, published, token) = sold().await;
    let request = format!(
        "GET {} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\n\r\n",
        delivery_path(delivery(), published.listing)
    );
    let mut connection = TcpStream::connect(server.here().address()).await.unwrap();
    connection.write_all(request.as_bytes()).await.unwrap();
    connection.read_exact(&mut [0; 100_000]).await.unwrap();
    drop(connection);
    server.settles_later(delivery()).await;
    assert_eq!(server.completions(delivery()).await, 0);
    let whole = server.download(&token, delivery(), published.listing).send().await.expect(200);
    assert!(whole.body == published.bytes);
    server.completed(delivery()).await;
}
