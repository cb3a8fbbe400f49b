//! The market to use and its server.

use std::sync::Arc;

use anyhow::Context;
use url::Url;

use super::account::{self, AccountArgs, Key};
use crate::cli::environment::{DevDirArgs, Environment, server};
use crate::cli::error::Usage;
use crate::cli::format;
use crate::cli::output::Output;
use crate::client::dev::{DevMarket, Role};
use crate::client::{Api, MarketView, Party, Wallet};
use crate::config::ChainSettings;
use crate::domain::Address;
use crate::domain::clock::SystemClock;

#[derive(clap::Args)]
pub(super) struct MarketContextArgs {
    /// The server's URL; reading needs nothing else [default: from the settings]
    #[arg(long, global = true, env = "CAPI_API", value_name = "URL")]
    api: Option<Url>,
    #[command(flatten)]
    dev: DevDirArgs,
}

/// A market and its server.
pub(super) struct MarketContext {
    pub api: Api,
    environment: Environment,
}

impl MarketContext {
    pub(super) fn open(args: &MarketContextArgs) -> anyhow::Result<Self> {
        let environment = Environment::find(&args.dev)?;
        let base = match &args.api {
            Some(given) => given.clone(),
            None if environment.dev.is_none() && ChainSettings::from_layers(&environment.layers).is_err() => {
                let program = format::program();
                let advice = format!(
                    "no market: name a server with --api URL, start a market here with `{program} dev`, or set \
                     CAPI_STACK"
                );
                return Err(Usage(advice).into());
            }
            None => server(&environment.layers)?,
        };
        Ok(MarketContext { api: Api::open(base, Arc::new(SystemClock))?, environment })
    }

    /// The party whose key was chosen; without a choice on a development market, the account with that role.
    pub(super) fn party(&self, args: &AccountArgs, role: Role) -> anyhow::Result<Party> {
        self.party_of(&account::choose(args, self.dev().is_some().then_some(role))?)
    }

    /// A development account's party.
    pub(super) fn development_party(&self, role: Role) -> anyhow::Result<Party> {
        self.party_of(&account::development(role))
    }

    fn party_of(&self, key: &Key) -> anyhow::Result<Party> {
        let wallet = Wallet::open(&self.chain()?, &key.secret).with_context(|| key.origin.clone())?;
        // Has its own sign-in.
        let mut api = Api::open(self.api.base().clone(), Arc::new(SystemClock))?;
        if let Some(directory) = self.environment.state_dir() {
            api = api.noting_uploads_in(directory.join("uploads"));
        }
        Ok(Party::new(api, wallet))
    }

    /// The address to show: the given one, else the chosen key's.
    pub(super) fn address(
        &self,
        given: Option<Address>,
        args: &AccountArgs,
        role: Role,
    ) -> anyhow::Result<Address> {
        match given {
            Some(address) => Ok(address),
            None => {
                let key = account::choose(args, self.dev().is_some().then_some(role))?;
                crate::client::address_of(&key.secret).context(key.origin)
            }
        }
    }

    /// The market's state from its contracts. Needs a chain node.
    pub(super) fn view(&self) -> anyhow::Result<MarketView> {
        Ok(MarketView::open(&self.chain()?)?)
    }

    fn chain(&self) -> anyhow::Result<ChainSettings> {
        Ok(ChainSettings::from_layers(&self.environment.layers)?)
    }

    pub(super) fn dev(&self) -> Option<&DevMarket> {
        self.environment.dev.as_ref().map(|dev| &dev.market)
    }

    /// Waits until the server has read a transaction's block, so that the next command sees its effect.
    pub(super) async fn wait(&self, party: &Party, block: u64, output: Output) -> anyhow::Result<()> {
        if !party.wait_for_block(block).await? {
            output.note(&format!(
                "the server has not read block {block} yet: it may still show the previous state"
            ));
        }
        Ok(())
    }

    /// What an error means here.
    pub(super) fn explain(&self, error: anyhow::Error) -> anyhow::Error {
        self.environment.explain(error)
    }
}
