//! Who calls: sign-in by an account's signature, and the tokens that follow from it.
//!
//! ```text
//! nonce ──signed message, nonce unspent──▶ access + refresh token ──refresh token, unspent──▶ the next pair
//!                                                       └──a spent refresh token──▶ the family is revoked
//! ```

mod message;
mod nonces;
mod tokens;

use super::{Context, ServiceError, ServiceResult};
use crate::chain::signature;
use crate::domain::Address;
use crate::store::metadata::StoreError;

/// What a client sends to sign in.
#[derive(Clone, Debug)]
pub struct SignIn {
    pub message: String,
    /// 65 bytes of hex for accounts with a key; any bytes for contract wallets.
    pub signature: String,
    /// The account's address.
    pub public_key: Address,
}

/// The tokens of one sign-in or refresh.
#[derive(Clone, Debug)]
pub struct TokenPair {
    pub access_token: String,
    pub refresh_token: String,
}

/// A nonce for a sign-in message: good for one sign-in, for five minutes.
pub fn nonce(ctx: &Context) -> String {
    nonces::issue(ctx)
}

/// Checks the message, then the signature, then spends what makes it unrepeatable.
pub async fn sign_in(ctx: &Context, sign_in: &SignIn) -> ServiceResult<TokenPair> {
    let spent = message::check(ctx, &sign_in.message, sign_in.public_key)?;
    require_signature(ctx, sign_in).await?;
    let (pair, family) = tokens::first(ctx, sign_in.public_key)?;
    match ctx.state.commit(vec![spent, family], ctx.now()).await {
        Ok(()) => Ok(pair),
        Err(StoreError::Conflict) => {
            Err(unauthorized("this sign-in was used already; take a new nonce and sign again"))
        }
        Err(error) => Err(error.into()),
    }
}

/// Exchanges a refresh token, once, for the next pair of the same identity.
pub async fn refresh(ctx: &Context, refresh_token: &str) -> ServiceResult<TokenPair> {
    tokens::next(ctx, refresh_token).await
}

/// The account that an access token was issued to.
pub fn caller(ctx: &Context, access_token: &str) -> ServiceResult<Address> {
    tokens::caller(ctx, access_token)
}

/// An account with a key signs with it (EIP-191); a contract wallet is asked whether it agrees (ERC-1271).
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
