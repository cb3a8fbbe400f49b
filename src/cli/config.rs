//! `capi config`: shows the settings, checks whether a server would start, and renders them for a deployment.

use std::collections::BTreeMap;
use std::io::stdin;

use anyhow::Context;
use clap::{Subcommand, ValueEnum};

use super::output::Output;
use super::{block_on, environment, output};
use crate::app;
use crate::config::{self, KeyKeeping, Layers, Line, Settings, SettingsError};
use crate::domain::clock::SystemClock;

#[derive(clap::Args)]
pub(super) struct ConfigArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print every setting with its value and origin; secrets are hidden
    #[command(after_help = "Example:\n  CAPI_STACK=mainnet capi config show")]
    Show,
    /// Check whether a server would start with these settings
    #[command(after_help = "Example:\n  CAPI_STACK=mainnet capi config check")]
    Check,
    /// Print a reference of all settings in Markdown
    #[command(after_help = "Example:\n  capi config reference >settings.md")]
    Reference,
    /// Print a stack's deployment settings, without secrets
    #[command(after_help = "Example:\n  capi config render mainnet --as env")]
    Render(RenderArgs),
}

#[derive(clap::Args)]
struct RenderArgs {
    /// A stack in the stack file
    stack: String,
    /// Output format
    #[arg(long = "as", value_name = "FORM")]
    form: RenderAs,
    /// Read the stack's secret, a JSON object, from standard input; it takes precedence over the stack file
    #[arg(long)]
    secret: bool,
    #[arg(long, env = "CAPI_STACKS_FILE", hide = true)]
    stacks_file: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum RenderAs {
    /// Variable assignments for container engines and systemd
    Env,
    /// The `environment` of a Compose service
    Compose,
    /// The environment file of capi.service, with its secrets as credentials
    Systemd,
    /// Kubernetes objects, for `kubectl apply -f -`
    Kubernetes,
    /// Parameters of cf_stack.yml for the AWS command line
    Cloudformation,
}

pub(super) fn run(args: ConfigArgs, output: Output) -> anyhow::Result<()> {
    match args.command {
        Command::Show => show(output.json),
        Command::Check => check(),
        Command::Reference => output::print(config::reference().trim_end()),
        Command::Render(args) => render(&args),
    }
}

fn render(args: &RenderArgs) -> anyhow::Result<()> {
    let mut layers = Layers::of_stack(&args.stack, args.stacks_file.as_deref())?;
    if args.secret {
        let secret: BTreeMap<String, String> =
            serde_json::from_reader(stdin()).context("the secret is not a JSON object of strings")?;
        layers = layers.with_secret(&secret);
    }
    let format = match args.form {
        RenderAs::Env => config::RenderFormat::Env,
        RenderAs::Compose => config::RenderFormat::Compose,
        RenderAs::Systemd => config::RenderFormat::Systemd,
        RenderAs::Kubernetes => config::RenderFormat::Kubernetes,
        RenderAs::Cloudformation => config::RenderFormat::CloudFormation,
    };
    output::print(config::render(&layers, format)?.trim_end())
}

/// Shows settings even if a server would not start with them, because that is when people look.
fn show(json: bool) -> anyhow::Result<()> {
    let layers = environment::layers()?;
    let layers = environment::with_secret(layers.clone()).unwrap_or_else(|error| {
        output::error_line(&format!("{error:#}"));
        layers
    });
    let lines = config::describe(&layers);
    output::print(&if json { serde_json::to_string_pretty(&lines)? } else { table(&lines) })?;
    if let Err(error) = load(&layers) {
        output::error_line(&format!("a server would not start: {error}"));
    }
    Ok(())
}

fn check() -> anyhow::Result<()> {
    let settings = load(&environment::with_secret(environment::layers()?)?)?;
    block_on(app::backend_account(&settings))?;
    output::print("ok")
}

fn load(layers: &Layers) -> Result<Settings, SettingsError> {
    Settings::load(layers, KeyKeeping::Forget, &SystemClock)
}

fn table(lines: &[Line]) -> String {
    let width =
        |field: fn(&Line) -> &str| lines.iter().map(|line| field(line).chars().count()).max().unwrap_or(0);
    let (variables, values) = (width(|line| &line.variable), width(|line| &line.value));
    let row = |line: &Line| {
        let text = format!("{:variables$}  {:values$}  {}", line.variable, line.value, line.origin);
        text.trim_end().to_owned()
    };
    lines.iter().map(row).collect::<Vec<_>>().join("\n")
}
