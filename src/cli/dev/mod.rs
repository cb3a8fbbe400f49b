//! `capi dev`: a complete market on this machine, and commands for it while it runs.

use clap::Subcommand;

use super::dev_dir::DevDir;
use super::environment::DevDirArgs;
use super::output::Output;

mod anvil;
mod console;
mod info;
mod seed;
mod tools;
mod up;

#[derive(clap::Args)]
#[command(after_help = "Example:\n  capi dev --fresh")]
pub(super) struct DevArgs {
    #[command(flatten)]
    dev: DevDirArgs,
    #[command(flatten)]
    up: up::UpArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Print the running market's addresses, accounts and first steps
    #[command(after_help = "Example:\n  capi dev info")]
    Info,
    /// Fill the running market with sample listings, an open vote and purchases
    #[command(after_help = "Example:\n  capi dev seed")]
    Seed,
    /// Mine blocks on the running market's chain
    #[command(after_help = "Example:\n  capi dev mine 3000")]
    Mine(tools::MineArgs),
    /// Move the chain's clock forward, for example to close a poll
    #[command(after_help = "Example:\n  capi dev pass-time 2m")]
    PassTime(tools::PassTimeArgs),
    /// Give ETH, CMT and CET to an account
    #[command(after_help = "Example:\n  capi dev drip 0x00000000000000000000000000000000000000aa --cmt 5")]
    Drip(tools::DripArgs),
}

pub(super) fn run(args: DevArgs, output: Output) -> anyhow::Result<()> {
    let dev_dir = DevDir::at(&args.dev.dev_dir)?;
    match args.command {
        None => up::run(args.up, &dev_dir, output),
        Some(Command::Info) => info::run(&dev_dir, output),
        Some(Command::Seed) => seed::run(&dev_dir, output),
        Some(Command::Mine(args)) => tools::mine(args, &dev_dir, output),
        Some(Command::PassTime(args)) => tools::pass_time(args, &dev_dir, output),
        Some(Command::Drip(args)) => tools::drip(args, &dev_dir, output),
    }
}
