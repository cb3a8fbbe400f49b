//! Which messages sign an account in.

use std::time::Duration;

use siwe::Message;

use super::super::{Context, ServiceResult};
use super::{nonces, unauthorized};
use crate::domain::{Address, Hash, Timestamp};
use crate::store::metadata::typed;
use crate::store::metadata::{Key, Write};

/// The times in a message may be off by that much: clocks differ.
const TOLERANCE: Duration = Duration::from_secs(5 * 60);
/// Every Sign-In with Ethereum message has these words.
const SIGN_IN_PHRASE: &str = " wants you to sign in with your Ethereum account:";

/// Checks that `message` signs `account` in here and now; answers the write that keeps it from doing so again.
pub(super) fn check(ctx: &Context, message: &str, account: Address) -> ServiceResult<Write> {
    match message.parse::<Message>() {
        Ok(parsed) => sign_in_with_ethereum(ctx, &parsed, account),
        // A message for another site, or a broken one, is never taken for a free-form text.
        Err(error) if message.contains(SIGN_IN_PHRASE) || !ctx.policy.legacy_login => {
            Err(unauthorized(&format!("message: not a Sign-In with Ethereum message: {error}")))
        }
        Err(_) => legacy(ctx, message, account),
    }
}

fn sign_in_with_ethereum(ctx: &Context, message: &Message, account: Address) -> ServiceResult<Write> {
    let host = &ctx.policy.dns_name;
    if message.domain.as_str() != host {
        return Err(unauthorized(&format!("message: its domain must be {host}")));
    }
    if message.uri.authority_str() != Some(host) || !scheme_fits(ctx, message.uri.scheme_str()) {
        return Err(unauthorized(&format!("message: its URI must be https on {host}")));
    }
    if Address::new(message.address) != account {
        return Err(unauthorized("message: its address is not public_key"));
    }
    if message.chain_id != ctx.policy.chain_id {
        return Err(unauthorized(&format!("message: its Chain ID must be {}", ctx.policy.chain_id)));
    }
    check_times(ctx, message)?;
    nonces::spend(ctx, &message.nonce)
        .ok_or_else(|| unauthorized("message: its nonce is not one of this server, or too old"))
}

fn scheme_fits(ctx: &Context, scheme: &str) -> bool {
    scheme == "https" || (scheme == "http" && ctx.policy.insecure_sign_in)
}

fn check_times(ctx: &Context, message: &Message) -> ServiceResult<()> {
    let now = ctx.now();
    let time = |stamp: &siwe::TimeStamp| {
        let milliseconds = stamp.as_ref().unix_timestamp_nanos() / 1_000_000;
        Timestamp(u64::try_from(milliseconds).unwrap_or_default())
    };
    if time(&message.issued_at) > now.after(TOLERANCE) {
        return Err(unauthorized("message: it is issued in the future"));
    }
    if message.expiration_time.as_ref().is_some_and(|until| time(until) <= now) {
        return Err(unauthorized("message: it has expired"));
    }
    if message.not_before.as_ref().is_some_and(|from| time(from) > now) {
        return Err(unauthorized("message: it is not valid yet"));
    }
    Ok(())
}

/// A free-form message, as clients of 2019 sign it. What signs in once is the text, not its signature: a signature can
/// be written in more than one way.
fn legacy(ctx: &Context, message: &str, account: Address) -> ServiceResult<Write> {
    let mut forgotten = None;
    if let Some(stamp) = message.strip_prefix("timestamp: ") {
        let signed = stamp.trim().parse().map(Timestamp);
        let signed =
            signed.map_err(|_| unauthorized("message: expected milliseconds after `timestamp: `"))?;
        if ctx.now().since(signed) > TOLERANCE || signed.since(ctx.now()) > TOLERANCE {
            return Err(unauthorized("message: its timestamp is more than 5 minutes off"));
        }
        // By then the time stamp alone keeps it from being used again.
        forgotten = Some(signed.after(TOLERANCE * 2));
    }
    let key = Key::new("spent-messages", format!("{account}/{}", Hash::keccak(message)));
    Ok(typed::create(key, &(), None, forgotten))
}
