//! The tools behind the web console of a development market.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use crate::client::ClientError;
use crate::client::dev::{Balances, DevMarket, Role};
use crate::domain::Address;
use crate::service::development::{Development, Gift};
use crate::service::{ServiceError, ServiceResult};

pub(super) struct ConsoleTools(pub DevMarket);

#[async_trait]
impl Development for ConsoleTools {
    fn accounts(&self) -> Vec<(&'static str, Address)> {
        Role::ALL.map(|role| (role.name(), role.account().address())).into()
    }

    async fn drip(&self, to: Address, gift: Gift) -> ServiceResult<()> {
        let Gift { eth, cmt, cet } = gift;
        self.0.drip(to, Balances { eth, cmt, cet }).await.map_err(refused)
    }

    async fn mine(&self, blocks: u64) -> ServiceResult<()> {
        self.0.mine(blocks).await.map_err(refused)
    }

    async fn pass_time(&self, by: Duration) -> ServiceResult<()> {
        self.0.pass_time(by).await.map_err(refused)
    }

    async fn relay(&self, request: &Value) -> ServiceResult<Value> {
        self.0.relay(request).await.map_err(refused)
    }
}

fn refused(error: ClientError) -> ServiceError {
    match error {
        ClientError::Unmet(reason) => ServiceError::Unmet(reason),
        other => ServiceError::Unavailable {
            what: "the development node failed; see the log",
            cause: other.to_string(),
        },
    }
}
