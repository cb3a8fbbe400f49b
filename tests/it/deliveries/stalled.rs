//! Clients that stop reading.

use std::time::Duration;

use capi::domain::Hash;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::market::BUYER;
use crate::support::server::TestServer;
use crate::support::steps::delivery_path;

#[tokio::test]
async fn a_client_that_stops_reading_is_disconnected_and_can_fetch_the_file_again() {
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
    server.charged(delivery, published.listing).await;
    for_ever_writing(connection).await.expect_err("the client is let go");

    let whole = server.download(&token, delivery, published.listing).send().await.expect(200);
    assert!(whole.body == published.bytes);
    server.completed(delivery).await;
    assert_eq!(server.accesses(delivery, published.listing).await, 1);
}

/// Sends something now and then until the connection breaks.
async fn for_ever_writing(mut connection: TcpStream) -> std::io::Result<()> {
    loop {
        connection.write_all(b" ").await?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
