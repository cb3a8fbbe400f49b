//! Extractors: the caller of a request, and the hash in its path.

use std::future::{Ready, ready};
use std::net::{IpAddr, Ipv4Addr};

use actix_web::dev::{Payload, RequestHead};
use actix_web::http::header;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use futures_util::future::LocalBoxFuture;

use super::error::HttpError;
use crate::domain::{Address, Hash, ParseError, Source, TrustedProxies};
use crate::service::authorize::{self, Claimed};
use crate::service::{Context, ServiceError, admin};

/// The header in which proxies name the client.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The account authenticated by an access token. Having a `Caller` proves it.
pub(super) struct Caller(pub Address);

impl FromRequest for Caller {
    type Error = HttpError;
    type Future = LocalBoxFuture<'static, Result<Self, HttpError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { caller(&request).await?.map(Caller).ok_or(HttpError::TokenMissing) })
    }
}

/// A caller who is an operator of this server.
pub(super) struct Operator(pub Address);

impl FromRequest for Operator {
    type Error = HttpError;
    type Future = LocalBoxFuture<'static, Result<Self, HttpError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let caller = caller(&request).await?.ok_or(HttpError::TokenMissing)?;
            let asked = format!("{} {}", request.method(), request.path());
            admin::require_operator(context(&request), caller, &asked)?;
            Ok(Operator(caller))
        })
    }
}

/// `A`, and then `B`, so that a caller without permission learns nothing about their input.
pub(super) struct Then<A, B>(pub A, pub B);

impl<A, B> FromRequest for Then<A, B>
where
    A: FromRequest<Error = HttpError> + 'static,
    B: FromRequest<Error = HttpError> + 'static,
{
    type Error = HttpError;
    type Future = LocalBoxFuture<'static, Result<Self, HttpError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let first = A::from_request(&request, &mut Payload::None).await?;
            Ok(Then(first, B::from_request(&request, &mut payload).await?))
        })
    }
}

/// A caller, and the session whose token was sent.
pub(super) struct SignedIn(pub authorize::Caller);

impl FromRequest for SignedIn {
    type Error = HttpError;
    type Future = LocalBoxFuture<'static, Result<Self, HttpError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { signed_in(&request).await?.map(SignedIn).ok_or(HttpError::TokenMissing) })
    }
}

/// A caller who may be anonymous. If there is a token, it must be valid.
pub(super) struct MaybeCaller(pub Option<Address>);

impl FromRequest for MaybeCaller {
    type Error = HttpError;
    type Future = LocalBoxFuture<'static, Result<Self, HttpError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { caller(&request).await.map(MaybeCaller) })
    }
}

/// The network address that the request came from.
pub(super) struct Origin(pub Source);

impl FromRequest for Origin {
    type Error = HttpError;
    type Future = Ready<Result<Self, HttpError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Origin(sender(request).1)))
    }
}

/// The request's token, unverified.
pub(super) struct Bearer(pub String);

impl FromRequest for Bearer {
    type Error = HttpError;
    type Future = Ready<Result<Self, HttpError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(token(request).and_then(|token| token.map(Bearer).ok_or(HttpError::TokenMissing)))
    }
}

/// The hash from the path.
pub(super) struct PathHash(pub Hash);

impl FromRequest for PathHash {
    type Error = HttpError;
    type Future = Ready<Result<Self, HttpError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let text = request.match_info().query("hash");
        ready(Hash::parse(text).map(PathHash).map_err(|error| wrong("hash", &error)))
    }
}

/// The error for an invalid text in the parameter or field `name`.
pub(super) fn wrong(name: &'static str, error: &ParseError) -> HttpError {
    ServiceError::invalid(name, error.0).into()
}

/// The error of `authorize` for a given token.
pub(super) fn refused(error: ServiceError) -> HttpError {
    match error {
        ServiceError::Unauthorized(detail) => HttpError::TokenRefused(detail),
        other => other.into(),
    }
}

async fn caller(request: &HttpRequest) -> Result<Option<Address>, HttpError> {
    Ok(signed_in(request).await?.map(|caller| caller.account))
}

async fn signed_in(request: &HttpRequest) -> Result<Option<authorize::Caller>, HttpError> {
    let Some(claimed) = claimed(request)? else { return Ok(None) };
    authorize::caller(context(request), claimed).await.map(Some).map_err(refused)
}

/// The holder of the request's token. It is verified once for each request.
fn claimed(request: &HttpRequest) -> Result<Option<Claimed>, HttpError> {
    if let Some(claimed) = request.extensions().get::<Claimed>() {
        return Ok(Some(claimed.clone()));
    }
    let Some(token) = token(request)? else { return Ok(None) };
    let claimed = authorize::claimed(context(request), &token).map_err(refused)?;
    request.extensions_mut().insert(claimed.clone());
    Ok(Some(claimed))
}

/// Who sent a request: the account of a token that this server signed, if there is one, and the network address.
pub(super) fn sender(request: &HttpRequest) -> (Option<Address>, Source) {
    let account = claimed(request).ok().flatten().map(|claimed| claimed.account());
    let nobody = TrustedProxies::default();
    let proxies = request.app_data::<web::Data<TrustedProxies>>().map_or(&nobody, |proxies| proxies);
    (account, network(request.head(), proxies))
}

/// The network address that a request came from.
pub(super) fn network(request: &RequestHead, proxies: &TrustedProxies) -> Source {
    let peer = request.peer_addr.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
    let values = request.headers().get_all(FORWARDED_FOR);
    // What is no text is no address, and the hops around it count nevertheless.
    let hops = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    Source::network(proxies.client(peer, hops.map(|hop| str::from_utf8(hop).unwrap_or_default())))
}

#[expect(clippy::expect_used, reason = "the server sets the context before it accepts requests")]
fn context(request: &HttpRequest) -> &Context {
    request.app_data::<web::Data<Context>>().expect("the application has its context")
}

/// The token from `Authorization: Bearer <token>`. Any other form of the header is refused.
fn token(request: &HttpRequest) -> Result<Option<String>, HttpError> {
    let malformed = || HttpError::TokenRefused("Authorization: expected Bearer <token>".into());
    let mut values = request.headers().get_all(header::AUTHORIZATION);
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(malformed());
    }
    let text = value.to_str().map_err(|_| malformed())?;
    match text.trim().split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() => {
            Ok(Some(token.trim().to_owned()))
        }
        _ => Err(malformed()),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn sent(value: &'static str) -> Result<Option<String>, HttpError> {
        token(&TestRequest::default().insert_header((header::AUTHORIZATION, value)).to_http_request())
    }

    #[test]
    fn the_scheme_is_read_in_any_case() {
        for value in ["Bearer abc", "bearer abc", "BEARER  abc "] {
            assert_eq!(sent(value).unwrap().as_deref(), Some("abc"), "{value}");
        }
    }

    #[test]
    fn no_header_is_no_token_and_a_malformed_one_is_refused() {
        assert!(token(&TestRequest::default().to_http_request()).unwrap().is_none());
        for value in ["", "Bearer", "Bearer ", "Basic abc", "abc"] {
            assert!(matches!(sent(value), Err(HttpError::TokenRefused(_))), "{value:?}");
        }
    }
}
