//! How much more does a page of listings cost than sending the same bytes from memory?

use capi::domain::Metadata;

use crate::pairs::{Target, compare};
use crate::reference::Reference;
use crate::support::process::ServerProcess;
use crate::support::server::TestServer;

const LISTINGS: usize = 100;

pub async fn measure() {
    let mut server = TestServer::start().await;
    for number in 0..LISTINGS {
        let metadata = Metadata {
            title: Some(format!("Listing {number}")),
            description: Some("A sentence or two that say what is in it, as makers write them. ".repeat(3)),
            tags: vec!["weather".to_owned(), "hourly".to_owned()],
            ..Metadata::default()
        };
        server.plant(metadata, format!("file {number}").as_bytes()).await;
    }
    server.stop().await;
    let process = ServerProcess::start(&server.settings).await;
    for (question, path) in [
        ("One listing; the reference has it in memory", "/listings/?limit=1"),
        ("A page of 100 listings; the reference has it in memory", "/listings/?limit=100"),
        ("All listings, streamed; the reference has them in memory", "/listings/"),
    ] {
        let url = format!("http://{}{path}", process.address);
        let page = reqwest::get(&url).await.unwrap().error_for_status().unwrap().bytes().await.unwrap();
        let reference = Reference::from_memory(&page).await;
        compare(question, &Target { url, token: None }, &reference.target).await;
    }
}
