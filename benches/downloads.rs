//! How much more does a download cost than sending the same file without any checks?

use std::time::Duration;

use capi::domain::{Hash, Metadata};

use crate::load::Target;
use crate::pairs::compare;
use crate::reference::Reference;
use crate::support::market::BUYER;
use crate::support::process::ServerProcess;
use crate::support::server::TestServer;
use crate::support::steps::delivery_path;

const CONNECTIONS: usize = 8;
const ROUND: Duration = Duration::from_secs(2);

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
        let path = delivery_path(delivery, published.listing);
        let target =
            Target::new(&process.address, &path).with_header("Authorization", &format!("Bearer {token}"));
        println!("A file of {} KiB, downloaded by its buyer; the reference sends it to anybody", size / 1024);
        println!("{}", compare(&target, &reference.target, CONNECTIONS, ROUND).await);
    }
}
