//! The command line. Each command is a module with its arguments and a `run`.

use std::future::Future;
use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory, Parser, Subcommand};

mod admin;
mod config;
mod dev;
mod dev_dir;
mod doctor;
mod environment;
mod error;
mod fleet;
mod format;
mod health;
mod key;
mod manual;
mod market;
mod openapi;
mod output;
mod password;
mod phrase;
mod progress;
mod serve;
mod signals;

#[derive(Parser)]
#[command(name = "capi", version = env!("BUILD_VERSION"), about, after_help = error::EXIT_CODES)]
#[command(subcommand_required = true, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    output: output::Output,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API of an existing market
    Serve(serve::ServeArgs),
    /// Check whether a server responds
    Health(health::HealthArgs),
    /// Run a complete market on this machine, for development
    Dev(dev::DevArgs),
    /// Register a server as a market's backend, and manage it
    Admin(admin::AdminArgs),
    /// List, vote, buy: the commands for makers, voters and buyers
    Market(Box<market::MarketArgs>),
    /// Create, import and show encrypted keys
    Key(key::KeyArgs),
    /// Show the servers of all stacks
    Fleet(fleet::FleetArgs),
    /// Try out what a server with these settings needs: nodes, account, stores, disk, clock
    Doctor(doctor::DoctorArgs),
    /// Show and check the settings
    Config(config::ConfigArgs),
    /// Print the API description (OpenAPI 3.1)
    Openapi(openapi::OpenapiArgs),
    /// Print shell completions or manual pages
    #[command(hide = true)]
    Manual(manual::ManualArgs),
}

fn run(command: Command, output: output::Output) -> anyhow::Result<()> {
    match command {
        Command::Serve(args) => serve::run(args),
        Command::Health(args) => health::run(args),
        Command::Dev(args) => dev::run(args, output),
        Command::Admin(args) => admin::run(args, output),
        Command::Market(args) => market::run(*args, output),
        Command::Key(args) => key::run(args, output),
        Command::Fleet(args) => fleet::run(args, output),
        Command::Doctor(args) => doctor::run(args, output),
        Command::Config(args) => config::run(args, output),
        Command::Openapi(args) => openapi::run(args),
        Command::Manual(args) => manual::run(args, Cli::command()),
    }
}

/// Runs the command from the command line. Reports a failure in one line on standard error, and with one of the exit
/// codes in [`error::EXIT_CODES`].
pub fn main() -> ExitCode {
    let Cli { output, command } = Cli::parse();
    match run(command, output) {
        Ok(()) => ExitCode::SUCCESS,
        // The reader has seen enough.
        Err(error) if error.is::<output::Closed>() => ExitCode::SUCCESS,
        Err(error) => {
            output::error_line(&error::describe(&error, output.verbose));
            error::exit_code(&error)
        }
    }
}

/// Checks that the words, the program's name first, are a command line, without running it.
pub fn check(words: &[&str]) -> Result<(), clap::Error> {
    Cli::try_parse_from(words).map(drop)
}

/// How long a process that ends waits for threads whose work nobody waits for. It can be cut off, as by a crash.
const THREADS_TIMEOUT: Duration = Duration::from_secs(2);

/// Runs an asynchronous command.
fn block_on<T>(future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(future);
    runtime.shutdown_timeout(THREADS_TIMEOUT);
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_and_argument_is_described() {
        let mut command = Cli::command();
        command.build();
        assert_described(&command, "capi");
    }

    #[test]
    fn every_example_is_a_command_line() {
        let mut command = Cli::command();
        command.build();
        let examples = examples(&command);
        assert!(examples.len() > 40, "{examples:?}");
        for example in examples {
            let words = words(&example);
            let checked = check(&words.iter().map(String::as_str).collect::<Vec<_>>());
            assert!(checked.is_ok(), "{example}: {checked:?}");
        }
    }

    /// The examples of a command and of those below it.
    fn examples(command: &clap::Command) -> Vec<String> {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let own = help.lines().filter(|line| line.starts_with("  ") && line.contains("capi "));
        own.map(str::to_owned).chain(command.get_subcommands().flat_map(examples)).collect()
    }

    /// The command as a shell would split it, without what stands before it and where its output goes. Shortened hashes
    /// are completed.
    fn words(example: &str) -> Vec<String> {
        let (_, arguments) = example.split_once("capi ").unwrap();
        let mut words = vec!["capi".to_owned()];
        for (position, part) in arguments.trim_end_matches(')').split('\'').enumerate() {
            if position % 2 == 1 {
                words.push(part.to_owned());
                continue;
            }
            for word in part.split_whitespace().take_while(|word| !word.starts_with(['<', '>'])) {
                let hash = word.starts_with("0x") && word.ends_with('…');
                words.push(if hash { format!("0x{}", "1f".repeat(32)) } else { word.to_owned() });
            }
        }
        words
    }

    fn assert_described(command: &clap::Command, path: &str) {
        for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
            let id = argument.get_id();
            assert!(argument.get_help().is_some(), "{path}: {id} has no description");
        }
        let shown = |inner: &&clap::Command| inner.get_name() != "help" && !inner.is_hide_set();
        for inner in command.get_subcommands().filter(shown) {
            let path = format!("{path} {}", inner.get_name());
            assert!(inner.get_about().is_some(), "{path} has no description");
            let leaf = inner.get_subcommands().next().is_none();
            assert!(!leaf || inner.get_after_help().is_some(), "{path} --help has no example");
            assert_described(inner, &path);
        }
    }
}
