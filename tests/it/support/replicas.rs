//! Further servers on the stores and the market of a server of tests. Its requests go to all of them in turn.

use std::sync::Arc;
use std::time::Duration;

use capi::app::Server;
use capi::chain::Reader;
use capi::config::{MetadataStore, Settings};
use capi::domain::Clock;
use capi::service::Context;
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

const TIMEOUT: Duration = Duration::from_secs(5);
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// How many servers there are in all: `CAPI_TEST_REPLICAS`, or one.
pub fn count() -> usize {
    match std::env::var("CAPI_TEST_REPLICAS") {
        Ok(text) => {
            text.parse().unwrap_or_else(|_| panic!("CAPI_TEST_REPLICAS is {text}: expected a number"))
        }
        Err(_) => 1,
    }
}

/// A server with an index of its own. It ends with this value.
pub struct Replica {
    server: Server,
    _data: TempDir,
}

impl Replica {
    pub async fn start(settings: &Settings, clock: Arc<dyn Clock>) -> Self {
        let shared = matches!(settings.metadata, MetadataStore::DynamoDb { .. });
        assert!(shared, "several replicas cannot share a file: set CAPI_TEST_METADATA=dynamodb");
        let data = TempDir::new().unwrap();
        let settings = Settings { data_dir: data.path().to_owned(), ..settings.clone() };
        Replica { server: Server::start(settings, clock).await.unwrap(), _data: data }
    }

    pub fn server(&self) -> &Server {
        &self.server
    }

    pub async fn stop(self) {
        self.server.stop().await.unwrap();
    }
}

/// Waits until the server has seen the current state of the chain, because another replica may have seen it earlier.
/// Does not wait for a server that is cut off from its node.
pub async fn sync_to_head(ctx: Arc<Context>, reader: Arc<dyn Reader>) {
    let seen = async {
        let Ok(head) = reader.head().await else { return };
        let behind = || ctx.index.progress().head.is_none_or(|seen| seen.number < head.number);
        while behind() {
            sleep(POLL_INTERVAL).await;
        }
    };
    let _ = timeout(TIMEOUT, seen).await;
}
