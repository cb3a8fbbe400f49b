//! Tickets: parts of links with which a program without the account's token can fetch one file.
//!
//! A ticket stands for its account in one download: of one file, under one delivery hash, for a few minutes, and only
//! while the session that requested it lasts. It is authenticated, so issuing one stores nothing.

use super::super::keys::{self, CodePurpose};
use super::super::{Context, ServiceResult};
use super::{Caller, sessions, tokens, unauthorized};
use crate::domain::{Address, Hash, Timestamp};

/// Separates the parts of a ticket. None of them contains it, and it needs no escaping in URLs.
const SEPARATOR: char = '.';

/// What a ticket is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Download {
    pub delivery: Hash,
    pub listing: Hash,
}

/// A ticket and when it ends.
pub struct Ticket {
    pub text: String,
    pub expires: Timestamp,
}

/// The account that a ticket stands for, and the file it was issued for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Holder {
    pub account: Address,
    pub file: Hash,
}

/// A ticket for the file that has this identity.
pub async fn issue(ctx: &Context, caller: &Caller, download: Download, file: Hash) -> ServiceResult<Ticket> {
    let expires = ctx.now().after(ctx.policy.tokens.ticket_life);
    let parts = [expires.0.to_string(), caller.account.to_string(), caller.session.clone(), file.to_string()];
    let body = parts.join(&SEPARATOR.to_string());
    let code = keys::code(ctx, CodePurpose::Ticket, &message(ctx, download, &body)).await?;
    Ok(Ticket { text: format!("{body}{SEPARATOR}{code}"), expires })
}

/// The holder of a ticket, if it is authentic, for this download, and currently valid.
pub async fn holder(ctx: &Context, ticket: &str, download: Download) -> ServiceResult<Holder> {
    let (holder, session) = read(ctx, ticket, download).await?;
    sessions::require_open(ctx, holder.account, &session).await?;
    Ok(holder)
}

/// The account that an authentic ticket stands for, unless its session is known to have ended. Does not look it up.
pub async fn claimed_holder(ctx: &Context, ticket: &str, download: Download) -> ServiceResult<Address> {
    let (holder, session) = read(ctx, ticket, download).await?;
    if ctx.verified_tokens.has_ended(&session) {
        return Err(sessions::ended());
    }
    Ok(holder.account)
}

async fn read(ctx: &Context, ticket: &str, download: Download) -> ServiceResult<(Holder, String)> {
    let refused = || unauthorized("ticket: this server did not issue it for this download");
    let (body, code) = ticket.rsplit_once(SEPARATOR).ok_or_else(refused)?;
    if !keys::is_authentic(ctx, CodePurpose::Ticket, &message(ctx, download, body), code).await? {
        return Err(refused());
    }
    let parts: Vec<&str> = body.split(SEPARATOR).collect();
    let [expires, account, session, file] = parts.as_slice() else { return Err(refused()) };
    let expires = expires.parse().map(Timestamp).map_err(|_| refused())?;
    if expires <= ctx.now() {
        return Err(unauthorized("ticket: expired; ask for a new one"));
    }
    let account = Address::parse(account).map_err(|_| refused())?;
    let file = Hash::parse(file).map_err(|_| refused())?;
    Ok((Holder { account, file }, (*session).to_owned()))
}

/// The text that a ticket's code authenticates: the server and its stack, as for tokens, then the ticket's purpose.
fn message(ctx: &Context, download: Download, body: &str) -> String {
    let Download { delivery, listing } = download;
    format!("{}\n{}\n{delivery}\n{listing}\n{body}", tokens::issuer(ctx), tokens::audience(ctx))
}
