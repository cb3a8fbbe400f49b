//! Authentication: sign-in by an account's signature, and the tokens issued for it.
//!
//! ```text
//! nonce ──signed message, nonce unspent──▶ access + refresh token ──refresh token, unspent──▶ the next pair
//!                                                       └──a spent refresh token, or revoked──▶ the session ends
//! ```

#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod message;
mod nonces;
mod sessions;
pub mod tickets;
mod tokens;

pub use nonces::BurntNonces;
use serde_json::json;
use sessions::Session;
pub use tokens::VerifiedTokens;
use tokens::{Issued, TokenType};

use super::{Context, ServiceError, ServiceResult, audit, strangers};
use crate::chain::signature;
use crate::domain::Address;
use crate::store::metadata::Write;

/// What a client sends to sign in.
#[derive(Clone, Debug)]
pub struct SignIn {
    pub message: String,
    /// In hex: 65 bytes for accounts with a key, any bytes for contract wallets.
    pub signature: String,
    /// The account's address.
    pub public_key: Address,
}

/// An account in one of its sessions.
#[derive(Clone, Debug)]
pub struct Caller {
    pub account: Address,
    pub session: String,
}

/// The holder of an access token that this server signed. The session may have ended.
#[derive(Clone, Debug)]
pub struct Claimed(Caller);

impl Claimed {
    pub fn account(&self) -> Address {
        self.0.account
    }
}

/// The tokens of one sign-in or refresh.
#[derive(Clone, Debug)]
pub struct TokenPair {
    pub access_token: String,
    pub refresh_token: String,
}

/// A nonce for a sign-in message, valid for one sign-in within five minutes.
pub async fn nonce(ctx: &Context) -> ServiceResult<String> {
    nonces::issue(ctx).await
}

/// Checks the message, then the signature, then spends the nonce or the text.
pub async fn sign_in(ctx: &Context, sign_in: &SignIn) -> ServiceResult<TokenPair> {
    let outcome = check_and_begin(ctx, sign_in).await;
    audit::count("sign-in", &outcome);
    outcome
}

async fn check_and_begin(ctx: &Context, sign_in: &SignIn) -> ServiceResult<TokenPair> {
    let accepted = message::check(ctx, &sign_in.message, sign_in.public_key).await?;
    let attempt = accepted.nonce.as_deref().map(|nonce| nonces::attempt(ctx, nonce)).transpose()?;
    let outcome = begin(ctx, sign_in, accepted.spent).await;
    if let (Some(attempt), Err(error)) = (attempt, &outcome)
        && !matches!(error, ServiceError::Unauthorized(_))
    {
        attempt.take_back(ctx);
    }
    outcome
}

async fn begin(ctx: &Context, sign_in: &SignIn, spent: Write) -> ServiceResult<TokenPair> {
    let account = sign_in.public_key;
    require_signature(ctx, sign_in).await?;
    let life = strangers::admit(ctx, account, ctx.policy.tokens.refresh_life)?;
    let (session, expires) = (tokens::random_id(ctx), ctx.now().after(life));
    let Issued { pair, refresh_id } = tokens::issue(ctx, account, &session, expires)?;
    let begun = Session { id: session.clone(), unspent: refresh_id, expires };
    sessions::begin(ctx, account, begun, spent).await?;
    ctx.audit.granted(ctx.now(), account, "sign-in", json!({ "session": session }));
    Ok(pair)
}

/// Exchanges a refresh token, once, for the next pair of tokens of the same account. A spent token ends the session.
pub async fn refresh(ctx: &Context, refresh_token: &str) -> ServiceResult<TokenPair> {
    let shown = tokens::read(ctx, refresh_token, Some(TokenType::Refresh))?;
    let life = strangers::retention(ctx, shown.identity, ctx.policy.tokens.refresh_life)?;
    let expires = ctx.now().after(life);
    let Issued { pair, refresh_id } = tokens::issue(ctx, shown.identity, &shown.family, expires)?;
    let continued = Session { id: shown.family.clone(), unspent: refresh_id, expires };
    sessions::continue_as(ctx, shown.identity, continued, &shown.jti).await?;
    Ok(pair)
}

/// Ends the session that a token of either type belongs to, or every session of its account.
pub async fn revoke(ctx: &Context, token: &str, everywhere: bool) -> ServiceResult<()> {
    let shown = tokens::read(ctx, token, None)?;
    sessions::require_open(ctx, shown.identity, &shown.family).await?;
    let session = (!everywhere).then_some(shown.family.as_str());
    sessions::end(ctx, shown.identity, session).await?;
    let facts = json!({ "session": shown.family, "everywhere": everywhere });
    ctx.audit.granted(ctx.now(), shown.identity, "sign-out", facts);
    Ok(())
}

/// Who an access token was issued to, judged by its signature alone; the session is not checked.
pub fn claimed(ctx: &Context, access_token: &str) -> ServiceResult<Claimed> {
    let shown = tokens::read(ctx, access_token, Some(TokenType::Access))?;
    if ctx.verified_tokens.has_ended(&shown.family) {
        return Err(sessions::ended());
    }
    Ok(Claimed(Caller { account: shown.identity, session: shown.family.clone() }))
}

/// Who an access token was issued to, if its session still exists.
pub async fn caller(ctx: &Context, Claimed(caller): Claimed) -> ServiceResult<Caller> {
    sessions::require_open(ctx, caller.account, &caller.session).await?;
    Ok(caller)
}

/// Accounts with a key sign with it (EIP-191); a contract wallet confirms the signature itself (ERC-1271).
async fn require_signature(ctx: &Context, sign_in: &SignIn) -> ServiceResult<()> {
    let refused = || unauthorized("the signature is not that of public_key over this message");
    if signature::recover(&sign_in.message, &sign_in.signature) == Some(sign_in.public_key) {
        return Ok(());
    }
    let digits = sign_in.signature.strip_prefix("0x").unwrap_or(&sign_in.signature);
    let bytes = hex::decode(digits).map_err(|_| unauthorized("signature: expected hex digits"))?;
    let digest = signature::digest(&sign_in.message);
    match ctx.chain.is_valid_signature(sign_in.public_key, digest, &bytes).await? {
        true => Ok(()),
        false => Err(refused()),
    }
}

fn unauthorized(sentence: &str) -> ServiceError {
    ServiceError::Unauthorized(sentence.to_owned())
}
