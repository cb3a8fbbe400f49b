//! `capi dev info`: addresses, accounts and first steps of a development market.

use serde::Serialize;

use super::tools::saved;
use crate::cli::dev_dir::{DevDir, SavedMarket};
use crate::cli::format;
use crate::cli::output::Output;
use crate::client::dev::Role;
use crate::domain::{Address, Contracts};

#[derive(Serialize)]
struct Market<'a> {
    api: &'a str,
    node: &'a str,
    contracts: &'a Contracts,
    accounts: Vec<Account>,
    /// File with the settings for a server or client of this market.
    env: String,
    dev_dir: String,
}

#[derive(Serialize)]
struct Account {
    name: &'static str,
    address: Address,
    /// Publicly known; for development only.
    key: &'static str,
}

pub(super) fn run(dev_dir: &DevDir, output: Output) -> anyhow::Result<()> {
    show(&saved(dev_dir)?, dev_dir, output)
}

pub(super) fn show(saved: &SavedMarket, dev_dir: &DevDir, output: Output) -> anyhow::Result<()> {
    let market = Market {
        api: saved.api.as_str().trim_end_matches('/'),
        node: saved.node.as_str().trim_end_matches('/'),
        contracts: &saved.contracts,
        accounts: accounts(),
        env: dev_dir.env_file().to_string_lossy().into_owned(),
        dev_dir: dev_dir.path().to_string_lossy().into_owned(),
    };
    output.text(&text(&market))?;
    output.json(&market)
}

fn accounts() -> Vec<Account> {
    let account = |role: Role| {
        let account = role.account();
        Account { name: role.name(), address: account.address(), key: account.well_known_key() }
    };
    Role::ALL.map(account).into()
}

fn text(market: &Market) -> String {
    let Contracts { ether_token, market_token, voting, parameterizer, reserve, datatrust, listing } =
        market.contracts;
    let accounts: String = market
        .accounts
        .iter()
        .map(|account| format!("  {:10} {} {}\n", account.name, account.address, account.key))
        .collect();
    let Market { api, node, env, dev_dir, .. } = market;
    let capi = format::program();
    format!(
        "
A data market runs on this machine until Ctrl-C. The next `{capi} dev` continues it.

  Console    {api}/app
  API        {api}
  API docs   {api}/docs
  Node       {node} (chain 31337)

Contracts
  EtherToken     {ether_token}
  MarketToken    {market_token}
  Voting         {voting}
  Parameterizer  {parameterizer}
  Reserve        {reserve}
  Datatrust      {datatrust}
  Listing        {listing}

Accounts. DEVELOPMENT KEYS: everybody knows them. Never send real money to these accounts.
{accounts}
Try it from another terminal, in this directory:
  {capi} dev seed                      fill the market
  {capi} market ls                     see what is for sale
  {capi} market demo FILE              sell and buy a file of yours, step by step
  {capi} market --help                 everything else
From another directory: export CAPI_DEV_DIR='{dev_dir}'
For a server or client of your own: set -a; . '{env}'
"
    )
}
