//! Sign-in with an Ethereum account, and tokens.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::error::{HttpResult, Problem};
use super::extract::{Bearer, refused};
use super::json::JsonBody;
use super::parameters::RefreshParams;
use super::query::Query;
use super::schema::address;
use crate::domain::Address;
use crate::service::Context;
use crate::service::authorize::{self, SignIn, TokenPair};

/// Get a nonce for one sign-in
#[utoipa::path(
    get,
    path = "/authorize/nonce",
    tag = "authorize",
    responses(
        (status = 200, body = NonceBody, headers(("Cache-Control" = String))),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn nonce(ctx: web::Data<Context>) -> HttpResult {
    Ok(secret(&NonceBody { nonce: authorize::nonce(&ctx).await? }))
}

/// Sign in with a signed message
///
/// The message follows EIP-4361 and contains a nonce from this server. The account signs it as an EIP-191 personal
/// message; a contract wallet signs as defined in ERC-1271.
#[utoipa::path(
    post,
    path = "/authorize/",
    tag = "authorize",
    request_body = SignInBody,
    responses(
        (status = 200, body = TokensBody, headers(("Cache-Control" = String))),
        (status = 400, response = Problem),
        (status = 401, response = Problem),
        (status = 413, response = Problem),
        (status = 415, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn sign_in(ctx: web::Data<Context>, body: JsonBody<SignInBody>) -> HttpResult {
    let SignInBody { message, signature, public_key } = body.0;
    let sign_in = SignIn { message, signature, public_key };
    let tokens = authorize::sign_in(&ctx, &sign_in).await?;
    Ok(secret(&TokensBody::new("signed in", tokens)))
}

/// Exchange a refresh token for new tokens
///
/// Each refresh token works once. Reusing one revokes all tokens that came from it.
#[utoipa::path(
    get,
    path = "/authorize/",
    tag = "authorize",
    params(RefreshParams),
    security(("refresh_token" = [])),
    responses(
        (status = 200, body = TokensBody, headers(("Cache-Control" = String))),
        (status = 400, response = Problem),
        (status = 401, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn refresh(ctx: web::Data<Context>, _: Query<RefreshParams>, token: Bearer) -> HttpResult {
    let tokens = authorize::refresh(&ctx, &token.0).await.map_err(refused)?;
    Ok(secret(&TokensBody::new("refreshed", tokens)))
}

/// Sign out
///
/// Ends the session of the access or refresh token, or every session of its account. Every server of the stack then refuses
/// the tokens of that session.
#[utoipa::path(
    post,
    path = "/authorize/revoke",
    tag = "authorize",
    request_body = RevokeBody,
    security(("access_token" = []), ("refresh_token" = [])),
    responses(
        (status = 200, body = Revoked, headers(("Cache-Control" = String))),
        (status = 400, response = Problem),
        (status = 401, response = Problem),
        (status = 408, response = Problem),
        (status = 413, response = Problem),
        (status = 415, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn revoke(ctx: web::Data<Context>, token: Bearer, body: JsonBody<RevokeBody>) -> HttpResult {
    authorize::revoke(&ctx, &token.0, body.0.everywhere.unwrap_or(false)).await.map_err(refused)?;
    Ok(secret(&Revoked { message: "signed out" }))
}

fn secret(body: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(body)
}

#[derive(Serialize, ToSchema)]
pub(super) struct NonceBody {
    nonce: String,
}

/// What to sign out of; only the token's session if the body is `{}`.
#[derive(Deserialize, ToSchema)]
pub(super) struct RevokeBody {
    /// Whether to end every session of the account.
    everywhere: Option<bool>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Revoked {
    message: &'static str,
}

/// A sign-in request.
#[derive(Deserialize, ToSchema)]
pub(super) struct SignInBody {
    /// A Sign-In with Ethereum message (EIP-4361).
    message: String,
    /// 65 bytes in hex, or whatever a contract wallet accepts.
    signature: String,
    /// The account's address.
    #[schema(schema_with = address)]
    public_key: Address,
}

#[derive(Serialize, ToSchema)]
pub(super) struct TokensBody {
    message: &'static str,
    access_token: String,
    refresh_token: String,
}

impl TokensBody {
    fn new(message: &'static str, tokens: TokenPair) -> Self {
        TokensBody { message, access_token: tokens.access_token, refresh_token: tokens.refresh_token }
    }
}
