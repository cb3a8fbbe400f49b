//! The market as a whole: its contracts and its figures.

pub use super::figures::SALES_DAYS;
use super::figures::{self, ReadAt, Sales};
use super::index::Totals;
use super::{Context, ServiceResult};
use crate::chain::MarketState;
pub use crate::chain::{Backend, Block, Parameters};
use crate::domain::Contracts;

/// The market's figures.
pub struct MarketView {
    pub contracts: Contracts,
    pub figures: ReadAt<MarketState>,
    pub totals: Totals,
    /// Of the last thirty days.
    pub sales: Sales,
    pub head: Block,
    /// Whether the registered backend is this server's account.
    pub is_ours: bool,
}

pub async fn get(ctx: &Context) -> ServiceResult<MarketView> {
    let figures = figures::market(ctx).await?;
    let is_ours = figures.value.backend.address == ctx.sender.account();
    let (head, sales) = (figures::head(ctx)?, figures::sales(ctx).await?);
    let totals = ctx.index.read()?.totals()?;
    Ok(MarketView { contracts: *ctx.chain.contracts(), figures, totals, sales, head, is_ours })
}
