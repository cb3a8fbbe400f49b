//! The command line. Each command is a module with its `Args` and a `run`.

use std::error::Error;
use std::future::Future;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::SettingsError;

mod admin;
mod config;
mod dev;
mod health;
mod market;
mod output;
mod progress;
mod serve;
mod surroundings;

#[derive(Parser)]
#[command(name = "capi", version, about, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API of a market that exists
    Serve(serve::Args),
    /// Ask a server whether it serves
    Health(health::Args),
    /// Bring up a complete market on this machine, for development, and serve it
    Dev(dev::Args),
    /// Register this server with the market, and see how it stands
    Admin(admin::Args),
    /// List, vote, buy: what a market's makers, voters and buyers do
    Market(Box<market::Args>),
    /// Show and check the settings
    Config(config::Args),
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve(args) => serve::run(args),
        Command::Health(args) => health::run(args),
        Command::Dev(args) => dev::run(args),
        Command::Admin(args) => admin::run(args),
        Command::Market(args) => market::run(*args),
        Command::Config(args) => config::run(args),
    }
}

/// Runs the command that the process was started with. Exit codes: 0 done, 2 wrong usage or settings, 1 any other
/// failure, which is told in one line on the standard error output.
pub fn main() -> ExitCode {
    let Cli { command } = Cli::parse();
    match run(command) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever was reading has seen enough.
        Err(error) if error.is::<output::Closed>() => ExitCode::SUCCESS,
        Err(error) => {
            output::error_line(&one_line(&error));
            exit_code(&error)
        }
    }
}

/// An error with its causes. A cause that its error has told already is not told again.
fn one_line(error: &anyhow::Error) -> String {
    let mut line = String::new();
    for cause in error.chain() {
        let text = cause.to_string();
        if !line.contains(&text) {
            line += if line.is_empty() { "" } else { ": " };
            line += &text;
        }
    }
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn exit_code(error: &anyhow::Error) -> ExitCode {
    let about_settings = |cause: &(dyn Error + 'static)| cause.is::<SettingsError>();
    if error.chain().any(about_settings) { ExitCode::from(2) } else { ExitCode::from(1) }
}

/// Runs a command that waits for something.
fn block_on<T>(future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(future)
}
