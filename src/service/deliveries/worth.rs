//! Whether a charge is worth its transaction: the backend pays gas for each, and buyers decide how many there are.

use std::time::Duration;

use super::super::files::StoredFile;
use super::super::listings::Price;
use super::super::{Context, ServiceError, ServiceResult, figures, transactions};
use super::grant::Charge;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Refuses a download that earns the backend too little, and buyers who have reached today's limit of
/// charges.
pub(super) async fn require(ctx: &Context, charge: &Charge, file: &StoredFile) -> ServiceResult<()> {
    let (now, policy) = (ctx.now(), &ctx.policy.sender);
    if charge.charges_on(transactions::day(now)) >= policy.charges_per_buyer {
        let most = policy.charges_per_buyer;
        return Err(ServiceError::TooMany {
            what: format!("{most} downloads of an account are charged in a day; try again tomorrow"),
            retry_after: Duration::from_secs(DAY.as_secs() - now.seconds() % DAY.as_secs()),
        });
    }
    if policy.min_earnings.is_zero() {
        return Ok(());
    }
    let market = figures::market(ctx).await?;
    let earned = Price::of(file.size, &market.value.parameters).backend;
    if earned < policy.min_earnings {
        let (earned, least) = (earned.to_ether(), policy.min_earnings.to_ether());
        return Err(ServiceError::Unmet(format!(
            "query: this file earns the backend {earned} CET, and a download has to earn {least}"
        )));
    }
    Ok(())
}
