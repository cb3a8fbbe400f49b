//! Sign-in nonces. They prove their own origin, so issuing one stores nothing; spending one does.

use std::time::Duration;

use super::super::keys::{self, CodePurpose};
use super::super::{Context, ServiceResult};
use super::unauthorized;
use crate::domain::Timestamp;
use crate::store::metadata::typed;
use crate::store::metadata::{Key, Write};

const NONCE_LIFE: Duration = Duration::from_secs(5 * 60);
/// Hex digits of the time of issue, and of the random part.
const TIME_DIGITS: usize = 12;
const RANDOM_DIGITS: usize = 32;
/// The most nonces remembered because of an attempt.
const MAX_BURNT_NONCES: u64 = 100_000;

/// Nonces with which a sign-in was attempted. Each nonce is valid for one attempt, so that one nonce cannot cause
/// repeated calls to a contract. Each process keeps its own, for as long as a nonce is valid.
pub struct BurntNonces(moka::sync::Cache<String, ()>);

impl Default for BurntNonces {
    fn default() -> Self {
        let burnt = moka::sync::Cache::builder().max_capacity(MAX_BURNT_NONCES).time_to_live(NONCE_LIFE * 2);
        BurntNonces(burnt.build())
    }
}

/// A fresh nonce: letters and digits only, as EIP-4361 requires.
pub(super) async fn issue(ctx: &Context) -> ServiceResult<String> {
    let body = format!("{:0TIME_DIGITS$x}{}", ctx.now().0, hex::encode(ctx.clock.random()));
    let code = keys::code(ctx, CodePurpose::Nonce, &body).await?;
    Ok(format!("{body}{code}"))
}

/// The write that spends a nonce; `None` if it is not ours, too old, or burnt.
pub(super) async fn spend(ctx: &Context, nonce: &str) -> ServiceResult<Option<Write>> {
    let Some((body, code)) = nonce.split_at_checked(TIME_DIGITS + RANDOM_DIGITS) else { return Ok(None) };
    if !keys::is_authentic(ctx, CodePurpose::Nonce, body, code).await?
        || ctx.burnt_nonces.0.contains_key(nonce)
    {
        return Ok(None);
    }
    let Ok(issued) = u64::from_str_radix(&body[..TIME_DIGITS], 16).map(Timestamp) else { return Ok(None) };
    if ctx.now().since(issued) >= NONCE_LIFE || issued > ctx.now().after(NONCE_LIFE) {
        return Ok(None);
    }
    // Kept until the nonce has expired anyway.
    let forgotten = ctx.now().after(NONCE_LIFE * 2);
    Ok(Some(typed::create(Key::new("spent-nonces", nonce), &(), None, Some(forgotten))))
}

/// The one attempt to sign in with a nonce.
pub(super) struct Attempt<'a>(&'a str);

/// Uses up a nonce, before the signature is checked.
pub(super) fn attempt<'a>(ctx: &Context, nonce: &'a str) -> ServiceResult<Attempt<'a>> {
    match ctx.burnt_nonces.0.entry_by_ref(nonce).or_insert(()).is_fresh() {
        true => Ok(Attempt(nonce)),
        false => Err(unauthorized("message: its nonce is already used; get a new one and sign again")),
    }
}

impl Attempt<'_> {
    /// The nonce may be used again, because the attempt failed for another reason than the signature.
    pub(super) fn take_back(self, ctx: &Context) {
        ctx.burnt_nonces.0.invalidate(self.0);
    }
}
