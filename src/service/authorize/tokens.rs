//! JSON Web Tokens (HS256), with the claims that the clients of 2019 read.

use std::sync::Arc;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use moka::sync::Cache;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::super::{Context, ServiceResult};
use super::{TokenPair, unauthorized};
use crate::domain::{Address, Timestamp};

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum TokenType {
    Access,
    Refresh,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Claims {
    /// The server that issued it.
    iss: String,
    /// The stack and chain that it is valid for.
    aud: String,
    iat: u64,
    nbf: u64,
    exp: u64,
    pub jti: String,
    /// EIP-55 form.
    pub identity: Address,
    sub: Address,
    fresh: bool,
    #[serde(rename = "type")]
    kind: TokenType,
    /// The session it belongs to.
    pub family: String,
}

/// The claims of tokens that were verified lately, by the tokens' digests, so that nobody can read the tokens from memory.
pub struct VerifiedTokens {
    valid: Cache<[u8; 32], Arc<Claims>>,
    /// Sessions whose tokens were shown after their end. Those tokens count as none, so that they cannot use up the limits
    /// of their account.
    ended: Cache<String, ()>,
}

const MAX_VERIFIED_TOKENS: u64 = 1_000;
const MAX_ENDED_SESSIONS: u64 = 10_000;

impl Default for VerifiedTokens {
    fn default() -> Self {
        VerifiedTokens { valid: Cache::new(MAX_VERIFIED_TOKENS), ended: Cache::new(MAX_ENDED_SESSIONS) }
    }
}

impl VerifiedTokens {
    /// A session never begins again.
    pub(super) fn note_ended(&self, session: &str) {
        self.ended.insert(session.to_owned(), ());
    }

    pub(super) fn has_ended(&self, session: &str) -> bool {
        self.ended.contains_key(session)
    }
}

/// A pair of tokens, and the id of its refresh token.
pub(super) struct Issued {
    pub pair: TokenPair,
    pub refresh_id: String,
}

/// The next tokens of a session, which ends at `expires`.
pub(super) fn issue(
    ctx: &Context,
    identity: Address,
    session: &str,
    expires: Timestamp,
) -> ServiceResult<Issued> {
    let tokens = &ctx.policy.tokens;
    let now = ctx.now();
    let claims = |kind, expires: Timestamp| Claims {
        iss: issuer(ctx),
        aud: audience(ctx),
        iat: now.seconds(),
        nbf: now.seconds(),
        exp: expires.seconds(),
        jti: random_id(ctx),
        identity,
        sub: identity,
        fresh: false,
        kind,
        family: session.to_owned(),
    };
    let access = claims(TokenType::Access, now.after(tokens.access_life));
    let refresh = claims(TokenType::Refresh, expires);
    let pair = TokenPair { access_token: write(ctx, &access)?, refresh_token: write(ctx, &refresh)? };
    Ok(Issued { pair, refresh_id: refresh.jti })
}

/// The claims of a currently valid token of ours, of the given type if there is one.
pub(super) fn read(ctx: &Context, token: &str, kind: Option<TokenType>) -> ServiceResult<Arc<Claims>> {
    let claims = verified(ctx, token).ok_or_else(|| unauthorized("this server did not issue the token"))?;
    let now = ctx.now().seconds();
    if claims.exp <= now {
        return Err(unauthorized("the token has expired"));
    }
    if claims.nbf > now {
        return Err(unauthorized("the token is not valid yet"));
    }
    match kind {
        Some(kind) if claims.kind != kind => {
            let expected = if kind == TokenType::Access { "an access token" } else { "a refresh token" };
            Err(unauthorized(&format!("expected {expected}")))
        }
        _ => Ok(claims),
    }
}

/// The claims of a token of ours, whether it is valid now or not.
fn verified(ctx: &Context, token: &str) -> Option<Arc<Claims>> {
    let digest = Sha256::digest(token).into();
    if let Some(claims) = ctx.verified_tokens.valid.get(&digest) {
        return Some(claims);
    }
    let tokens = &ctx.policy.tokens;
    let claims = decode(&tokens.key, token)
        .or_else(|| decode(tokens.previous_key.as_ref()?, token))
        .filter(|claims| claims.iss == issuer(ctx) && claims.aud == audience(ctx))
        .map(Arc::new)?;
    ctx.verified_tokens.valid.insert(digest, claims.clone());
    Some(claims)
}

pub(super) fn random_id(ctx: &Context) -> String {
    uuid::Builder::from_random_bytes(ctx.clock.random()).into_uuid().to_string()
}

pub(super) fn issuer(ctx: &Context) -> String {
    ctx.policy.dns_name.clone()
}

pub(super) fn audience(ctx: &Context) -> String {
    format!("capi/{}/{}", ctx.policy.stack, ctx.policy.chain_id)
}

fn write(ctx: &Context, claims: &Claims) -> ServiceResult<String> {
    let key = EncodingKey::from_secret(ctx.policy.tokens.key.expose_secret().as_bytes());
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &key).map_err(|error| {
        super::ServiceError::Unavailable { what: "tokens cannot be signed", cause: error.to_string() }
    })
}

/// Checks signature and shape only, and HS256 only. Times are checked against the context's clock, names against the
/// policy.
pub(super) fn decode(key: &SecretString, token: &str) -> Option<Claims> {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let key = DecodingKey::from_secret(key.expose_secret().as_bytes());
    jsonwebtoken::decode::<Claims>(token, &key, &validation).ok().map(|token| token.claims)
}
