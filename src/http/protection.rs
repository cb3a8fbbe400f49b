//! Security headers, because the server's pages share their origin with the API.

use actix_web::dev::ServiceResponse;
use actix_web::http::header::{self, HeaderName, HeaderValue};

use super::openapi;

/// No API response is a page.
const API_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";
/// The documentation pages use inline styles; everything else of theirs is in files on this server.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Adds the headers. A response with its own policy keeps it.
pub(super) fn protect<B>(response: &mut ServiceResponse<B>) {
    let is_docs = response.request().path().starts_with(openapi::DOCS_PATH);
    let headers = response.headers_mut();
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        let policy = if is_docs { DOCS_POLICY } else { API_POLICY };
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    }
    let others: [(HeaderName, &str); 3] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    for (name, value) in others {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
