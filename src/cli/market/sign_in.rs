//! `capi market sign-in`: tokens for use with other clients, such as curl.

use serde::Serialize;

use super::account::AccountArgs;
use super::context::MarketContext;
use crate::cli::output::{Output, print};
use crate::client::dev::Role;
use crate::domain::Address;

#[derive(clap::Args)]
pub(super) struct SignInArgs {
    #[command(flatten)]
    account: AccountArgs,
}

#[derive(Serialize)]
struct SignedIn<'a> {
    account: Address,
    access_token: &'a str,
    refresh_token: &'a str,
}

/// Prints only the access token, for use in shell scripts.
pub(super) async fn run(args: SignInArgs, market: &MarketContext, output: Output) -> anyhow::Result<()> {
    let party = market.party(&args.account, Role::Buyer)?;
    let tokens = party.sign_in().await?;
    if !output.json {
        return print(&tokens.access_token);
    }
    let (access_token, refresh_token) = (&tokens.access_token, &tokens.refresh_token);
    output.json(&SignedIn { account: party.address(), access_token, refresh_token })
}
