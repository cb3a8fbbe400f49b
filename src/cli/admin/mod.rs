//! `capi admin`: an operator's commands for the backend account and the tables.

use std::sync::Arc;

use anyhow::Context;
use clap::Subcommand;
use url::Url;

use super::block_on;
use super::environment::{DevDirArgs, Environment, server, with_secret};
use super::output::Output;
use crate::client::{Account, Api, Party, Wallet};
use crate::config::{KeyKeeping, Layers, Settings};
use crate::domain::Hash;
use crate::domain::clock::SystemClock;

mod audit;
mod backup;
mod create_tables;
mod operator;
mod rebuild;
mod register;
mod resolve;
mod status;
mod withdraw;
mod work;

#[derive(clap::Args)]
pub(super) struct AdminArgs {
    #[command(flatten)]
    dev: DevDirArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    #[command(flatten)]
    Account(AccountCommand),
    #[command(flatten)]
    Work(WorkCommand),
    /// Check the audit trail in a server's log
    Audit(audit::AuditArgs),
    /// Create missing DynamoDB tables
    #[command(after_help = "Example:\n  CAPI_METADATA_STORE=dynamodb capi admin create-tables")]
    CreateTables,
}

#[derive(Subcommand)]
enum AccountCommand {
    /// Propose this server's account as the market's backend
    #[command(after_help = "Example:\n  capi admin register --url https://market.example")]
    Register(register::RegisterArgs),
    /// Resolve the vote on a registration, and publish this server's URL in the market
    #[command(after_help = "Example:\n  capi admin resolve 0x6a5f…")]
    Resolve(resolve::ResolveArgs),
    /// Show the backend account's funds and registration
    #[command(after_help = "Example:\n  capi admin status")]
    Status,
    /// Convert the backend account's CET earnings to ETH
    #[command(after_help = "Example:\n  capi admin withdraw --amount 0.5")]
    Withdraw(withdraw::WithdrawArgs),
    /// Back up the server's records and files, encrypted; the server keeps running
    #[command(after_help = "Example:\n  CAPI_BACKUP_STORE=s3://backups/mainnet capi admin backup")]
    Backup(backup::BackupArgs),
    /// Restore the newest backup into an empty data directory
    #[command(after_help = "Example:\n  capi admin restore --identity /etc/capi/credentials/backup-identity")]
    Restore(backup::RestoreArgs),
    /// Rebuild a lost listings table from the files' sidecars and the chain, while no server runs
    #[command(after_help = "Example:\n  capi admin rebuild --dry-run")]
    Rebuild(rebuild::RebuildArgs),
}

/// What any operator may do.
#[derive(Subcommand)]
enum WorkCommand {
    /// List deliveries that the server has not completed
    #[command(after_help = "Example:\n  capi admin deliveries")]
    Deliveries(operator::OperatorArgs),
    /// List the server's pending jobs, or retry one
    #[command(after_help = "Example:\n  capi admin jobs retry settle/0x6a5f…")]
    Jobs(work::JobsArgs),
    /// List the account's pending transactions; show, retry or cancel one
    #[command(after_help = "Example:\n  capi admin transactions show access/0x6a5f…/0/0x91b2…")]
    Transactions(work::TransactionsArgs),
    /// List downloads that were granted but could not be charged
    #[command(
        after_help = "Example:\n  capi admin owed --key-file operator.json --api https://market.example"
    )]
    Owed(operator::OperatorArgs),
    /// List the server's chain nodes and their state
    #[command(after_help = "Example:\n  capi admin nodes")]
    Nodes(operator::OperatorArgs),
}

/// How to pay for transactions.
#[derive(clap::Args)]
struct GasArgs {
    /// Gas price in gwei, instead of the network's price
    #[arg(long, value_name = "GWEI")]
    gas_price: Option<u64>,
}

/// This server's URL in the market.
#[derive(clap::Args)]
struct PublicUrlArgs {
    /// The server's URL to publish in the market [default: from CAPI_DNS_NAME]
    #[arg(long)]
    url: Option<String>,
}

/// The backend account and its server.
pub(super) struct Backend {
    pub(super) party: Party,
    /// The server's URL according to the settings.
    server: Url,
}

pub(super) fn run(args: AdminArgs, output: Output) -> anyhow::Result<()> {
    match args.command {
        Command::Account(command) => with_settings(&args.dev, |layers| run_account(command, layers, output)),
        Command::Work(command) => {
            with_settings(&args.dev, |layers| block_on(run_work(command, layers, output)))
        }
        Command::Audit(audit) => audit::run(audit, output),
        Command::CreateTables => {
            with_settings(&args.dev, |layers| block_on(create_tables::run(layers, output)))
        }
    }
}

fn with_settings(
    dev: &DevDirArgs,
    command: impl FnOnce(&Layers) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let environment = Environment::find(dev)?;
    let layers = with_secret(environment.layers.clone())?;
    command(&layers).map_err(|error| environment.explain(error))
}

fn run_account(command: AccountCommand, layers: &Layers, output: Output) -> anyhow::Result<()> {
    let settings = Settings::load(layers, KeyKeeping::Forget, &SystemClock)?;
    let server = server(layers)?;
    block_on(async {
        let backend = Backend::open(&settings, server).await?;
        match command {
            AccountCommand::Register(register) => register::run(register, backend, output).await,
            AccountCommand::Resolve(resolve) => resolve::run(resolve, backend, output).await,
            AccountCommand::Status => status::run(backend, output).await,
            AccountCommand::Withdraw(args) => withdraw::run(args, backend, output).await,
            AccountCommand::Backup(args) => backup::backup(args, layers, &settings, backend, output).await,
            AccountCommand::Restore(args) => backup::restore(args, layers, &settings, backend, output).await,
            AccountCommand::Rebuild(args) => rebuild::run(args, &settings, backend, output).await,
        }
    })
}

async fn run_work(command: WorkCommand, layers: &Layers, output: Output) -> anyhow::Result<()> {
    match command {
        WorkCommand::Deliveries(operator) => work::deliveries(&operator.party(layers).await?, output).await,
        WorkCommand::Jobs(args) => work::jobs(args, layers, output).await,
        WorkCommand::Transactions(args) => work::transactions(args, layers, output).await,
        WorkCommand::Owed(operator) => work::owed(&operator.party(layers).await?, output).await,
        WorkCommand::Nodes(operator) => work::nodes(&operator.party(layers).await?, output).await,
    }
}

impl Backend {
    pub(super) async fn open(settings: &Settings, server: Url) -> anyhow::Result<Self> {
        let (chain, named) = (&settings.chain, settings.access.public_key);
        let api = Api::open(server.clone(), Arc::new(SystemClock))?;
        let account = Account::of_backend(&settings.datatrust_key, named, chain.chain_id).await;
        let wallet = Wallet::of_account(chain, account.context("CAPI_DATATRUST_KEY")?)?;
        Ok(Backend { party: Party::new(api, wallet), server })
    }

    fn with_gas(mut self, gas: &GasArgs) -> Self {
        if let Some(gwei) = gas.gas_price {
            self.party.wallet = self.party.wallet.with_gas_price(gwei);
        }
        self
    }

    /// Has no trailing slash: clients write it this way, and the registration's hash is computed from it.
    fn public_url(&self, given: &PublicUrlArgs) -> String {
        given.url.clone().unwrap_or_else(|| self.server.as_str().trim_end_matches('/').to_owned())
    }
}

/// A registration's candidate hash.
fn candidate(url: &str) -> Hash {
    Hash::keccak(url)
}
