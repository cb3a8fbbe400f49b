//! How much more does a download cost than sending the same file without any checks?

use capi::domain::{Hash, Metadata};

use crate::pairs::{Target, compare};
use crate::reference::Reference;
use crate::support::market::BUYER;
use crate::support::process::ServerProcess;
use crate::support::server::TestServer;
use crate::support::steps::delivery_path;

pub async fn measure() {
    for size in [16 * 1024, 64 * 1024 * 1024] {
        let mut server = TestServer::start().await;
        let bytes: Vec<u8> = (0..size).map(|position: u32| (position / 999) as u8).collect();
        let published = server.plant(Metadata::default(), &bytes).await;
        let delivery = Hash::keccak("delivery");
        // Paid once; later downloads are free for the buyer.
        let token = server.purchase(BUYER, delivery, &published).await;
        server.stop().await;

        let reference = Reference::from_disk(&bytes).await;
        let process = ServerProcess::start(&server.settings).await;
        let url = format!("http://{}{}", process.address, delivery_path(delivery, published.listing));
        let question = format!(
            "A file of {} KiB, downloaded by its buyer; the reference sends it to anybody",
            size / 1024
        );
        compare(&question, &Target { url, token: Some(token) }, &reference.target).await;
    }
}
