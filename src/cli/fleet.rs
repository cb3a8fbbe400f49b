//! `capi fleet`: the servers of all stacks in the stack file.

use std::sync::Arc;

use clap::Subcommand;
use futures_util::future::join_all;
use serde::Serialize;

use super::admin::Backend;
use super::environment::server;
use super::error::{Advice, Usage};
use super::output::Output;
use super::{block_on, format};
use crate::client::{Api, Readiness};
use crate::config::{KeyKeeping, Layers, Settings, StackFile, with_stack_secret};
use crate::domain::Amount;
use crate::domain::clock::SystemClock;

#[derive(clap::Args)]
pub(super) struct FleetArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show the state of every stack's server; exit with 1 unless all are ready
    #[command(after_help = "Example:\n  capi fleet status --stacks-file fleet.yml")]
    Status(StatusArgs),
}

#[derive(clap::Args)]
struct StatusArgs {
    /// The stacks to show, instead of all that have a `dns_name` in the stack file
    stacks: Vec<String>,
    /// Read each stack's secret and sign in with its backend key, to show pending transactions and owed bytes
    #[arg(long)]
    sign_in: bool,
    /// The stack file, instead of the built-in one
    #[arg(long, env = "CAPI_STACKS_FILE", value_name = "FILE")]
    stacks_file: Option<String>,
}

/// A stack's state. Null members are unknown; `problems` says why.
#[derive(Debug, Default, Serialize)]
struct StackStatus {
    stack: String,
    url: Option<String>,
    ready: bool,
    version: Option<String>,
    /// The newest block that the server has read, and its age in seconds.
    head: Option<u64>,
    head_age: Option<u64>,
    /// The backend account's ETH wei, and its earnings in CET wei.
    funds: Option<Amount>,
    earnings: Option<Amount>,
    /// Pending transactions, and bytes that were granted but could not be charged.
    pending: Option<u64>,
    owed: Option<u64>,
    problems: Vec<String>,
}

pub(super) fn run(args: FleetArgs, output: Output) -> anyhow::Result<()> {
    let Command::Status(args) = args.command;
    let stacks = chosen(&args)?;
    let statuses = block_on(async {
        Ok(join_all(stacks.into_iter().map(|layers| status(layers, args.sign_in))).await)
    })?;
    output.text(&table(&statuses))?;
    output.json(&statuses)?;
    match statuses.iter().filter(|status| !status.ready).count() {
        0 => Ok(()),
        count => Err(Advice(format!("{count} of {} stacks are not ready", statuses.len())).into()),
    }
}

/// The layers of each stack to show.
fn chosen(args: &StatusArgs) -> anyhow::Result<Vec<Layers>> {
    let file = StackFile::read(args.stacks_file.as_deref())?;
    let named = file.stacks.iter().filter(|(_, entry)| entry.settings.contains_key("DNS_NAME"));
    let names: Vec<&String> = if args.stacks.is_empty() {
        named.map(|(name, _)| name).collect()
    } else {
        args.stacks.iter().collect()
    };
    if names.is_empty() {
        return Err(
            Usage(format!("no stack in {} has a dns_name: name the stacks to show", file.label)).into()
        );
    }
    names.into_iter().map(|name| Ok(Layers::of_stack(name, args.stacks_file.as_deref())?)).collect()
}

async fn status(layers: Layers, sign_in: bool) -> StackStatus {
    let mut status = StackStatus { stack: layers.stack().to_owned(), ..StackStatus::default() };
    if let Err(error) = fill(&mut status, layers, sign_in).await {
        status.problems.push(format!("{error:#}"));
    }
    status
}

/// Fills in what it can find out, up to the first thing that it cannot.
async fn fill(status: &mut StackStatus, layers: Layers, sign_in: bool) -> anyhow::Result<()> {
    let layers = if sign_in { with_stack_secret(layers).await? } else { layers };
    let url = server(&layers)?;
    status.url = Some(url.as_str().trim_end_matches('/').to_owned());
    let api = Api::open(url.clone(), Arc::new(SystemClock))?;
    let Readiness { ready, behind } = api.ready().await?;
    status.ready = ready;
    status.problems = behind;
    let market = api.market().await?;
    status.version = Some(market.server.version);
    (status.head, status.head_age) = market.head.map(|head| (head.number, head.age_seconds)).unzip();
    if let Some(backend) = market.backend.address {
        let balances = api.account(backend).await?.balances;
        (status.funds, status.earnings) = (Some(balances.eth), Some(balances.cet));
    }
    if sign_in {
        let settings = Settings::load(&layers, KeyKeeping::Forget, &SystemClock)?;
        let party = Backend::open(&settings, url).await?.party;
        status.pending = Some(party.transactions().await?.len() as u64);
        status.owed = Some(party.owed().await?.iter().map(|owed| owed.size).sum());
    }
    Ok(())
}

fn table(statuses: &[StackStatus]) -> String {
    let header = ["stack", "ready", "version", "head", "age", "ETH", "CET", "pending", "owed"];
    let rows: Vec<Vec<String>> = statuses.iter().map(row).collect();
    let mut text = format::table(&header, &rows);
    for status in statuses {
        for problem in &status.problems {
            text += &format!("\n{}: {}", status.stack, format::plain(problem));
        }
    }
    text
}

fn row(status: &StackStatus) -> Vec<String> {
    let shown = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    vec![
        status.stack.clone(),
        if status.ready { "yes" } else { "NO" }.to_owned(),
        shown(status.version.clone()),
        shown(status.head.map(|head| head.to_string())),
        shown(status.head_age.map(|age| format!("{age} s"))),
        shown(status.funds.map(Amount::to_ether)),
        shown(status.earnings.map(Amount::to_ether)),
        shown(status.pending.map(|pending| pending.to_string())),
        shown(status.owed.map(format::size)),
    ]
}
