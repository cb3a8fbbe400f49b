//! `capi market sign-in`: tokens for use with other clients, such as curl.

use serde::Serialize;

use super::keys::KeyOptions;
use super::place::Market;
use crate::cli::output::{Report, print};
use crate::client::dev::Role;
use crate::domain::Address;

#[derive(clap::Args)]
pub(super) struct SignIn {
    #[command(flatten)]
    key: KeyOptions,
}

#[derive(Serialize)]
struct SignedIn<'a> {
    account: Address,
    access_token: &'a str,
    refresh_token: &'a str,
}

/// Prints the access token alone, so that a shell can take it.
pub(super) async fn run(args: SignIn, market: &Market, report: Report) -> anyhow::Result<()> {
    let party = market.party(&args.key, Role::Buyer)?;
    let tokens = party.sign_in().await?;
    if !report.json {
        return print(&tokens.access_token);
    }
    let (access_token, refresh_token) = (&tokens.access_token, &tokens.refresh_token);
    report.line(&SignedIn { account: party.address(), access_token, refresh_token })
}
