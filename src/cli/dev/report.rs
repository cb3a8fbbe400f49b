//! What there is to know about a market that is up.

use serde::Serialize;

use super::place::{Kept, Place};
use crate::cli::output::Report;
use crate::client::dev::Role;
use crate::domain::{Address, Contracts};

#[derive(Serialize)]
struct Market<'a> {
    api: &'a str,
    node: &'a str,
    contracts: &'a Contracts,
    accounts: Vec<Account>,
    env: String,
}

#[derive(Serialize)]
struct Account {
    name: &'static str,
    address: Address,
    /// Well known: for development only.
    key: &'static str,
}

pub(super) fn market(kept: &Kept, place: &Place, report: Report) -> anyhow::Result<()> {
    let market = Market {
        api: kept.api.as_str().trim_end_matches('/'),
        node: kept.node.as_str().trim_end_matches('/'),
        contracts: &kept.contracts,
        accounts: accounts(),
        env: place.environment().to_string_lossy().into_owned(),
    };
    report.say(&text(&market))?;
    report.line(&market)
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
    let Market { api, node, env, .. } = market;
    format!(
        "
A data market is up on this machine. Ctrl-C ends it; the next `capi dev` continues it.

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
Try it from another terminal:
  capi market upload FILE --title Weather --description \"Rain in 2025\" --license MIT
  capi market vote HASH
  capi dev pass-time 101
  capi market resolve HASH
  capi market ls
  capi market buy HASH -o copy
or all of it at once: make demo FILE=README.md
Settings for a server or client of your own: set -a; . '{env}'
"
    )
}
