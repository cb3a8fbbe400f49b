//! No other market has the tools of a development market. `cli/dev.rs` tests what they do.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use capi::app::Server;
use capi::domain::Address;
use capi::service::ServiceResult;
use capi::service::development::{Development, Gift};
use serde_json::{Value, json};

use crate::support::server::TestServer;

/// Tools that nobody may reach.
struct Forbidden;

#[async_trait]
impl Development for Forbidden {
    fn accounts(&self) -> Vec<(&'static str, Address)> {
        panic!("somebody reached the tools")
    }

    async fn drip(&self, _: Address, _: Gift) -> ServiceResult<()> {
        panic!("somebody reached the tools")
    }

    async fn mine(&self, _: u64) -> ServiceResult<()> {
        panic!("somebody reached the tools")
    }

    async fn pass_time(&self, _: Duration) -> ServiceResult<()> {
        panic!("somebody reached the tools")
    }

    async fn relay(&self, _: &Value) -> ServiceResult<Value> {
        panic!("somebody reached the tools")
    }
}

#[tokio::test]
async fn a_server_without_tools_has_no_such_address_whatever_its_stack() {
    for stack in ["local", "mainnet"] {
        let server = TestServer::start_with(|settings| settings.stack = stack.to_owned()).await;
        server.get("/dev/accounts").send().await.expect(404);
        for path in ["/dev/drip", "/dev/mine", "/dev/time", "/dev/rpc", "/dev/rpc/", "/dev"] {
            server
                .post(path)
                .json(&json!({ "method": "eth_chainId", "params": [] }))
                .send()
                .await
                .expect(404);
        }
        let market = server.get("/market").send().await.expect(200).json();
        assert_eq!(market["server"]["dev"], false, "{stack}");
    }
}

#[tokio::test]
async fn no_server_starts_with_tools_on_another_stack_or_chain() {
    let mut server = TestServer::start().await;
    server.stop().await;
    for (stack, chain_id) in [("mainnet", 31337), ("test", 31337), ("local", 1)] {
        let mut settings = server.settings.clone();
        settings.stack = stack.to_owned();
        settings.chain.chain_id = chain_id;
        let started = Server::start_with_tools(settings, server.clock.clone(), Arc::new(Forbidden)).await;
        let error = started.err().expect("it does not start").to_string();
        assert!(error.contains("development market"), "{stack} {chain_id}: {error}");
    }
}
