//! Sign-in nonces. They carry their own proof of origin, so handing one out stores nothing; spending one does.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::super::Context;
use crate::domain::{Hash, Timestamp};
use crate::store::metadata::typed;
use crate::store::metadata::{Key, Write};

const LIFE: Duration = Duration::from_secs(5 * 60);
/// Hex digits of the time of issue, of the random part, and of the proof.
const TIME: usize = 12;
const RANDOM: usize = 32;

/// A fresh nonce: letters and digits only, as EIP-4361 wants it.
pub(super) fn issue(ctx: &Context) -> String {
    let body = format!("{:0TIME$x}{}", ctx.now().0, hex::encode(ctx.clock.random()));
    let proof = prove(&ctx.policy.tokens.key, &body);
    format!("{body}{proof}")
}

/// The write that spends a nonce; `None` for one that is not ours or too old.
pub(super) fn spend(ctx: &Context, nonce: &str) -> Option<Write> {
    let (body, proof) = nonce.split_at_checked(TIME + RANDOM)?;
    let tokens = &ctx.policy.tokens;
    let mut keys = [Some(&tokens.key), tokens.previous_key.as_ref()].into_iter().flatten();
    // Compared as hashes: the time it takes tells nothing of the proof.
    if !keys.any(|key| Hash::keccak(prove(key, body)) == Hash::keccak(proof)) {
        return None;
    }
    let issued = Timestamp(u64::from_str_radix(&body[..TIME], 16).ok()?);
    if ctx.now().since(issued) >= LIFE || issued > ctx.now().after(LIFE) {
        return None;
    }
    // Kept until the nonce would be too old anyhow.
    let forgotten = ctx.now().after(LIFE * 2);
    Some(typed::create(Key::new("spent-nonces", nonce), &(), None, Some(forgotten)))
}

fn prove(key: &SecretString, body: &str) -> String {
    let proof = Hash::keccak(format!("{}\nsign-in nonce\n{body}", key.expose_secret()));
    hex::encode(&proof.bytes()[..16])
}
