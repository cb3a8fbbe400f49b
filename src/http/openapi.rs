//! This API's OpenAPI 3.1 description, and its pages at `/docs`.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{Modify, OpenApi};
use utoipa_swagger_ui::Config;

use super::error::{HttpError, HttpResult};
use super::protection::DOCS_PATH;
use super::{
    accounts, admin, authorize, candidates, consent, deliveries, error, events, feed, headers, limits,
    listings, market, page, previews, resumable, series, status, tasks, tickets,
};
use crate::service::read_model::etag;

/// The description's path.
pub(super) const PATH: &str = "/openapi.json";

/// The description as JSON with its entity tag.
struct Description {
    json: Bytes,
    etag: String,
}

impl Description {
    /// Generated when it is first asked for: it takes more memory than everything else at the start.
    fn get() -> &'static Self {
        static DESCRIPTION: LazyLock<Description> = LazyLock::new(Description::new);
        &DESCRIPTION
    }

    #[expect(clippy::expect_used, reason = "derived from maps with text keys, so it always serializes")]
    fn new() -> Self {
        let json = Bytes::from(Api::openapi().to_json().expect("the description is JSON"));
        Description { etag: etag(&json), json }
    }
}

/// The description as indented JSON.
pub fn readable() -> serde_json::Result<String> {
    Api::openapi().to_pretty_json()
}

pub(super) async fn description(request: HttpRequest) -> HttpResult {
    let description = Description::get();
    page::tagged(&request, &description.etag, &description.json).await
}

/// Redirects `/docs` to the pages, whose relative links need the slash.
pub(super) async fn to_docs() -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, DOCS_PATH)).finish()
}

/// A page or one of its scripts, straight from the program; nothing is loaded from other hosts.
pub(super) async fn docs(request: HttpRequest) -> HttpResult {
    let found = utoipa_swagger_ui::serve(request.match_info().query("path"), Arc::new(Config::from(PATH)));
    let file = found.ok().flatten().ok_or(HttpError::UnknownPath)?;
    Ok(HttpResponse::Ok().content_type(file.content_type).body(match file.bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    }))
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Computable datatrust",
        description = "Lists, stores and delivers a Computable data market's files.\n\n\
            Every path works with and without a trailing slash, and every path with `GET` answers `HEAD` too. `OPTIONS` \
            tells the methods of a path (204, `Allow`), or answers a browser's preflight request (200). An unknown path \
            is refused with 404, another method with 405 and `Allow`. A request that is no valid HTTP/1.1, such as one \
            with a path in raw UTF-8, is refused with 400, 408 or 431 before its path is known. Every refusal has the \
            same body, a `Problem`."
    ),
    paths(
        authorize::nonce,
        authorize::sign_in,
        authorize::refresh,
        authorize::revoke,
        listings::list,
        listings::facets,
        listings::get,
        listings::history,
        listings::upload,
        feed::atom,
        market::get,
        series::series,
        events::events,
        accounts::get,
        accounts::deliveries,
        accounts::votes,
        accounts::listings,
        candidates::list,
        candidates::list_kind,
        candidates::applications,
        candidates::application,
        candidates::resolved,
        candidates::get,
        candidates::votes,
        deliveries::get,
        deliveries::head,
        deliveries::check,
        tickets::issue,
        previews::get,
        previews::head,
        resumable::options,
        resumable::create,
        resumable::head,
        resumable::append,
        resumable::terminate,
        tasks::watch,
        tasks::get,
        consent::put,
        consent::get,
        admin::jobs,
        admin::retry_job,
        admin::list_transactions,
        admin::retry_transaction,
        admin::cancel_transaction,
        admin::owed,
        admin::settlement,
        admin::nodes,
        admin::export,
        status::registration,
        status::health,
        status::started,
        status::ready,
    ),
    components(schemas(error::Problem, events::ChangeBody), responses(error::Problem)),
    modifiers(&Tokens, &Bodies, &Limits, &Headers, &Names)
)]
struct Api;

struct Tokens;

impl Modify for Tokens {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let components = api.components.get_or_insert_default();
        for (name, description) in [
            ("access_token", "From `POST /authorize/`"),
            ("refresh_token", "From `POST /authorize/`; works once"),
        ] {
            let mut scheme = Http::new(HttpAuthScheme::Bearer);
            scheme.bearer_format = Some("JWT".to_owned());
            scheme.description = Some(description.to_owned());
            components.add_security_scheme(name, SecurityScheme::Http(scheme));
        }
    }
}

/// Every operation can be refused because of a limit, but for those that tell whether the server lives.
struct Limits;

impl Modify for Limits {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let limited = api
            .paths
            .paths
            .iter_mut()
            .filter(|(path, _)| !limits::is_free(path))
            .flat_map(|(_, item)| operations(item));
        for operation in limited {
            refuse_with(operation, &["429", "503"]);
        }
    }
}

/// Every body can be wrong, late, too large, or of another media type.
struct Bodies;

