//! `capi dev`: a complete market on this machine, and what is done to it while it runs.

use clap::Subcommand;

use super::output::Report;

mod anvil;
mod place;
mod report;
mod tools;
mod up;

pub(super) use place::Place;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Where the market is kept between two runs
    #[arg(long, global = true, env = "CAPI_DEV_DIR", default_value = "./data/dev", value_name = "DIRECTORY")]
    data_dir: std::path::PathBuf,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    up: up::Options,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Mine blocks on the running market's chain
    Mine(tools::Mine),
    /// Move the running market's clock forward, for example to close a poll
    PassTime(tools::PassTime),
    /// Give ETH, CMT and CET to an account
    Drip(tools::Drip),
}

pub(super) fn run(args: Args) -> anyhow::Result<()> {
    let place = Place::at(&args.data_dir)?;
    let report = Report { json: args.json };
    match args.command {
        None => up::run(args.up, &place, report),
        Some(Command::Mine(mine)) => tools::mine(mine, &place, report),
        Some(Command::PassTime(pass_time)) => tools::pass_time(pass_time, &place, report),
        Some(Command::Drip(drip)) => tools::drip(drip, &place, report),
    }
}
