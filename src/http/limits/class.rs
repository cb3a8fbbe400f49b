//! The limit that a request counts against.

use actix_web::dev::ServiceRequest;
use actix_web::http::Method;

use crate::domain::RequestClass;

const EVENTS: &str = "/events";
const CHECK: &str = "/deliveries/check";

/// The class of a request; `None` for health checks.
pub(super) fn class_of(request: &ServiceRequest) -> Option<RequestClass> {
    // The path as the router decodes it, so that percent-encoding does not change the class.
    classify(request.method(), request.match_info().as_str(), request.query_string())
}

pub(super) fn classify(method: &Method, path: &str, query: &str) -> Option<RequestClass> {
    let path = without_slash(path);
    let post = *method == Method::POST;
    Some(match path {
        _ if is_free(path) => return None,
        "/authorize" | "/authorize/nonce" | "/authorize/revoke" => RequestClass::SignIn,
        "/listings" | "/consent" if post => RequestClass::Write,
        "/uploads" if post => RequestClass::Write,
        "/tasks" if post => RequestClass::Watch,
        "/deliveries" | "/deliveries/tickets" | CHECK => RequestClass::Download,
        EVENTS | "/feed.atom" | "/listings/facets" => RequestClass::Search,
        "/listings" if is_costly(query) => RequestClass::Search,
        _ => match first_segment(path) {
            "previews" => RequestClass::Download,
            "accounts" => RequestClass::Search,
            // An upload has any number of parts, so these count as reads, and as uploads in progress.
            "uploads" if *method == Method::DELETE => RequestClass::Write,
            "candidates" if is_costly(query) && !names_a_candidate(path) => RequestClass::Search,
            _ => RequestClass::Read,
        },
    })
}

/// What goes on for a while, and is therefore limited in number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Lasting {
    Upload,
    Download,
    Stream,
}

impl Lasting {
    pub(super) fn of(class: RequestClass, request: &ServiceRequest) -> Option<Self> {
        lasting(class, request.method(), request.match_info().as_str())
    }
}

fn lasting(class: RequestClass, method: &Method, path: &str) -> Option<Lasting> {
    match class {
        RequestClass::Write => Some(Lasting::Upload),
        RequestClass::Read if *method == Method::PATCH => Some(Lasting::Upload),
        RequestClass::Download if *method == Method::GET && without_slash(path) != CHECK => {
            Some(Lasting::Download)
        }
        RequestClass::Search if without_slash(path) == EVENTS => Some(Lasting::Stream),
        _ => None,
    }
}

/// Every path works with and without a slash at its end.
fn without_slash(path: &str) -> &str {
    path.strip_suffix('/').unwrap_or(path)
}

fn first_segment(path: &str) -> &str {
    path.split('/').nth(1).unwrap_or_default()
}

/// Whether the path continues after the kind.
fn names_a_candidate(path: &str) -> bool {
    path.split('/').nth(3).is_some()
}

/// Whether a path is exempt from limits, because it is a health check.
pub(in super::super) fn is_free(path: &str) -> bool {
    matches!(path, "/health" | "/started" | "/ready")
}

/// Whether a list is searched or requested as a whole.
fn is_costly(query: &str) -> bool {
    let has = |name| url::form_urlencoded::parse(query.as_bytes()).any(|(key, _)| key == name);
    has("q") || has("title") || !has("limit")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_count_by_what_they_cost() {
        let (get, post) = (Method::GET, Method::POST);
        for (method, path, query, expected) in [
            (&get, "/health", "", None),
            (&get, "/health/", "", None),
            (&get, "/ready", "", None),
            (&get, "/authorize/nonce", "", Some(RequestClass::SignIn)),
            (&get, "/authorize", "refresh=true", Some(RequestClass::SignIn)),
            (&get, "/listings", "", Some(RequestClass::Search)),
            (&get, "/listings", "limit=10", Some(RequestClass::Read)),
            (&get, "/listings", "limit=10&%71=cat", Some(RequestClass::Search)),
            (&get, "/listings", "limit=10&title=cat", Some(RequestClass::Search)),
            (&get, "/listings", "limit=10&sort=title", Some(RequestClass::Read)),
            (&get, "/listings/facets", "limit=10", Some(RequestClass::Search)),
            (&get, "/candidates", "", Some(RequestClass::Search)),
            (&get, "/candidates/challenge/", "", Some(RequestClass::Search)),
            (&get, "/candidates/challenge/", "limit=1", Some(RequestClass::Read)),
            (&get, "/candidates/application/0x1", "", Some(RequestClass::Read)),
            (&get, "/listings/0x1", "", Some(RequestClass::Read)),
            (&post, "/listings", "limit=10", Some(RequestClass::Write)),
            (&post, "/consent", "", Some(RequestClass::Write)),
            (&post, "/uploads", "", Some(RequestClass::Write)),
            (&Method::DELETE, "/uploads/7", "", Some(RequestClass::Write)),
            (&Method::PATCH, "/uploads/7", "", Some(RequestClass::Read)),
            (&Method::HEAD, "/uploads/7", "", Some(RequestClass::Read)),
            (&post, "/tasks", "", Some(RequestClass::Watch)),
            (&get, "/feed.atom", "", Some(RequestClass::Search)),
            (&get, "/tasks/7", "", Some(RequestClass::Read)),
            (&get, "/deliveries", "", Some(RequestClass::Download)),
            (&post, "/deliveries/tickets", "", Some(RequestClass::Download)),
            (&get, "/deliveries/check", "", Some(RequestClass::Download)),
            (&get, "/accounts/0x1", "", Some(RequestClass::Search)),
            (&get, "/accounts/0x1/votes/", "limit=10", Some(RequestClass::Search)),
            (&get, "/previews/0x1", "", Some(RequestClass::Download)),
            (&get, "", "", Some(RequestClass::Read)),
        ] {
            assert_eq!(classify(method, path, query), expected, "{method} {path}?{query}");
        }
    }

    #[test]
    fn what_lasts_is_counted_while_it_does() {
        let (get, head, post) = (Method::GET, Method::HEAD, Method::POST);
        for (method, path, expected) in [
            (&post, "/listings/", Some(Lasting::Upload)),
            (&Method::PATCH, "/uploads/7", Some(Lasting::Upload)),
            (&Method::PATCH, "/uploads/7/", Some(Lasting::Upload)),
            (&head, "/uploads/7", None),
            (&get, "/deliveries/", Some(Lasting::Download)),
            (&head, "/deliveries/", None),
            (&get, "/deliveries/check", None),
            (&get, "/previews/0x1", Some(Lasting::Download)),
            (&get, "/events", Some(Lasting::Stream)),
            (&get, "/events/", Some(Lasting::Stream)),
            (&get, "/listings/", None),
            (&get, "/feed.atom", None),
        ] {
            let class = classify(method, path, "").unwrap();
            assert_eq!(lasting(class, method, path), expected, "{method} {path}");
        }
    }
}
