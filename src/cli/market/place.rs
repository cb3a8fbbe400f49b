//! Which market, through which server.

use std::sync::Arc;

use anyhow::Context;
use url::Url;

use super::keys::{self, KeyOptions};
use crate::cli::surroundings::{Dev, DevDir, Surroundings, server};
use crate::client::dev::{DevMarket, Role};
use crate::client::{Api, Party, Wallet};
use crate::config::ChainSettings;
use crate::domain::clock::SystemClock;

#[derive(clap::Args)]
pub(super) struct Options {
    /// Address of the datatrust server; by default that of the settings
    #[arg(long, global = true, value_name = "URL")]
    api: Option<Url>,
    #[command(flatten)]
    dev: DevDir,
}

/// A market and its server.
pub(super) struct Market {
    pub api: Api,
    settings: ChainSettings,
    dev: Option<Dev>,
}

impl Market {
    pub(super) fn open(options: &Options) -> anyhow::Result<Self> {
        let Surroundings { layers, dev } = options.dev.surroundings()?;
        let base = match &options.api {
            Some(given) => given.clone(),
            None => server(&layers)?,
        };
        let api = Api::open(base, Arc::new(SystemClock))?;
        Ok(Market { api, settings: ChainSettings::from_layers(&layers)?, dev })
    }

    /// The party whose key was chosen; on a development market, the account of that role when none was.
    pub(super) fn party(&self, options: &KeyOptions, role: Role) -> anyhow::Result<Party> {
        self.holder(keys::choose(options, self.dev.is_some().then_some(role))?)
    }

    /// The development account of a role.
    pub(super) fn development_party(&self, role: Role) -> anyhow::Result<Party> {
        self.holder(keys::development(role))
    }

    fn holder(&self, key: keys::Key) -> anyhow::Result<Party> {
        let wallet = Wallet::open(&self.settings, &key.secret).with_context(|| key.origin)?;
        // With a sign-in of its own.
        let api = Api::open(self.api.base().clone(), Arc::new(SystemClock))?;
        Ok(Party::new(api, wallet))
    }

    pub(super) fn dev(&self) -> Option<&DevMarket> {
        self.dev.as_ref().map(|dev| &dev.market)
    }

    /// What an error means here.
    pub(super) fn explain(&self, error: anyhow::Error) -> anyhow::Error {
        Surroundings::explain(self.dev.as_ref(), error)
    }
}
