//! `capi admin jobs`, `transactions`, `owed` and `nodes`: the server's own work, and whom it asks for it.

use clap::Subcommand;

use super::Backend;
use crate::cli::output::Report;
use crate::client::{Entry, Job, Node, Owed, Transaction};

#[derive(clap::Args)]
pub(super) struct Jobs {
    #[command(subcommand)]
    command: Option<JobCommand>,
}

#[derive(Subcommand)]
enum JobCommand {
    /// Have a job looked at now
    Retry { id: String },
}

#[derive(clap::Args)]
pub(super) struct Transactions {
    #[command(subcommand)]
    command: Option<TransactionCommand>,
}

#[derive(Subcommand)]
enum TransactionCommand {
    /// Show a transaction, open or ended, with its history
    Show { purpose: String },
    /// Have a transaction looked at now
    Retry { purpose: String },
    /// Replace a transaction by one that does nothing; what is mined first counts
    Cancel { purpose: String },
}

pub(super) async fn jobs(args: Jobs, backend: Backend, report: Report) -> anyhow::Result<()> {
    let Some(JobCommand::Retry { id }) = args.command else {
        let jobs = backend.party.jobs().await?;
        report.say(&lines(&jobs, job))?;
        return report.line(&jobs);
    };
    backend.party.retry_job(&id).await?;
    report.say(&format!("{id} is looked at now"))
}

pub(super) async fn transactions(args: Transactions, backend: Backend, report: Report) -> anyhow::Result<()> {
    let party = &backend.party;
    match args.command {
        None => {
            let open = party.transactions().await?;
            report.say(&lines(&open, transaction))?;
            report.line(&open)
        }
        Some(TransactionCommand::Show { purpose }) => {
            let shown = party.transaction(&purpose).await?;
            report.say(&format!("{}\n{}", transaction(&shown), history(&shown.history)))?;
            report.line(&shown)
        }
        Some(TransactionCommand::Retry { purpose }) => {
            party.retry_transaction(&purpose).await?;
            report.say(&format!("{purpose} is looked at now"))
        }
        Some(TransactionCommand::Cancel { purpose }) => {
            party.cancel_transaction(&purpose).await?;
            report
                .say(&format!("{purpose} is being cancelled; capi admin transactions show tells how it ends"))
        }
    }
}

pub(super) async fn owed(backend: Backend, report: Report) -> anyhow::Result<()> {
    let owed = backend.party.owed().await?;
    report.say(&lines(&owed, debt))?;
    report.line(&owed)
}

pub(super) async fn nodes(backend: Backend, report: Report) -> anyhow::Result<()> {
    let nodes = backend.party.nodes().await?;
    report.say(&lines(&nodes, node))?;
    report.line(&nodes)
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
        line += &format!(", next look {due}");
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
        line += &format!(", waits: {obstacle}");
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
