//! Requests from pages of other origins. All of them may use this API, because browsers never send its tokens by
//! themselves.

use std::rc::Rc;

use actix_cors::Cors;
use actix_web::Error;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use futures_util::future::{Either, FutureExt, LocalBoxFuture, Map};

/// How long a browser may cache a preflight response, in seconds.
const PREFLIGHT_MAX_AGE: usize = 24 * 60 * 60;

/// The additional headers that browsers may expose to pages of other origins.
const EXPOSED_HEADERS: [&str; 23] = [
    "Content-Disposition",
    "Filename",
    "Content-Range",
    "Content-Length",
    "ETag",
    "Accept-Ranges",
    "Location",
    "Repr-Digest",
    "X-Request-Id",
    "WWW-Authenticate",
    "Retry-After",
    "RateLimit",
    "RateLimit-Policy",
    "Allow",
    "Tus-Resumable",
    "Tus-Version",
    "Tus-Extension",
    "Tus-Checksum-Algorithm",
    "Tus-Max-Size",
    "Upload-Offset",
    "Upload-Length",
    "Upload-Expires",
    "Capi-Task-Id",
];

type Response<B> = ServiceResponse<EitherBody<B>>;
type Outcome<B> = Result<ServiceResponse<B>, Error>;

/// Lets requests with an `Origin` pass through the CORS library. All others pass by it, because its headers are more
/// than half of a small response.
pub(super) struct CrossOrigin;

pub(super) struct CrossOriginService<S, C> {
    service: Rc<S>,
    /// The same service behind the library.
    cors: C,
}

impl<S, B> Transform<S, ServiceRequest> for CrossOrigin
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = Response<B>;
    type Error = Error;
    type InitError = ();
    type Transform = CrossOriginService<S, <Cors as Transform<Rc<S>, ServiceRequest>>::Transform>;
    type Future = LocalBoxFuture<'static, Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let service = Rc::new(service);
        let cors = cors().new_transform(service.clone());
        Box::pin(async move { Ok(CrossOriginService { service, cors: cors.await? }) })
    }
}

impl<S, C, B> Service<ServiceRequest> for CrossOriginService<S, C>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    C: Service<ServiceRequest, Response = Response<B>, Error = Error>,
{
    type Response = Response<B>;
    type Error = Error;
    type Future = Either<C::Future, Map<S::Future, fn(Outcome<B>) -> Outcome<EitherBody<B>>>>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        if request.headers().contains_key(header::ORIGIN) {
            Either::Left(self.cors.call(request))
        } else {
            Either::Right(self.service.call(request).map(without_origin))
        }
    }
}

fn without_origin<B>(outcome: Outcome<B>) -> Outcome<EitherBody<B>> {
    let mut response = outcome?;
    vary(response.headers_mut());
    Ok(response.map_into_left_body())
}

/// Tells caches that a request with an origin gets other headers.
pub(super) fn vary(headers: &mut HeaderMap) {
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
}

fn cors() -> Cors {
    Cors::default()
        .allow_any_origin()
        .send_wildcard()
        .allow_any_method()
        .allow_any_header()
        .expose_headers(EXPOSED_HEADERS)
        .max_age(PREFLIGHT_MAX_AGE)
}
