//! Requests whose response is prepared are answered before they reach the router, because finding the handler and the
//! request's span for the logs would cost more than the rest of the answer. Limits, headers and figures are those of all
//! other requests.

use std::rc::Rc;
use std::sync::Arc;

use actix_web::body::BoxBody;
use actix_web::dev::{Extensions, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::{HttpMessage, web};

use super::answers::{Answer, Answers, FactsVersion, Subject};
use crate::domain::Hash;
use crate::service::Context;
use crate::telemetry::metrics::HttpRoute;

const LISTING: &str = "/listings/";
const APPLICATION: &str = "/candidates/application/";

/// As what these requests are counted, in one worker.
pub(super) struct HotRoutes {
    listing: Rc<Extensions>,
    application: Rc<Extensions>,
}

impl Default for HotRoutes {
    fn default() -> Self {
        let route = |begin: &str| {
            let mut data = Extensions::new();
            data.insert(HttpRoute::new(&format!("{begin}{{hash}}")));
            Rc::new(data)
        };
        HotRoutes { listing: route(LISTING), application: route(APPLICATION) }
    }
}

/// The prepared response to a request.
struct Hot {
    subject: Subject,
    answer: Arc<Answer>,
}

/// Looks for a prepared response, and notes it with the request; returns whether there is one.
pub(super) fn find(request: &ServiceRequest) -> bool {
    let hot = hot(request);
    let is_found = hot.is_some();
    if let Some(hot) = hot {
        request.extensions_mut().insert(hot);
    }
    is_found
}

/// Answers the request if a response was found for it; otherwise gives it back.
pub(super) async fn answer(request: ServiceRequest) -> Result<ServiceResponse<BoxBody>, ServiceRequest> {
    let found = request.extensions_mut().remove::<Hot>();
    match found {
        Some(hot) => Ok(hot.respond(request).await),
        None => Err(request),
    }
}

impl Hot {
    async fn respond(self, mut request: ServiceRequest) -> ServiceResponse<BoxBody> {
        let route = request.app_data::<HotRoutes>().map(|routes| match self.subject {
            Subject::Listing(_) => routes.listing.clone(),
            Subject::Application(_) => routes.application.clone(),
        });
        if let Some(route) = route {
            request.add_data_container(route);
        }
        match self.answer.respond(request.request()).await {
            Ok(response) => request.into_response(response),
            Err(error) => request.error_response(error),
        }
    }
}

fn hot(request: &ServiceRequest) -> Option<Hot> {
    // The path as the router decodes it.
    let subject = subject(request.method(), request.match_info().as_str())?;
    let version = FactsVersion::current(request.app_data::<web::Data<Context>>()?);
    let answer = request.app_data::<web::Data<Answers>>()?.hot(subject, version)?;
    Some(Hot { subject, answer })
}

/// What a request is about, if that may be prepared.
fn subject(method: &Method, path: &str) -> Option<Subject> {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return None;
    }
    let path = path.strip_suffix('/').unwrap_or(path);
    if let Some(hash) = path.strip_prefix(LISTING) {
        return Hash::parse(hash).ok().map(Subject::Listing);
    }
    Hash::parse(path.strip_prefix(APPLICATION)?).ok().map(Subject::Application)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_single_listings_and_applications_are_prepared() {
        let hash = Hash::keccak("a");
        let digits = hash.to_string().trim_start_matches("0x").to_uppercase();
        let is = |method: &Method, path: String, expected: Option<Subject>| {
            assert!(subject(method, &path) == expected, "{method} {path}");
        };
        for text in [hash.to_string(), digits, format!("{hash}/")] {
            is(&Method::GET, format!("/listings/{text}"), Some(Subject::Listing(hash)));
            is(&Method::HEAD, format!("/candidates/application/{text}"), Some(Subject::Application(hash)));
            is(&Method::POST, format!("/listings/{text}"), None);
            for path in ["/listings/{}/", "/listings/{}/history", "//listings/{}", "/candidates/challenge/{}"]
            {
                is(&Method::GET, path.replace("{}", &format!("{text}/")), None);
            }
        }
        for path in ["/listings", "/listings/", "/listings/facets", "/candidates/application/", "/health", ""]
        {
            is(&Method::GET, path.to_owned(), None);
        }
    }
}
