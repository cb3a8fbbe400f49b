//! JSON Web Tokens (HS256), with the claims that clients of 2019 read.
//!
//! Refresh tokens come in families, one for each sign-in. A family's record names its one unspent token; whoever shows
//! another token of the family shows a spent one, and the family ends.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::super::{Context, ServiceResult};
use super::{TokenPair, unauthorized};
use crate::domain::{Address, Timestamp};
use crate::store::metadata::typed::{self, Versioned};
use crate::store::metadata::{Key, StoreError, Write};

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum TokenType {
    Access,
    Refresh,
}

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iat: u64,
    nbf: u64,
    exp: u64,
    jti: String,
    /// EIP-55 form.
    identity: Address,
    sub: Address,
    fresh: bool,
    #[serde(rename = "type")]
    kind: TokenType,
    /// The sign-in a refresh token descends from.
    #[serde(skip_serializing_if = "Option::is_none")]
    family: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Family {
    /// `jti` of the unspent refresh token.
    unspent: String,
}

/// The first pair of a sign-in, and the write that begins its family.
pub(super) fn first(ctx: &Context, identity: Address) -> ServiceResult<(TokenPair, Write)> {
    let family = random_id(ctx);
    let (pair, unspent) = issue(ctx, identity, &family)?;
    let expires = ctx.now().after(ctx.policy.tokens.refresh_life);
    let write = typed::create(family_key(&family), &Family { unspent }, None, Some(expires));
    Ok((pair, write))
}

/// Spends a refresh token for the next pair. A spent one ends the family.
pub(super) async fn next(ctx: &Context, token: &str) -> ServiceResult<TokenPair> {
    let claims = read(ctx, token, TokenType::Refresh)?;
    let family = claims.family.ok_or_else(|| unauthorized("this refresh token has no family"))?;
    let stored = typed::load::<Family>(&ctx.state, &family_key(&family), ctx.now()).await?;
    let Some(mut stored) = stored else { return Err(unauthorized("this refresh token is revoked")) };
    if stored.value.unspent != claims.jti {
        return Err(revoke(ctx, stored).await);
    }
    let (pair, unspent) = issue(ctx, claims.identity, &family)?;
    stored.value.unspent = unspent;
    let expires = ctx.now().after(ctx.policy.tokens.refresh_life);
    match ctx.state.commit(vec![stored.replace_expiring(expires)], ctx.now()).await {
        Ok(()) => Ok(pair),
        // The same token was spent at the same moment, by whom we cannot know.
        Err(StoreError::Conflict) => match typed::load::<Family>(&ctx.state, &stored.key, ctx.now()).await? {
            Some(stored) => Err(revoke(ctx, stored).await),
            None => Err(unauthorized("this refresh token is revoked")),
        },
        Err(error) => Err(error.into()),
    }
}

/// Ends the family, whoever changes it at the same moment.
async fn revoke(ctx: &Context, mut family: Versioned<Family>) -> super::ServiceError {
    let used = || unauthorized("this refresh token was used before; sign in again");
    loop {
        match ctx.state.commit(vec![family.delete()], ctx.now()).await {
            Ok(()) => return used(),
            Err(StoreError::Conflict) => {}
            Err(error) => return error.into(),
        }
        match typed::load::<Family>(&ctx.state, &family.key, ctx.now()).await {
            Ok(Some(changed)) => family = changed,
            Ok(None) => return used(),
            Err(error) => return error.into(),
        }
    }
}

/// The identity of a valid access token.
pub(super) fn caller(ctx: &Context, token: &str) -> ServiceResult<Address> {
    Ok(read(ctx, token, TokenType::Access)?.identity)
}

fn issue(ctx: &Context, identity: Address, family: &str) -> ServiceResult<(TokenPair, String)> {
    let tokens = &ctx.policy.tokens;
    let now = ctx.now();
    let claims = |kind, expires: Timestamp, family| Claims {
        iat: now.seconds(),
        nbf: now.seconds(),
        exp: expires.seconds(),
        jti: random_id(ctx),
        identity,
        sub: identity,
        fresh: false,
        kind,
        family,
    };
    let access = claims(TokenType::Access, now.after(tokens.access_life), None);
    let refresh = claims(TokenType::Refresh, now.after(tokens.refresh_life), Some(family.to_owned()));
    let pair = TokenPair { access_token: write(ctx, &access)?, refresh_token: write(ctx, &refresh)? };
    Ok((pair, refresh.jti))
}

fn write(ctx: &Context, claims: &Claims) -> ServiceResult<String> {
    let key = EncodingKey::from_secret(ctx.policy.tokens.key.expose_secret().as_bytes());
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &key).map_err(|error| {
        super::ServiceError::Unavailable { what: "tokens cannot be signed", cause: error.to_string() }
    })
}

/// The claims of a token of ours, of that type, valid now.
fn read(ctx: &Context, token: &str, kind: TokenType) -> ServiceResult<Claims> {
    let tokens = &ctx.policy.tokens;
    let claims = decode(&tokens.key, token)
        .or_else(|| decode(tokens.previous_key.as_ref()?, token))
        .ok_or_else(|| unauthorized("the token is not one of this server"))?;
    let now = ctx.now().seconds();
    if claims.exp <= now {
        return Err(unauthorized("the token has expired"));
    }
    if claims.nbf > now {
        return Err(unauthorized("the token is not valid yet"));
    }
    if claims.kind != kind {
        let expected = if kind == TokenType::Access { "an access token" } else { "a refresh token" };
        return Err(unauthorized(&format!("this takes {expected}")));
    }
    Ok(claims)
}

/// Signature and shape only, and HS256 only: times are compared with the clock of the context.
fn decode(key: &SecretString, token: &str) -> Option<Claims> {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.required_spec_claims.clear();
    let key = DecodingKey::from_secret(key.expose_secret().as_bytes());
    jsonwebtoken::decode::<Claims>(token, &key, &validation).ok().map(|token| token.claims)
}

fn random_id(ctx: &Context) -> String {
    uuid::Builder::from_random_bytes(ctx.clock.random()).into_uuid().to_string()
}

fn family_key(family: &str) -> Key {
    Key::new("families", family)
}
