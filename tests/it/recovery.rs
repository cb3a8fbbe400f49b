//! The process is killed at the worst moments, and started again.

use capi::domain::{Clock, Hash, Timestamp};
use capi::store::metadata::{Due, Record, Write};
use serde_json::json;
use tokio::process::Command;

use crate::support::eventually::eventually;
use crate::support::form::Form;
use crate::support::market::{BACKEND, BUYER, MAKER};
use crate::support::node_proxy::NodeProxy;
use crate::support::process::ServerProcess;
use crate::support::server::TestServer;

/// The backend's transactions that were mined, and those that wait.
async fn sent(server: &TestServer) -> (u64, u64) {
    let count = async |block: &str| {
        let params = json!([server.address(BACKEND), block]);
        let count = server.market.rpc("eth_getTransactionCount", params).await;
        u64::from_str_radix(count.as_str().unwrap().trim_start_matches("0x"), 16).unwrap()
    };
    let (mined, all) = (count("latest").await, count("pending").await);
    (mined, all - mined)
}

async fn restart(server: &TestServer) {
    server.kill().await;
    server.resume_apart().await;
}

#[tokio::test]
async fn an_upload_survives_every_kill_and_is_announced_once() {
    let server = TestServer::start_apart().await;
    let listing = Hash::keccak("file");
    let token = server.sign_in(MAKER).await;
    let (before, _) = sent(&server).await;
    server.market.node.set_automine(false).await.unwrap();
    let transaction = server.market.wallet(MAKER).send_list(listing).await.unwrap();
    let form = Form::new(listing, transaction, server.address(MAKER), b"bytes");
    let accepted = server.upload(&token, &form).send().await.expect(201);
    restart(&server).await;
    server.market.node.mine(1).await.unwrap();
    eventually("the announcement is sent", async || sent(&server).await == (before, 1)).await;
    restart(&server).await;
    // The node has forgotten it, too.
    server.market.rpc("anvil_dropAllTransactions", json!([])).await;
    restart(&server).await;
    eventually("the announcement is sent again", async || sent(&server).await == (before, 1)).await;
    server.market.node.set_automine(true).await.unwrap();
    server.market.node.mine(1).await.unwrap();
    server.succeed(&accepted).await;
    restart(&server).await;
    server.succeed(&accepted).await;
    assert_eq!(sent(&server).await, (before + 1, 0));
    assert_eq!(server.market.wallet(MAKER).data_hash(listing).await.unwrap(), Hash::keccak(b"bytes"));
    server.accept(listing).await;
}

#[tokio::test]
async fn a_download_survives_every_kill_and_is_settled_once() {
    let server = TestServer::start_apart().await;
    let published = server.publish("file", b"bytes").await;
    let (delivery, listing) = (Hash::keccak("delivery"), published.listing);
    server.market.buy(delivery, 5).await;
    let token = server.sign_in(BUYER).await;
    let (before, _) = sent(&server).await;
    server.market.node.set_automine(false).await.unwrap();
    server.download(&token, delivery, listing).send().await.expect(200);
    restart(&server).await;
    eventually("the charge is sent", async || sent(&server).await == (before, 1)).await;
    restart(&server).await;
    // A promised download is free, whichever process knows of it by now.
    let again = server.download(&token, delivery, listing).send().await.expect(200);
    assert_eq!(again.body, published.bytes);
    server.market.node.mine(1).await.unwrap();
    assert_eq!(server.accesses(delivery, listing).await, 1);
    restart(&server).await;
    server.download(&token, delivery, listing).send().await.expect(200);
    eventually("the completion is sent", async || sent(&server).await == (before + 1, 1)).await;
    restart(&server).await;
    server.market.node.set_automine(true).await.unwrap();
    server.market.node.mine(1).await.unwrap();
    server.completed(delivery).await;
    assert_eq!((server.accesses(delivery, listing).await, server.completions(delivery).await), (1, 1));
    assert_eq!(sent(&server).await, (before + 2, 0));
    assert_eq!(server.market.failed_transactions().await, 0);
}

/// Otherwise, the jobs of a dead process's workers would wait until their leases expire.
#[tokio::test]
async fn jobs_leased_by_a_dead_process_resume_at_the_next_start() {
    let mut server = TestServer::start().await;
    let listing = Hash::keccak("file");
    let token = server.sign_in(MAKER).await;
    server.market.node.set_automine(false).await.unwrap();
    let transaction = server.market.wallet(MAKER).send_list(listing).await.unwrap();
    let form = Form::new(listing, transaction, server.address(MAKER), b"bytes");
    let accepted = server.upload(&token, &form).send().await.expect(201);

    let queue = server.context().jobs.clone();
    let until = server.clock.now().after(queue.lease);
    eventually("a worker leases the job", async || {
        let Record { key, version, value, .. } =
            queue.state.due(&queue.lane("upload"), Timestamp(u64::MAX), 1).await.unwrap().pop().unwrap();
        let due = Some(Due { queue: queue.lane("upload"), at: until });
        let lease = Write::Put { key, expected: Some(version), value, due, expires: None };
        queue.state.commit(vec![lease], server.clock.now()).await.is_ok()
    })
    .await;
    drop(queue);
    server.stop().await;
    server.resume().await;
    server.market.node.set_automine(true).await.unwrap();
    server.market.node.mine(1).await.unwrap();
    server.succeed(&accepted).await;
    assert!(server.clock.now() < until, "it went on when the lease was over");
}

#[tokio::test]
async fn a_server_that_is_catching_up_ends_when_it_is_told_to() {
    let mut server = TestServer::start().await;
    server.stop().await;
    let node = NodeProxy::silent_at(&server.settings.chain.urls[0], Some("eth_getLogs"));
    let data = tempfile::tempdir().unwrap();
    server.settings.data_dir = data.path().to_owned();
    server.settings.chain.urls = vec![node.url()];
    let mut command = Command::new(env!("CARGO_BIN_EXE_capi"));
    command.arg("serve").env_clear().env("CAPI_RPC_TIMEOUT_SECONDS", "3600");
    let mut process = ServerProcess::start_as(command, &server.settings).await;
    eventually("it asks for logs", async || !node.calls("eth_getLogs").is_empty()).await;
    assert_eq!(process.terminate().await, Some(0));
}
