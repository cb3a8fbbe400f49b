//! `capi admin jobs`, `transactions`, `owed` and `nodes`: the server's background work, and the chain nodes it uses.

use clap::Subcommand;

use super::operator::OperatorArgs;
use crate::cli::output::Output;
use crate::client::{Entry, Job, Node, Owed, Party, Transaction};
use crate::config::Layers;

/// The kind of the jobs that settle deliveries.
const SETTLEMENT: &str = "settle_delivery";

#[derive(clap::Args)]
pub(super) struct JobsArgs {
    #[command(flatten)]
    operator: OperatorArgs,
    #[command(subcommand)]
    command: Option<JobCommand>,
}

#[derive(Subcommand)]
enum JobCommand {
    /// Run a job now
    #[command(after_help = "Example:\n  capi admin jobs retry settle/0x6a5f…")]
    Retry {
        /// The job's id from the list
        id: String,
    },
}

#[derive(clap::Args)]
pub(super) struct TransactionsArgs {
    #[command(flatten)]
    operator: OperatorArgs,
    #[command(subcommand)]
    command: Option<TransactionCommand>,
}

#[derive(Subcommand)]
enum TransactionCommand {
    /// Show a pending or ended transaction with its history
    #[command(after_help = "Example:\n  capi admin transactions show access/0x6a5f…/0/0x91b2…")]
    Show {
        /// The transaction's purpose from the list
        purpose: String,
    },
    /// Retry a transaction now
    #[command(after_help = "Example:\n  capi admin transactions retry access/0x6a5f…/0/0x91b2…")]
    Retry {
        /// The transaction's purpose from the list
        purpose: String,
    },
    /// Replace a transaction with an empty one; whichever is mined first counts
    #[command(after_help = "Example:\n  capi admin transactions cancel access/0x6a5f…/0/0x91b2…")]
    Cancel {
        /// The transaction's purpose from the list
        purpose: String,
    },
}

pub(super) async fn jobs(args: JobsArgs, layers: &Layers, output: Output) -> anyhow::Result<()> {
    let party = args.operator.party(layers).await?;
    let Some(JobCommand::Retry { id }) = args.command else {
        let jobs = party.jobs().await?;
        output.text(&lines(&jobs, job))?;
        return output.json(&jobs);
    };
    party.retry_job(&id).await?;
    output.text(&format!("{id} is running now"))
}

pub(super) async fn transactions(
    args: TransactionsArgs,
    layers: &Layers,
    output: Output,
) -> anyhow::Result<()> {
    let party = args.operator.party(layers).await?;
    match args.command {
        None => {
            let open = party.transactions().await?;
            output.text(&lines(&open, transaction))?;
            output.json(&open)
        }
        Some(TransactionCommand::Show { purpose }) => {
            let shown = party.transaction(&purpose).await?;
            output.text(&format!("{}\n{}", transaction(&shown), history(&shown.history)))?;
            output.json(&shown)
        }
        Some(TransactionCommand::Retry { purpose }) => {
            party.retry_transaction(&purpose).await?;
            output.text(&format!("{purpose} is being retried now"))
        }
        Some(TransactionCommand::Cancel { purpose }) => {
            party.cancel_transaction(&purpose).await?;
            output.text(&format!("{purpose} is being cancelled; see capi admin transactions show"))
        }
    }
}

pub(super) async fn owed(party: &Party, output: Output) -> anyhow::Result<()> {
    let owed = party.owed().await?;
    output.text(&lines(&owed, debt))?;
    output.json(&owed)
}

/// Every incomplete delivery has a job that settles it.
pub(super) async fn deliveries(party: &Party, output: Output) -> anyhow::Result<()> {
    let mut jobs = party.jobs().await?;
    jobs.retain(|job| job.kind == SETTLEMENT);
    output.text(&lines(&jobs, job))?;
    output.json(&jobs)
}

pub(super) async fn nodes(party: &Party, output: Output) -> anyhow::Result<()> {
    let nodes = party.nodes().await?;
    output.text(&lines(&nodes, node))?;
    output.json(&nodes)
}

fn lines<T>(items: &[T], line: fn(&T) -> String) -> String {
    if items.is_empty() {
        return "none".to_owned();
    }
    items.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn job(job: &Job) -> String {
    let Job { id, kind, created, due, failures, last_error } = job;
    let mut line = format!("{id}  {kind}, since {created}");
    if let Some(due) = due {
        line += &format!(", next run {due}");
    }
    if let Some(error) = last_error {
        line += &format!(", {failures} failures, last: {error}");
    }
    line
}

fn transaction(transaction: &Transaction) -> String {
    let Transaction { purpose, state, nonce, transaction, cancelled, obstacle, created, .. } = transaction;
    let mut line = format!("{purpose}  {state}");
    if let Some(nonce) = nonce {
        line += &format!(", nonce {nonce}");
    }
    if let Some(hash) = transaction {
        line += &format!(", {hash}");
    }
    if let Some(created) = created {
        line += &format!(", since {created}");
    }
    if *cancelled {
        line += ", being cancelled";
    }
    if let Some(obstacle) = obstacle {
        line += &format!(", blocked: {obstacle}");
    }
    line
}

fn history(entries: &[Entry]) -> String {
    entries.iter().map(|Entry { at, what }| format!("  {at}  {what}")).collect::<Vec<_>>().join("\n")
}

fn node(node: &Node) -> String {
    let Node { host, state, reason, head } = node;
    let mut line = format!("{host}  {state}");
    if let Some(head) = head {
        line += &format!(", block {head}");
    }
    if let Some(reason) = reason {
        line += &format!(": {reason}");
    }
    line
}

fn debt(owed: &Owed) -> String {
    let Owed { buyer, delivery_hash, listing_hash, size, reason, since } = owed;
    format!("{buyer} owes {size} bytes of {listing_hash} under {delivery_hash} since {since}: {reason}")
}
