//! `capi market params` and `capi market price`.

use serde::Serialize;

use super::context::MarketContext;
use crate::cli::format;
use crate::cli::output::Output;
use crate::client::Market;
use crate::domain::Amount;

#[derive(clap::Args)]
pub(super) struct PriceArgs {
    /// Number of bytes
    #[arg(default_value_t = 1_000_000)]
    bytes: u64,
}

/// Amounts in wei.
#[derive(Serialize)]
struct Price {
    bytes: u64,
    total: Amount,
    maker: Amount,
    backend: Amount,
    reserve: Amount,
    /// CMT for one vote.
    stake: Amount,
    /// CET for 10^9 CMT wei.
    support_price: Amount,
}

pub(super) async fn params(market: &MarketContext, output: Output) -> anyhow::Result<()> {
    let state = market.api.market().await?;
    output.text(&text(&state))?;
    output.json(&state)
}

fn text(market: &Market) -> String {
    let (parameters, contracts) = (&market.parameters, &market.contracts);
    let backend = match (&market.backend.address, &market.backend.url) {
        (Some(address), Some(url)) => format!("{address} at {url}"),
        (Some(address), None) => format!("{address}, without a URL"),
        (None, _) => "none".to_owned(),
    };
    let head = match &market.head {
        Some(head) => {
            format!("block {}, {}", head.number, format::age(head.time, head.time + head.age_seconds))
        }
        None => "none".to_owned(),
    };
    let rows = [
        ("stack", format!("{}, chain {}", market.stack, market.chain_id)),
        ("head", head),
        ("backend", backend),
        ("stake", format!("{} per vote, challenge or proposal", format::cmt(parameters.stake))),
        ("vote_by", format!("polls are open for {} s", parameters.vote_by)),
        ("plurality", format!("{}% of the votes must be yea", parameters.plurality)),
        (
            "cost_per_byte",
            format!(
                "{} CET wei, {} per megabyte",
                parameters.cost_per_byte,
                format::cet(market.price_per_megabyte)
            ),
        ),
        ("maker_payment", format!("{}% of the price", parameters.maker_payment)),
        ("backend_payment", format!("{}% of the price", parameters.backend_payment)),
        ("reserve_payment", format!("{}% of the price", parameters.reserve_payment)),
        ("list_reward", format::cmt(parameters.list_reward)),
        ("price_floor", format!("{} CET wei for 10^9 CMT wei", parameters.price_floor)),
        ("spread", format!("{}%", parameters.spread)),
        ("supply", format::cmt(market.supply)),
        ("reserve", format::cet(market.reserve)),
        ("upload limit", format::size(market.server.max_upload_bytes)),
        ("EtherToken", contracts.ether_token.to_string()),
        ("MarketToken", contracts.market_token.to_string()),
        ("Voting", contracts.voting.to_string()),
        ("Parameterizer", contracts.parameterizer.to_string()),
        ("Reserve", contracts.reserve.to_string()),
        ("Datatrust", contracts.datatrust.to_string()),
        ("Listing", contracts.listing.to_string()),
    ];
    rows.map(|(name, value)| format!("{name:16} {value}\n")).concat()
}

pub(super) async fn price(args: &PriceArgs, market: &MarketContext, output: Output) -> anyhow::Result<()> {
    let state = market.api.market().await?;
    let parameters = &state.parameters;
    let total = parameters.cost_per_byte.saturating_mul(Amount::from(args.bytes));
    let share = |percent: u64| total.saturating_mul(Amount::from(percent)).div_floor(Amount::from(100_u64));
    let (maker, backend) = (share(parameters.maker_payment), share(parameters.backend_payment));
    let price = Price {
        bytes: args.bytes,
        total,
        maker,
        backend,
        reserve: total.saturating_sub(maker).saturating_sub(backend),
        stake: parameters.stake,
        support_price: state.support_price,
    };
    output.field(&format::size(price.bytes), format::cet(price.total))?;
    output.field("  maker", format::cet(price.maker))?;
    output.field("  backend", format::cet(price.backend))?;
    output.field("  reserve", format::cet(price.reserve))?;
    output.field("a vote", format!("{}, returned by unstake", format::cmt(price.stake)))?;
    let unit = price.support_price.saturating_mul(Amount::from(1_000_000_000_u64));
    output.field("1 CMT", format!("{} from the reserve", format::cet(unit)))?;
    output.json(&price)
}
