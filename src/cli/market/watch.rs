//! `capi market watch`: prints what changes in the market.

use std::time::Duration;

use clap::ValueEnum;
use futures_util::StreamExt;

use super::context::MarketContext;
use crate::cli::format;
use crate::cli::output::Output;
use crate::client::{Change, ChangeFilter, ClientError};

const RECONNECT_INTERVAL: Duration = Duration::from_secs(3);

#[derive(clap::Args)]
pub(super) struct WatchArgs {
    /// Only changes of this hash or address [default: all]
    hash: Option<String>,
    /// Only changes of this kind
    #[arg(long)]
    kind: Option<ChangeKind>,
    /// Start after this position, the `id` of an earlier change [default: now]
    #[arg(long, value_name = "POSITION")]
    after: Option<String>,
    /// Stop after so many changes [default: never]
    #[arg(long, value_name = "NUMBER")]
    count: Option<usize>,
}

#[derive(Clone, Copy, ValueEnum)]
enum ChangeKind {
    Listing,
    Poll,
    Delivery,
    Account,
    /// New blocks
    Head,
}

impl ChangeKind {
    fn name(self) -> &'static str {
        match self {
            ChangeKind::Listing => "listing",
            ChangeKind::Poll => "poll",
            ChangeKind::Delivery => "delivery",
            ChangeKind::Account => "account",
            ChangeKind::Head => "head",
        }
    }
}

pub(super) async fn run(args: WatchArgs, market: &MarketContext, output: Output) -> anyhow::Result<()> {
    let kind = args.kind.map(ChangeKind::name);
    let mut filter = ChangeFilter { after: args.after, hash: args.hash, kind };
    let mut left = args.count.unwrap_or(usize::MAX);
    let mut changes = market.api.changes(&filter).await?;
    while left > 0 {
        match changes.next().await {
            Some(Ok(change)) => {
                if !change.id.is_empty() {
                    filter.after = Some(change.id.clone());
                }
                // Blocks come with every feed.
                if kind.is_none_or(|kind| kind == change.kind || change.kind == "rollback") {
                    show(&change, output)?;
                    left -= 1;
                }
            }
            Some(Err(error @ ClientError::Unexpected(..))) => return Err(error.into()),
            Some(Err(_)) | None => changes = reconnect(market, &filter, output).await?,
        }
    }
    Ok(())
}

/// Continues after the last change, however long the server is away. A refusal ends it.
async fn reconnect(
    market: &MarketContext,
    filter: &ChangeFilter,
    output: Output,
) -> anyhow::Result<crate::client::Changes> {
    output.note("the connection has ended; continuing when the server responds …");
    loop {
        tokio::time::sleep(RECONNECT_INTERVAL).await;
        match market.api.changes(filter).await {
            Ok(changes) => return Ok(changes),
            Err(error) if error.is_transient() => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn show(change: &Change, output: Output) -> anyhow::Result<()> {
    let Change { kind, body, .. } = change;
    let time = body.at.time.map(format::time).unwrap_or_default();
    let (block, hash, what) = (body.at.block, format::plain(&body.hash), format::plain(&body.change));
    output.text(&format!("{time:20}  block {block:<10} {:9} {what:14} {hash}", format::plain(kind)))?;
    output.json(change)
}
