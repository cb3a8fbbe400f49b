//! `capi admin`: what an operator does with the backend account, and with the tables.

use std::sync::Arc;

use anyhow::Context;
use clap::Subcommand;
use url::Url;

use super::block_on;
use super::output::Report;
use super::surroundings::{DevDir, Surroundings, server, with_secret};
use crate::client::{Account, Api, Party, Wallet};
use crate::config::{KeyKeeping, Layers, Settings};
use crate::domain::Hash;
use crate::domain::clock::SystemClock;

mod create_tables;
mod register;
mod resolve;
mod status;
mod work;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    dev: DevDir,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    #[command(flatten)]
    Account(AccountCommand),
    /// Create the DynamoDB tables that are missing
    CreateTables,
}

#[derive(Subcommand)]
enum AccountCommand {
    /// Propose this server's account as the market's backend
    Register(register::Register),
    /// Carry out the vote on a registration, and tell the market this server's address
    Resolve(resolve::Resolve),
    /// Show how the backend account stands with the market
    Status,
    /// List the server's jobs that are not done, or have one looked at
    Jobs(work::Jobs),
    /// List the account's transactions that have not ended, show one, or have one looked at or cancelled
    Transactions(work::Transactions),
    /// List downloads that were handed over and could not be charged
    Owed,
    /// List the chain nodes that the server asks, with what is known of them
    Nodes,
}

/// How transactions are paid for.
#[derive(clap::Args)]
struct Gas {
    /// Gas price in gwei, instead of what the network asks for
    #[arg(long, value_name = "GWEI")]
    gas_price: Option<u64>,
}

/// The address under which the market knows this server.
#[derive(clap::Args)]
struct PublicUrl {
    /// The server's address for the market; by default that of CAPI_DNS_NAME
    #[arg(long)]
    url: Option<String>,
}

/// The backend account and its server.
struct Backend {
    party: Party,
    /// Where the settings say that the server is.
    server: Url,
}

pub(super) fn run(args: Args) -> anyhow::Result<()> {
    let report = Report { json: args.json };
    let Surroundings { layers, dev } = args.dev.surroundings()?;
    let layers = with_secret(layers)?;
    let outcome = match args.command {
        Command::Account(command) => run_account(command, &layers, report),
        Command::CreateTables => block_on(create_tables::run(&layers, report)),
    };
    outcome.map_err(|error| Surroundings::explain(dev.as_ref(), error))
}

fn run_account(command: AccountCommand, layers: &Layers, report: Report) -> anyhow::Result<()> {
    let settings = Settings::load(layers, KeyKeeping::Forget, &SystemClock)?;
    let server = server(layers)?;
    block_on(async {
        let backend = Backend::open(&settings, server).await?;
        match command {
            AccountCommand::Register(register) => register::run(register, backend, report).await,
            AccountCommand::Resolve(resolve) => resolve::run(resolve, backend, report).await,
            AccountCommand::Status => status::run(backend, report).await,
            AccountCommand::Jobs(jobs) => work::jobs(jobs, backend, report).await,
            AccountCommand::Transactions(chosen) => work::transactions(chosen, backend, report).await,
            AccountCommand::Owed => work::owed(backend, report).await,
            AccountCommand::Nodes => work::nodes(backend, report).await,
        }
    })
}

impl Backend {
    async fn open(settings: &Settings, server: Url) -> anyhow::Result<Self> {
        let (chain, named) = (&settings.chain, settings.access.public_key);
        let api = Api::open(server.clone(), Arc::new(SystemClock))?;
        let account = Account::of_backend(&settings.datatrust_key, named, chain.chain_id).await;
        let wallet = Wallet::of_account(chain, account.context("CAPI_DATATRUST_KEY")?)?;
        Ok(Backend { party: Party::new(api, wallet), server })
    }

    fn paying(mut self, gas: &Gas) -> Self {
        if let Some(gwei) = gas.gas_price {
            self.party.wallet = self.party.wallet.with_gas_price(gwei);
        }
        self
    }

    /// Without a slash at the end: that is how clients write it, and its hash is that of the registration.
    fn public_url(&self, given: &PublicUrl) -> String {
        given.url.clone().unwrap_or_else(|| self.server.as_str().trim_end_matches('/').to_owned())
    }
}

/// The candidate hash of a registration.
fn candidate(url: &str) -> Hash {
    Hash::keccak(url)
}
