//! `capi config`: what the settings are, whether a server would start with them, and what a deployment needs of them.

use std::collections::BTreeMap;
use std::io::stdin;

use anyhow::Context;
use clap::{Subcommand, ValueEnum};

use super::{output, surroundings};
use crate::config::{self, KeyKeeping, Layers, Line, Settings, SettingsError};
use crate::domain::clock::SystemClock;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print every setting with its value and where that comes from; secrets are not shown
    Show {
        /// Print a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Tell whether a server would start with these settings
    Check,
    /// Print the reference of all settings in Markdown
    Reference,
    /// Print what a deployment of a stack needs, without secrets
    Render(Render),
}

#[derive(clap::Args)]
struct Render {
    /// A stack of the stack file
    stack: String,
    /// What is to read it
    #[arg(long = "as", value_name = "FORM")]
    form: RenderAs,
    /// Read the stack's secret, a JSON object, from the standard input: what it says of settings that are no secrets
    /// replaces what the stack file says
    #[arg(long)]
    secret: bool,
    #[arg(long, env = "CAPI_STACKS_FILE", hide = true)]
    stacks_file: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum RenderAs {
    /// Lines of variables, as container engines and systemd read them
    Env,
    /// The `environment` of a service in a compose file
    Compose,
    /// The parameters of cf_stack.yml, as the AWS command line reads them
    Cloudformation,
}

pub(super) fn run(args: Args) -> anyhow::Result<()> {
    match args.command {
        Command::Show { json } => show(json),
        Command::Check => check(),
        Command::Reference => output::print(config::reference().trim_end()),
        Command::Render(args) => render(&args),
    }
}

fn render(args: &Render) -> anyhow::Result<()> {
    let mut layers = Layers::of_stack(&args.stack, args.stacks_file.as_deref())?;
    if args.secret {
        let secret: BTreeMap<String, String> =
            serde_json::from_reader(stdin()).context("the secret is no JSON object of texts")?;
        layers = layers.with_secret(&secret);
    }
    let form = match args.form {
        RenderAs::Env => config::Form::Env,
        RenderAs::Compose => config::Form::Compose,
        RenderAs::Cloudformation => config::Form::CloudFormation,
    };
    output::print(config::render(&layers, form)?.trim_end())
}

/// Shows settings also when a server would not start with them: that is when they are looked at.
fn show(json: bool) -> anyhow::Result<()> {
    let layers = surroundings::layers([])?;
    let layers = surroundings::with_secret(layers.clone()).unwrap_or_else(|error| {
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
    let settings = load(&surroundings::with_secret(surroundings::layers([])?)?)?;
    for sentence in config::advice(&settings) {
        output::error_line(&format!("warning: {sentence}"));
    }
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
