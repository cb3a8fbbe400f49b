//! What the market offers.

mod detail;
mod feed;
mod filters;
mod kept;
mod lists;
mod lives;
mod orders;
mod requests;
mod rows;
mod without_node;

use capi::chain::Event;
use capi::domain::Hash;
use serde_json::{Value, json};

use crate::support::server::TestServer;

/// The blocks in which the market logged `Listed`, in order.
async fn listed_blocks(server: &TestServer) -> Vec<u64> {
    let logs = server.logs().await;
    logs.iter().filter(|log| matches!(log.event, Event::Listed { .. })).map(|log| log.block).collect()
}

async fn list(server: &TestServer, query: &str) -> Value {
    server.get(&format!("/listings/{query}")).send().await.expect(200).json()
}

fn hashes(list: &Value) -> Vec<Hash> {
    let items = list["items"].as_array().expect("a list of items").iter();
    items.map(|item| Hash::parse(item["listing_hash"].as_str().unwrap()).unwrap()).collect()
}

fn ends(list: &Value) -> (Value, Value) {
    (json!(list["from_block"]), json!(list["to_block"]))
}
