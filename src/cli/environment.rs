//! The settings that the process was started with, and the development market that it can use.

use std::collections::BTreeMap;
use std::io::{IsTerminal, stderr};
use std::path::{Path, PathBuf};

use url::Url;

use super::dev_dir::DevDir;
use super::error::{Advice, is_out_of_reach};
use super::{block_on, format, output};
use crate::client::dev::DevMarket;
use crate::config::{AccessSettings, LOCAL, Layers, SettingsError, with_stack_secret};

/// This process's layers of settings. Warnings about unknown variables go to standard error.
pub(super) fn layers() -> Result<Layers, SettingsError> {
    warned(variables())
}

/// The same, with `changes` overriding the environment, and `defaults` for variables that it does not set.
pub(super) fn layers_over(
    changes: impl IntoIterator<Item = (String, String)>,
    defaults: impl IntoIterator<Item = (&'static str, &'static str)>,
) -> Result<Layers, SettingsError> {
    let mut all: BTreeMap<String, String> =
        defaults.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    all.extend(variables());
    all.extend(changes);
    warned(all)
}

fn warned(environment: BTreeMap<String, String>) -> Result<Layers, SettingsError> {
    let layers = Layers::new(environment, stderr().is_terminal())?;
    for warning in layers.warnings() {
        output::error_line(&format!("warning: {warning}"));
    }
    Ok(layers)
}

/// The same with the settings from the stack's secret.
pub(super) fn with_secret(layers: Layers) -> anyhow::Result<Layers> {
    block_on(async { Ok(with_stack_secret(layers).await?) })
}

/// Where to look for a development market.
#[derive(clap::Args)]
pub(super) struct DevDirArgs {
    /// Directory of `capi dev`; its market is used on the stack `local` if no contract address is set
    #[arg(
        long,
        alias = "data-dir",
        global = true,
        env = "CAPI_DEV_DIR",
        default_value = "./data/dev",
        value_name = "DIR"
    )]
    pub dev_dir: PathBuf,
}

/// The settings of the market to use, and the development market if it is one.
pub(super) struct Environment {
    pub layers: Layers,
    pub dev: Option<Dev>,
}

/// A development market that was found.
pub(super) struct Dev {
    pub market: DevMarket,
    pub directory: PathBuf,
}

/// Adds advice to an error from an unreachable market.
pub(super) fn explain(error: anyhow::Error, directory: &Path) -> anyhow::Error {
    if !error.chain().any(is_out_of_reach) {
        return error;
    }
    let (directory, program) = (directory.display(), format::program());
    error
        .context(Advice(format!("the market in {directory} does not respond: start it with `{program} dev`")))
}

impl Environment {
    /// On the stack `local`, a development market provides the missing settings, unless the environment names another
    /// market.
    pub(super) fn find(args: &DevDirArgs) -> anyhow::Result<Self> {
        let variables = variables();
        let given = |name: &str| variables.get(name).is_some_and(|value| !value.trim().is_empty());
        let local = variables.get("CAPI_STACK").is_none_or(|stack| matches!(stack.trim(), "" | LOCAL));
        let other_market = variables.keys().any(|name| name.ends_with("_CONTRACT_ADDRESS") && given(name))
            && !given("CAPI_DEV_DIR");
        let dev_dir = DevDir::at(&args.dev_dir)?;
        let saved = if local && !other_market { dev_dir.read()? } else { None };
        let Some(saved) = saved else {
            return Ok(Environment { layers: warned(variables)?, dev: None });
        };
        let market = DevMarket::at(saved.node, saved.contracts)?;
        let mut settings = saved.settings;
        settings.extend(variables);
        let dev = Dev { market, directory: dev_dir.path().to_owned() };
        Ok(Environment { layers: warned(settings)?, dev: Some(dev) })
    }

    /// Where commands leave notes for later ones: the development market's directory, or else the user's directory for
    /// the state of programs (XDG Base Directory Specification).
    pub(super) fn state_dir(&self) -> Option<PathBuf> {
        if let Some(dev) = &self.dev {
            return Some(dev.directory.clone());
        }
        let set = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let states = set("XDG_STATE_HOME").or_else(|| Some(set("HOME")?.join(".local/state")));
        Some(states?.join("capi"))
    }

    /// What an error means here.
    pub(super) fn explain(&self, error: anyhow::Error) -> anyhow::Error {
        match &self.dev {
            Some(dev) => explain(error, &dev.directory),
            None => error,
        }
    }
}

/// The server's URL for clients, according to the settings.
pub(super) fn server(layers: &Layers) -> anyhow::Result<Url> {
    let access = AccessSettings::from_layers(layers)?;
    let scheme = if access.insecure_sign_in { "http" } else { "https" };
    Ok(Url::parse(&format!("{scheme}://{}", access.dns_name))?)
}

/// This process's variables. Invalid Unicode becomes replacement characters, so that it is refused only where it is
/// used.
fn variables() -> BTreeMap<String, String> {
    let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect()
}
