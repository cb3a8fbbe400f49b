//! Security headers, because the server's pages share their origin with the API.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// Where the pages of the API's description are.
pub(super) const DOCS_PATH: &str = "/docs/";
/// No API response is a page.
const API_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";
/// The documentation pages use inline styles; everything else of theirs is in files on this server.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The headers of every response of the API that has content of its own.
pub(super) const HEADERS: [(HeaderName, &str); 4] = [
    (header::CONTENT_SECURITY_POLICY, API_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
];

/// Adds the headers to the response for a path. One with its own policy keeps it. Where nothing has changed, those of the
/// response that the client has apply.
pub(super) fn protect(headers: &mut HeaderMap, path: &str, status: StatusCode) {
    if status == StatusCode::NOT_MODIFIED {
        return;
    }
    let is_docs = path.starts_with(DOCS_PATH);
    for (name, value) in HEADERS {
        let is_policy = name == header::CONTENT_SECURITY_POLICY;
        if is_policy && headers.contains_key(&name) {
            continue;
        }
        let value = if is_policy && is_docs { DOCS_POLICY } else { value };
        headers.insert(name, HeaderValue::from_static(value));
    }
}
