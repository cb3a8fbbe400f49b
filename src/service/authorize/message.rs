//! The messages that sign an account in.

use std::time::Duration;

use siwe::Message;

use super::super::{Context, ServiceResult};
use super::{nonces, unauthorized};
use crate::domain::{Address, Hash, Timestamp};
use crate::store::metadata::typed;
use crate::store::metadata::{Key, Write};

/// The tolerance for times in a message, because clocks differ.
const TOLERANCE: Duration = Duration::from_secs(5 * 60);
/// The prefix of the messages of 2019; milliseconds follow.
const LEGACY_PREFIX: &str = "timestamp: ";

/// A message that is valid for signing in here and now.
pub(super) struct Accepted {
    /// Prevents its reuse.
    pub spent: Write,
    /// The message's nonce; messages of 2019 have none.
    pub nonce: Option<String>,
}

/// Checks that `message` is valid for signing `account` in here and now.
pub(super) async fn check(ctx: &Context, message: &str, account: Address) -> ServiceResult<Accepted> {
    match message.strip_prefix(LEGACY_PREFIX) {
        Some(stamp) if ctx.policy.legacy_login => legacy(ctx, message, stamp, account),
        _ => {
            let (scheme, rest) = split_scheme(message);
            if scheme.is_some_and(|scheme| !scheme_fits(ctx, scheme)) {
                return Err(unauthorized("message: its scheme must be https"));
            }
            if !has_blank_lines(rest) {
                return Err(unauthorized(
                    "message: an EIP-4361 message has blank lines around its statement",
                ));
            }
            match rest.parse::<Message>() {
                Ok(parsed) => sign_in_with_ethereum(ctx, &parsed, account).await,
                Err(error) => {
                    Err(unauthorized(&format!("message: not a Sign-In with Ethereum message: {error}")))
                }
            }
        }
    }
}

/// The scheme that EIP-4361 allows before the domain, and the rest of the message. The library does not know it.
fn split_scheme(message: &str) -> (Option<&str>, &str) {
    let is_scheme = |text: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.bytes().all(allowed)
    };
    match message.split_once("://") {
        Some((scheme, rest)) if is_scheme(scheme) => (Some(scheme), rest),
        _ => (None, message),
    }
}

/// Whether the lines before and after the statement are blank, or both if there is none. The library does not look at them,
/// and a wallet may show a message with others as a plain text, without a warning of another domain.
fn has_blank_lines(message: &str) -> bool {
    let lines: Vec<&str> = message.split('\n').collect();
    lines.get(2) == Some(&"") && lines.get(3..5).is_some_and(|lines| lines.contains(&""))
}

async fn sign_in_with_ethereum(
    ctx: &Context,
    message: &Message,
    account: Address,
) -> ServiceResult<Accepted> {
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
    let spent = nonces::spend(ctx, &message.nonce).await?;
    let spent =
        spent.ok_or_else(|| unauthorized("message: its nonce is unknown, already used, or too old"))?;
    Ok(Accepted { spent, nonce: Some(message.nonce.clone()) })
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

/// The message of 2019, `timestamp: <ms>`, within five minutes of now. The text signs in once, whatever its signature,
/// because a signature can be encoded in more than one way.
fn legacy(ctx: &Context, message: &str, stamp: &str, account: Address) -> ServiceResult<Accepted> {
    let digits = !stamp.is_empty() && stamp.bytes().all(|byte| byte.is_ascii_digit());
    let signed = stamp.parse().ok().filter(|_| digits).map(Timestamp);
    let signed = signed.ok_or_else(|| unauthorized("message: expected milliseconds after `timestamp: `"))?;
    if ctx.now().since(signed) > TOLERANCE || signed.since(ctx.now()) > TOLERANCE {
        return Err(unauthorized("message: its timestamp differs by more than 5 minutes"));
    }
    // By then, the timestamp alone prevents its reuse.
    let forgotten = signed.after(TOLERANCE * 2);
    let key = Key::new("spent-messages", format!("{account}/{}", Hash::keccak(message)));
    Ok(Accepted { spent: typed::create(key, &(), None, Some(forgotten)), nonce: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_may_begin_with_a_scheme() {
        for (message, scheme, rest) in [
            ("https://a.example wants", Some("https"), "a.example wants"),
            ("a.example wants\n\nURI: https://a.example", None, "a.example wants\n\nURI: https://a.example"),
            ("://a.example wants", None, "://a.example wants"),
            ("1a://a.example wants", None, "1a://a.example wants"),
            ("", None, ""),
        ] {
            assert_eq!(split_scheme(message), (scheme, rest));
        }
    }
}
