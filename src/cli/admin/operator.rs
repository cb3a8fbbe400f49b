//! The account that asks a server for its own records.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use url::Url;

use super::Backend;
use crate::cli::environment::server;
use crate::cli::key;
use crate::cli::password::PasswordArgs;
use crate::client::{Api, Party, Wallet};
use crate::config::{ChainSettings, KeyKeeping, Layers, Settings};
use crate::domain::clock::SystemClock;

#[derive(clap::Args)]
pub(super) struct OperatorArgs {
    /// The server's URL [default: from the settings]
    #[arg(long, global = true, env = "CAPI_API", value_name = "URL")]
    api: Option<Url>,
    /// File with the key of an account in CAPI_OPERATORS [default: the backend account's key]
    #[arg(long, global = true, value_name = "FILE")]
    key_file: Option<PathBuf>,
    #[command(flatten)]
    password: PasswordArgs,
}

impl OperatorArgs {
    /// The account with its server. An operator needs the settings of the chain alone.
    pub(super) async fn party(&self, layers: &Layers) -> anyhow::Result<Party> {
        let base = match &self.api {
            Some(url) => url.clone(),
            None => server(layers)?,
        };
        let Some(file) = &self.key_file else {
            let settings = Settings::load(layers, KeyKeeping::Forget, &SystemClock)?;
            return Ok(Backend::open(&settings, base).await?.party);
        };
        let key = key::read(file, &self.password)?;
        let wallet = Wallet::open(&ChainSettings::from_layers(layers)?, &key)
            .with_context(|| format!("the key file {}", file.display()))?;
        Ok(Party::new(Api::open(base, Arc::new(SystemClock))?, wallet))
    }
}
