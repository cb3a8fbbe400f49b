//! Making: what becomes of a file that is sent.

mod client;
mod forms;
mod ownership;
mod resumable;
mod streaming;
mod transactions;

use capi::domain::Hash;

use crate::support::http::Reply;
use crate::support::server::TestServer;

/// Refused uploads leave no file and no work behind.
async fn assert_nothing_is_left(server: &TestServer) {
    assert_eq!(server.stored_files().await, 0);
    server.idle().await;
}

/// How the application looks from outside.
async fn application(server: &TestServer, listing: Hash) -> Reply {
    server.get(&format!("/candidates/application/{listing}")).send().await
}
