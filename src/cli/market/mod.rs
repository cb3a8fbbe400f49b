//! `capi market`: commands for makers, voters and buyers, through a server's API and on chain.

use clap::Subcommand;

use super::block_on;
use super::output::Output;
use context::MarketContext;

mod account;
mod balance;
mod browse;
mod buy;
mod context;
mod demo;
mod destination;
mod earnings;
mod get;
mod history;
mod params;
mod poll;
mod propose;
mod sign_in;
mod stakes;
mod support;
mod task;
mod upload;
mod verify;
mod vote;
mod watch;
mod withdraw;

#[derive(clap::Args)]
pub(super) struct MarketArgs {
    #[command(flatten)]
    context: context::MarketContextArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show the market: parameters, contracts, backend
    #[command(after_help = "Example:\n  capi market params --api https://market.example")]
    Params,
    /// Show what bytes, votes and market tokens cost
    #[command(after_help = "Example:\n  capi market price 250000000")]
    Price(params::PriceArgs),
    /// List listings, applications or polls
    #[command(after_help = "Example:\n  capi market ls --tag weather --api https://market.example")]
    Ls(browse::LsArgs),
    /// Show a listing, an application, or another poll
    #[command(after_help = "Example:\n  capi market show 0x6a5f…")]
    Show(browse::ShowArgs),
    /// Offer a file: apply on chain, upload it, and wait until its hash is on chain
    #[command(
        after_help = "Example:\n  capi market upload rain.csv --title Rain --description 'Rain in 2025' --license MIT"
    )]
    Upload(upload::UploadArgs),
    /// Download a preview of a file before voting on it
    #[command(after_help = "Example:\n  capi market preview 0x6a5f… -o look.csv")]
    Preview(get::PreviewArgs),
    /// Vote for or against a candidate
    #[command(after_help = "Example:\n  capi market vote 0x6a5f… --nay")]
    Vote(vote::VoteArgs),
    /// Challenge a listing, so that voters decide whether to remove it
    #[command(after_help = "Example:\n  capi market challenge 0x6a5f… --yes")]
    Challenge(vote::ChallengeArgs),
    /// Propose a new value for a market parameter
    #[command(after_help = "Example:\n  capi market propose cost-per-byte 200000000000")]
    Propose(propose::ProposeArgs),
    /// Resolve a closed poll
    #[command(after_help = "Example:\n  capi market resolve 0x6a5f…")]
    Resolve(vote::ResolveArgs),
    /// Get stakes back from resolved polls
    #[command(after_help = "Example:\n  capi market unstake --all")]
    Unstake(stakes::UnstakeArgs),
    /// Show the earnings of the account's listings
    #[command(after_help = "Example:\n  capi market earnings")]
    Earnings(earnings::EarningsArgs),
    /// Add listings' earnings to their supply
    #[command(after_help = "Example:\n  capi market claim --all")]
    Claim(earnings::ClaimArgs),
    /// Withdraw from a listing, from the reserve, or CET as ETH
    #[command(subcommand)]
    Withdraw(withdraw::WithdrawCommand),
    /// Remove one's own listing from the market
    #[command(after_help = "Example:\n  capi market exit 0x6a5f… --yes")]
    Exit(withdraw::ExitArgs),
    /// Pay CET into the reserve for new market tokens
    #[command(after_help = "Example:\n  capi market support 0.5 --dry-run")]
    Support(support::SupportArgs),
    /// Show an account's balances
    #[command(after_help = "Example:\n  capi market balance 0x90F79bf6EB2c4f870365E785982E1f101E93b906")]
    Balance(balance::BalanceArgs),
    /// Show an account's listings, votes and purchases
    #[command(after_help = "Example:\n  capi market history")]
    History(history::HistoryArgs),
    /// Pay for listings, download and verify them
    #[command(after_help = "Example:\n  capi market buy 0x6a5f… 0x91b2… -o data/ --max-price 0.05")]
    Buy(buy::BuyArgs),
    /// Download a paid listing again
    #[command(after_help = "Example:\n  capi market get 0x6a5f… -o rain.csv")]
    Get(get::GetArgs),
    /// Compare a file with a listing's data hash
    #[command(after_help = "Example:\n  capi market verify rain.csv 0x6a5f…")]
    Verify(verify::VerifyArgs),
    /// Show a task on the server
    #[command(after_help = "Example:\n  capi market task 6f1e… --wait")]
    Task(task::TaskArgs),
    /// Print changes of the market as they happen
    #[command(after_help = "Example:\n  capi market watch --kind poll --json")]
    Watch(watch::WatchArgs),
    /// Sign in and print the access token, for other clients such as curl
    #[command(after_help = "Example:\n  TOKEN=$(capi market sign-in)")]
    SignIn(sign_in::SignInArgs),
    /// Sell and buy a file on a running development market, step by step
    #[command(after_help = "Example:\n  capi market demo README.md")]
    Demo(demo::DemoArgs),
}

pub(super) fn run(args: MarketArgs, output: Output) -> anyhow::Result<()> {
    let market = MarketContext::open(&args.context)?;
    block_on(run_command(args.command, &market, output)).map_err(|error| market.explain(error))
}

async fn run_command(command: Command, market: &MarketContext, output: Output) -> anyhow::Result<()> {
    match command {
        Command::Params => params::params(market, output).await,
        Command::Price(args) => params::price(&args, market, output).await,
        Command::Ls(args) => browse::ls(args, market, output).await,
        Command::Show(args) => browse::show(&args, market, output).await,
        Command::Upload(args) => upload::run(args, market, output).await,
        Command::Preview(args) => get::preview(args, market, output).await,
        Command::Vote(args) => vote::vote(args, market, output).await,
        Command::Challenge(args) => vote::challenge(args, market, output).await,
        Command::Propose(args) => propose::run(args, market, output).await,
        Command::Resolve(args) => vote::resolve(args, market, output).await,
        Command::Unstake(args) => stakes::run(args, market, output).await,
        Command::Earnings(args) => earnings::show(args, market, output).await,
        Command::Claim(args) => earnings::claim(args, market, output).await,
        Command::Withdraw(command) => withdraw::run(command, market, output).await,
        Command::Exit(args) => withdraw::exit(args, market, output).await,
        Command::Support(args) => support::run(args, market, output).await,
        Command::Balance(args) => balance::run(args, market, output).await,
        Command::History(args) => history::run(args, market, output).await,
        Command::Buy(args) => buy::run(args, market, output).await,
        Command::Get(args) => get::get(args, market, output).await,
        Command::Verify(args) => verify::run(args, market, output).await,
        Command::Task(args) => task::run(args, market, output).await,
        Command::Watch(args) => watch::run(args, market, output).await,
        Command::SignIn(args) => sign_in::run(args, market, output).await,
        Command::Demo(args) => demo::run(args, market, output).await,
    }
}
