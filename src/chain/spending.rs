//! Counts what the backend account's mined transactions cost, for the metrics.

use std::sync::LazyLock;

use ethers::types::H256;
use metrics::counter;
use moka::sync::Cache;

use super::convert::ToDomain;
use super::wire::WireReceipt;

/// The most transactions remembered as counted; a receipt is read again soon or never.
const MAX_COUNTED: u64 = 10_000;

/// A receipt may be read several times, for example after a reorganisation.
static COUNTED: LazyLock<Cache<H256, ()>> = LazyLock::new(|| Cache::new(MAX_COUNTED));

/// Counts the transaction once. Not every node reports its price.
pub(super) fn count(receipt: &WireReceipt) {
    let Some(gas) = receipt.gas_used() else { return };
    if !COUNTED.entry(receipt.transaction_hash).or_insert(()).is_fresh() {
        return;
    }
    counter!("capi_gas_used_total").increment(gas.domain().as_u64_saturating());
    if let Some(price) = receipt.effective_gas_price() {
        // In wei, the counter would overflow at 18 ETH.
        counter!("capi_fees_gwei_total").increment(price.domain().saturating_mul(gas.domain()).whole_gwei());
    }
}
