//! `capi market`: what makers, voters and buyers do, through the API of a server and on the chain.

use clap::Subcommand;

use super::block_on;
use super::output::Report;
use place::Market;

mod browse;
mod buy;
mod demo;
mod keys;
mod place;
mod sign_in;
mod upload;
mod vote;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    place: place::Options,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List a file: apply on chain, upload it, wait until its hash is on chain
    Upload(upload::Upload),
    /// Vote on a candidate
    Vote(vote::Vote),
    /// Carry out what a poll that has closed decided
    Resolve(vote::Resolve),
    /// Show what is listed
    Ls(browse::Ls),
    /// Show a listing or an application
    Show(browse::Show),
    /// Sign in and print the access token, for other clients such as curl
    SignIn(sign_in::SignIn),
    /// Pay for a listing, download it and check it
    Buy(buy::Buy),
    /// Tell the whole story of a file on a running development market
    Demo(demo::Demo),
}

pub(super) fn run(args: Args) -> anyhow::Result<()> {
    let report = Report { json: args.json };
    let market = Market::open(&args.place)?;
    let outcome = block_on(async {
        match args.command {
            Command::Upload(upload) => upload::run(upload, &market, report).await,
            Command::Vote(vote) => vote::vote(vote, &market, report).await,
            Command::Resolve(resolve) => vote::resolve(resolve, &market, report).await,
            Command::Ls(ls) => browse::ls(ls, &market, report).await,
            Command::Show(show) => browse::show(show, &market, report).await,
            Command::SignIn(sign_in) => sign_in::run(sign_in, &market, report).await,
            Command::Buy(buy) => buy::run(buy, &market, report).await,
            Command::Demo(demo) => demo::run(demo, &market, report).await,
        }
    });
    outcome.map_err(|error| market.explain(error))
}
