//! `capi market task`.

use std::time::Duration;

use serde::Serialize;

use super::context::MarketContext;
use crate::cli::output::Output;
use crate::domain::{Hash, TaskStatus};

/// A little longer than a server waits for an unknown transaction.
const TASK_TIMEOUT: Duration = Duration::from_secs(900);

#[derive(clap::Args)]
pub(super) struct TaskArgs {
    /// The task id from `capi market upload`
    id: String,
    /// Wait until it has ended
    #[arg(long)]
    wait: bool,
}

#[derive(Serialize)]
struct Shown {
    status: TaskStatus,
    /// The transaction that completed it.
    transaction: Option<Hash>,
    error: Option<String>,
}

pub(super) async fn run(args: TaskArgs, market: &MarketContext, output: Output) -> anyhow::Result<()> {
    if args.wait {
        market.api.finish(&args.id, TASK_TIMEOUT).await?;
    }
    let task = market.api.task(&args.id).await?;
    let status = serde_json::to_value(task.status)?;
    output.field("status", status.as_str().unwrap_or_default())?;
    if let Some(transaction) = task.result {
        output.field("transaction", transaction)?;
    }
    if let Some(error) = &task.error {
        output.field("error", error)?;
    }
    output.json(&Shown { status: task.status, transaction: task.result, error: task.error })
}
