//! Clients that stop reading.

use std::time::Duration;

use capi::domain::{Access, Clock, Hash};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::eventually::eventually;
use crate::support::market::BUYER;
use crate::support::server::TestServer;
use crate::support::steps::delivery_path;

#[tokio::test]
async fn a_client_that_stops_reading_is_let_go_and_may_fetch_the_file_again() {
    let server = TestServer::start_with(|settings| settings.server.stall = Duration::from_secs(2)).await;
    let published = server.plant_large().await;
    let delivery = Hash::keccak("delivery");
    server.market.buy(delivery, published.bytes.len() as u64).await;
    let token = server.sign_in(BUYER).await;

    let mut connection = TcpStream::connect(server.here().address()).await.unwrap();
    let path = delivery_path(delivery, published.listing);
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {token}\r\n\r\n",
        server.here().address()
    );
    connection.write_all(request.as_bytes()).await.unwrap();
    eventually("the download is under way", async || open_downloads(&server, delivery).await == 1).await;
    eventually("the client is let go", async || open_downloads(&server, delivery).await == 0).await;
    drop(connection);

    let whole = server.download(&token, delivery, published.listing).send().await.expect(200);
    assert!(whole.body == published.bytes);
    server.completed(delivery).await;
    assert_eq!(server.accesses(delivery, published.listing).await, 1);
}

async fn open_downloads(server: &TestServer, delivery: Hash) -> usize {
    let partition = format!("accesses/{delivery}");
    let records = server.context().state.list(&partition, None, 10, server.clock.now()).await.unwrap();
    let accesses = records.iter().map(|record| serde_json::from_slice::<Access>(&record.value).unwrap());
    accesses.map(|access| access.open.len()).sum()
}
