//! The state of settlement as JSON.

use serde::Serialize;
use utoipa::ToSchema;

use super::schema::{whole_number, whole_number_or_null};
use crate::domain::Amount;
use crate::service::Context;
use crate::service::admin::Settlement;

/// Pending settlement and its cost. Amounts are in wei of ETH.
#[derive(Serialize, ToSchema)]
pub(super) struct SettlementBody {
    /// Transactions that are not final.
    transactions: u64,
    /// Downloads whose charge is not final.
    unsettled: u64,
    #[schema(schema_with = whole_number)]
    unsettled_bytes: Amount,
    /// Seconds since the oldest of them was granted; null if there is none.
    #[schema(required)]
    delay_seconds: Option<u64>,
    /// Bytes granted that could not be charged.
    owed_bytes: u64,
    /// Why settlement is stalled; null if it is not.
    #[schema(required)]
    stalled: Option<String>,
    /// The backend account's balance; null if no node is available.
    #[schema(schema_with = whole_number_or_null, required)]
    funds: Option<Amount>,
    /// The maximum total cost of the transactions signed today (UTC).
    #[schema(schema_with = whole_number)]
    spent_today: Amount,
    #[schema(schema_with = whole_number)]
    max_per_day: Amount,
    /// Per unit of gas.
    #[schema(schema_with = whole_number)]
    max_fee: Amount,
    /// Blocks that this server is behind the chain; null if no node is available.
    #[schema(required)]
    lag_blocks: Option<u64>,
}

impl SettlementBody {
    pub(super) fn of(settlement: Settlement, ctx: &Context) -> Self {
        let Settlement { seen, spent_today } = settlement;
        let backlog = seen.backlog.unwrap_or_default();
        SettlementBody {
            transactions: backlog.transactions,
            unsettled: backlog.unsettled,
            unsettled_bytes: backlog.unsettled_bytes,
            delay_seconds: backlog.oldest_unsettled.map(|oldest| ctx.now().since(oldest).as_secs()),
            owed_bytes: backlog.owed_bytes,
            stalled: backlog.stalled.map(|stalled| stalled.reason),
            funds: seen.funds,
            spent_today,
            max_per_day: ctx.policy.sender.max_per_day,
            max_fee: ctx.policy.sender.max_fee,
            lag_blocks: seen.follower_lag,
        }
    }
}