impl Modify for Bodies {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let operations = api.paths.paths.values_mut().flat_map(operations);
        for operation in operations.filter(|operation| operation.request_body.is_some()) {
            refuse_with(operation, &["400", "408", "413", "415"]);
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, head, post, patch, delete, options, .. } = item;
    [get, head, post, patch, delete, options].into_iter().flatten()
}

fn refuse_with(operation: &mut Operation, statuses: &[&str]) {
    for status in statuses {
        let problem = || RefOr::Ref(Ref::from_response_name("Problem"));
        operation.responses.responses.entry((*status).to_owned()).or_insert_with(problem);
    }
}

/// Names the headers of every request and response.
struct Headers;

impl Modify for Headers {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let components = api.components.get_or_insert_default();
        let Some(RefOr::T(problem)) = components.responses.remove("Problem") else { return };
        for (path, item) in &mut api.paths.paths {
            for operation in operations(item) {
                headers::describe(path, operation, components, &problem);
            }
        }
        headers::add_components(components);
    }
}

/// Gives every operation a unique id, and every response the description that OpenAPI requires.
struct Names;

impl Modify for Names {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        for operation in api.paths.paths.values_mut().flat_map(operations) {
            let tag = operation.tags.iter().flatten().next();
            operation.operation_id =
                tag.zip(operation.operation_id.as_ref()).map(|(tag, id)| format!("{tag}_{id}"));
            for (status, response) in &mut operation.responses.responses {
                if let RefOr::T(response) = response
                    && response.description.is_empty()
                {
                    let status = status.parse::<StatusCode>().ok();
                    let words = status.and_then(|status| status.canonical_reason()).unwrap_or("The answer");
                    response.description = words.to_owned();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::http::routes;

    #[test]
    fn every_route_is_described_and_every_description_is_a_route() {
        let described: BTreeSet<(String, String)> = Api::openapi()
            .paths
            .paths
            .into_iter()
            .flat_map(|(path, item)| {
                let path = path.trim_end_matches('/').to_owned();
                [
                    ("GET", item.get),
                    ("HEAD", item.head),
                    ("POST", item.post),
                    ("PUT", item.put),
                    ("PATCH", item.patch),
                    ("DELETE", item.delete),
                    ("OPTIONS", item.options),
                ]
                .into_iter()
                .filter(|(_, operation)| operation.is_some())
                .map(move |(method, _)| (path.clone(), method.to_owned()))
            })
            .collect();
        let routed: BTreeSet<(String, String)> = routes::table()
            .iter()
            .flat_map(|(path, resource)| {
                resource.own().map(|method| ((*path).to_owned(), method.to_string()))
            })
            .collect();
        assert_eq!(described, routed);
    }

    #[test]
    fn operations_have_ids_of_their_own_and_answers_are_described() {
        let json: serde_json::Value = serde_json::from_slice(&Description::new().json).unwrap();
        let mut ids = BTreeSet::new();
        for operation in
            json["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values())
        {
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id.to_owned()), "{id} appears twice");
            for response in operation["responses"].as_object().unwrap().values() {
                assert!(
                    response["$ref"].is_string() || response["description"].is_string(),
                    "{id}: {response}"
                );
            }
        }
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_header_is_used() {
        let text = String::from_utf8(Description::new().json.to_vec()).unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        let references: BTreeSet<&str> =
            text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        for reference in &references {
            assert!(json.pointer(reference).is_some(), "{reference}");
        }
        for header in json["components"]["headers"].as_object().unwrap().keys() {
            assert!(references.contains(format!("/components/headers/{header}").as_str()), "{header}");
        }
        assert!(
            json["components"]["responses"]["Refused"].is_null(),
            "a refusal has no description of its own"
        );
    }

    #[test]
    fn a_refusal_names_the_headers_that_tell_what_to_do() {
        let json: serde_json::Value = serde_json::from_slice(&Description::new().json).unwrap();
        for (refusal, header) in [
            ("Unauthorized", "WWW-Authenticate"),
            ("TooManyRequests", "Retry-After"),
            ("TooManyRequests", "RateLimit"),
            ("Unavailable", "Retry-After"),
            ("HealthUnavailable", "Retry-After"),
            ("RangeNotSatisfiable", "Content-Range"),
            ("TusPreconditionFailed", "Tus-Version"),
            ("BadRequest", "X-Request-Id"),
        ] {
            let response = &json["components"]["responses"][refusal];
            assert!(response["headers"][header].is_object(), "{refusal}: {header}");
            assert!(response["content"]["application/problem+json"].is_object(), "{refusal}");
        }
    }

    #[test]
    fn the_description_is_of_openapi_3_1_and_names_the_shapes() {
        let json: serde_json::Value = serde_json::from_slice(&Description::new().json).unwrap();
        assert!(json["openapi"].as_str().unwrap().starts_with("3.1"));
        for schema in ["ListingBody", "ApplicationBody", "TokensBody", "TaskBody", "Problem", "UploadForm"] {
            assert!(json["components"]["schemas"][schema].is_object(), "{schema}");
        }
        let stake = &json["components"]["schemas"]["ListingBody"]["properties"]["supply"]["type"];
        assert_eq!(*stake, serde_json::json!(["integer", "null"]));
    }
}
