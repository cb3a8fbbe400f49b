//! What the process was started with, and which market it finds around itself.

use std::collections::BTreeMap;
use std::io::{IsTerminal, stderr};
use std::path::{Path, PathBuf};

use url::Url;

use super::dev::Place;
use super::{block_on, output};
use crate::client::dev::DevMarket;
use crate::client::{ChainError, ClientError};
use crate::config::{AccessSettings, LOCAL, Layers, SettingsError, with_stack_secret};

/// The layers of settings of this process, with `changes` in place of what the environment says of the same
/// variables. Warnings about variables that nobody reads go to the standard error output.
pub(super) fn layers(changes: impl IntoIterator<Item = (String, String)>) -> Result<Layers, SettingsError> {
    let mut environment = environment();
    environment.extend(changes);
    warned(environment)
}

/// The same, with `usual` where the environment says nothing.
pub(super) fn layers_over(
    changes: impl IntoIterator<Item = (String, String)>,
    usual: impl IntoIterator<Item = (&'static str, &'static str)>,
) -> Result<Layers, SettingsError> {
    let mut all: BTreeMap<String, String> =
        usual.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    all.extend(environment());
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

/// The same with what the stack's secret says.
pub(super) fn with_secret(layers: Layers) -> anyhow::Result<Layers> {
    block_on(async { Ok(with_stack_secret(layers).await?) })
}

/// Where a development market may be.
#[derive(clap::Args)]
pub(super) struct DevDir {
    /// Where `capi dev` keeps its market, which is used on the stack `local` when no contract address is set
    #[arg(long, env = "CAPI_DEV_DIR", default_value = "./data/dev", value_name = "DIRECTORY")]
    dev_dir: PathBuf,
}

/// The settings of the market to act on, and the development market, if it is one.
pub(super) struct Surroundings {
    pub layers: Layers,
    pub dev: Option<Dev>,
}

/// A development market that was found.
pub(super) struct Dev {
    pub market: DevMarket,
    pub directory: PathBuf,
}

/// Adds to an error that comes from a market out of reach that the market may not be running.
pub(super) fn explain(error: anyhow::Error, directory: &Path) -> anyhow::Error {
    let out_of_reach = |cause: &(dyn std::error::Error + 'static)| {
        matches!(
            cause.downcast_ref(),
            Some(ClientError::Unreachable { .. } | ClientError::Chain(ChainError::Unavailable(_)))
        ) || matches!(cause.downcast_ref(), Some(ChainError::Unavailable(_)))
    };
    if !error.chain().any(out_of_reach) {
        return error;
    }
    error.context(format!("the market in {} does not answer: is `capi dev` running?", directory.display()))
}

impl Surroundings {
    /// What an error means here.
    pub(super) fn explain(dev: Option<&Dev>, error: anyhow::Error) -> anyhow::Error {
        match dev {
            Some(dev) => explain(error, &dev.directory),
            None => error,
        }
    }
}

impl DevDir {
    /// On the stack `local` the settings of a development market stand in for those that are missing, unless the
    /// environment names a market of its own.
    pub(super) fn surroundings(&self) -> anyhow::Result<Surroundings> {
        let environment = environment();
        let given = |name: &str| environment.get(name).is_some_and(|value| !value.trim().is_empty());
        let local = environment.get("CAPI_STACK").is_none_or(|stack| matches!(stack.trim(), "" | LOCAL));
        let other_market = environment.keys().any(|name| name.ends_with("_CONTRACT_ADDRESS") && given(name))
            && !given("CAPI_DEV_DIR");
        let place = Place::at(&self.dev_dir)?;
        let kept = if local && !other_market { place.read()? } else { None };
        let Some(kept) = kept else {
            return Ok(Surroundings { layers: warned(environment)?, dev: None });
        };
        let market = DevMarket::at(kept.node, kept.contracts)?;
        let mut settings = kept.settings;
        settings.extend(environment);
        let dev = Dev { market, directory: place.directory().to_owned() };
        Ok(Surroundings { layers: warned(settings)?, dev: Some(dev) })
    }
}

/// Where the settings say that the server answers, for clients.
pub(super) fn server(layers: &Layers) -> anyhow::Result<Url> {
    let access = AccessSettings::from_layers(layers)?;
    let scheme = if access.insecure_sign_in { "http" } else { "https" };
    Ok(Url::parse(&format!("{scheme}://{}", access.dns_name))?)
}

/// The variables of this process. What is not Unicode is kept with replacement characters, so that it is refused
/// where it is used and nowhere else.
fn environment() -> BTreeMap<String, String> {
    let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect()
}
