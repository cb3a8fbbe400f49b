//! The limit that a request counts against.

use actix_web::dev::ServiceRequest;
use actix_web::http::Method;

use crate::domain::RequestClass;

/// The class of a request; `None` for health checks.
pub(super) fn class_of(request: &ServiceRequest) -> Option<RequestClass> {
    let pattern = request.match_pattern().unwrap_or_default();
    classify(request.method(), pattern.trim_end_matches('/'), request.query_string())
}

fn classify(method: &Method, pattern: &str, query: &str) -> Option<RequestClass> {
    let post = *method == Method::POST;
    Some(match pattern {
        _ if is_free(pattern) => return None,
        "/authorize" | "/authorize/nonce" | "/authorize/revoke" => RequestClass::SignIn,
        "/listings" | "/consent" if post => RequestClass::Write,
        "/tasks" if post => RequestClass::Watch,
        "/deliveries" | "/deliveries/tickets" | "/previews/{hash}" => RequestClass::Download,
        "/events" | "/feed.atom" => RequestClass::Search,
        "/listings" | "/candidates" | "/candidates/application" | "/candidates/{kind}"
            if is_costly(query) =>
        {
            RequestClass::Search
        }
        _ => RequestClass::Read,
    })
}

/// Whether a path is exempt from limits, because it is a health check.
pub(in super::super) fn is_free(path: &str) -> bool {
    matches!(path, "/health" | "/started" | "/ready")
}

/// Whether a list is searched or requested as a whole.
fn is_costly(query: &str) -> bool {
    let has = |name| url::form_urlencoded::parse(query.as_bytes()).any(|(key, _)| key == name);
    has("q") || !has("limit")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_count_by_what_they_cost() {
        let (get, post) = (Method::GET, Method::POST);
        for (method, pattern, query, expected) in [
            (&get, "/health", "", None),
            (&get, "/ready", "", None),
            (&get, "/authorize/nonce", "", Some(RequestClass::SignIn)),
            (&get, "/authorize", "refresh=true", Some(RequestClass::SignIn)),
            (&get, "/listings", "", Some(RequestClass::Search)),
            (&get, "/listings", "limit=10", Some(RequestClass::Read)),
            (&get, "/listings", "limit=10&%71=cat", Some(RequestClass::Search)),
            (&get, "/candidates/{kind}", "", Some(RequestClass::Search)),
            (&get, "/listings/{hash}", "", Some(RequestClass::Read)),
            (&post, "/listings", "limit=10", Some(RequestClass::Write)),
            (&post, "/consent", "", Some(RequestClass::Write)),
            (&post, "/tasks", "", Some(RequestClass::Watch)),
            (&get, "/feed.atom", "", Some(RequestClass::Search)),
            (&get, "/tasks/{id}", "", Some(RequestClass::Read)),
            (&get, "/deliveries", "", Some(RequestClass::Download)),
            (&post, "/deliveries/tickets", "", Some(RequestClass::Download)),
            (&get, "/previews/{hash}", "", Some(RequestClass::Download)),
            (&get, "", "", Some(RequestClass::Read)),
        ] {
            assert_eq!(classify(method, pattern, query), expected, "{method} {pattern}?{query}");
        }
    }
}
