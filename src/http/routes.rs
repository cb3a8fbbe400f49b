//! The route table.

use actix_web::http::{Method, header};
use actix_web::{FromRequest, Handler, HttpResponse, Resource, Responder, Route, web};

use super::error::HttpError;
use super::{
    CONSOLE_PATH, accounts, admin, authorize, candidates, consent, console, deliveries, development, events,
    feed, listings, market, openapi, previews, resumable, series, status, tasks, tickets,
};
use crate::telemetry::metrics::HttpRoute;

/// Every path of the API with its methods, in matching order. `openapi.rs` describes the same paths.
pub(super) fn table() -> Vec<(&'static str, Methods)> {
    vec![
        ("/health", get(status::health)),
        ("/started", get(status::started)),
        ("/ready", get(status::ready)),
        ("/authorize/nonce", get(authorize::nonce)),
        ("/authorize/revoke", post(authorize::revoke)),
        // HEAD would spend the refresh token and return nothing for it.
        ("/authorize", on(Method::GET, authorize::refresh).post(authorize::sign_in)),
        ("/listings", get(listings::list).post(listings::upload)),
        ("/listings/facets", get(listings::facets)),
        ("/listings/{hash}", get(listings::get)),
        ("/listings/{hash}/history", get(listings::history)),
        (feed::PATH, get(feed::atom)),
        ("/candidates", get(candidates::list)),
        ("/candidates/application", get(candidates::applications)),
        ("/candidates/resolved", get(candidates::resolved)),
        ("/candidates/application/{hash}", get(candidates::application)),
        ("/candidates/{kind}", get(candidates::list_kind)),
        ("/candidates/{kind}/{hash}", get(candidates::get)),
        ("/candidates/{kind}/{hash}/votes", get(candidates::votes)),
        ("/deliveries", get(deliveries::get).head(deliveries::head)),
        ("/deliveries/check", get(deliveries::check)),
        ("/deliveries/tickets", post(tickets::issue)),
        ("/previews/{hash}", get(previews::get).head(previews::head)),
        ("/uploads", post(resumable::create).and(Method::OPTIONS, resumable::options)),
        (
            "/uploads/{id}",
            on(Method::PATCH, resumable::append)
                .and(Method::HEAD, resumable::head)
                .and(Method::DELETE, resumable::terminate),
        ),
        ("/tasks", post(tasks::watch)),
        ("/tasks/{id}", get(tasks::get)),
        ("/market", get(market::get)),
        ("/market/series", get(series::series)),
        ("/events", get(events::events)),
        ("/accounts/{address}", get(accounts::get)),
        ("/accounts/{address}/deliveries", get(accounts::deliveries)),
        ("/accounts/{address}/votes", get(accounts::votes)),
        ("/accounts/{address}/listings", get(accounts::listings)),
        ("/consent", get(consent::get).post(consent::put)),
        ("/admin/jobs", get(admin::jobs)),
        ("/admin/jobs/retry", post(admin::retry_job)),
        ("/admin/transactions", get(admin::list_transactions)),
        ("/admin/transactions/retry", post(admin::retry_transaction)),
        ("/admin/transactions/cancel", post(admin::cancel_transaction)),
        ("/admin/owed", get(admin::owed)),
        ("/admin/settlement", get(admin::settlement)),
        ("/admin/nodes", get(admin::nodes)),
        ("/admin/export", get(admin::export)),
        ("/status", get(status::registration)),
    ]
}

/// Registers the table and the documentation. Every path works with and without a trailing slash.
///
/// Each form of a path is a separate resource, and those without parameters come first. The router tries resources in
/// turn, and comparing two strings is much cheaper than matching a set of patterns.
pub(super) fn routes(app: &mut web::ServiceConfig) {
    for has_parameters in [false, true] {
        for slash in ["", "/"] {
            for (path, methods) in
                table().into_iter().filter(|(path, _)| path.contains('{') == has_parameters)
            {
                app.service(methods.at(path, &format!("{path}{slash}")));
            }
        }
    }
    app.service(get(openapi::description).at(openapi::PATH, openapi::PATH))
        .service(get(console::front_door).at("/", "/"))
        .service(get(openapi::to_docs).at("/docs", "/docs"))
        .service(get(console::page).at(CONSOLE_PATH, CONSOLE_PATH))
        .service(get(console::page).at(CONSOLE_PATH, &format!("{CONSOLE_PATH}/{{path:.*}}")))
        .service(get(openapi::docs).at("/docs", "/docs/{path:.*}"))
        .default_service(web::to(async || Err::<HttpResponse, _>(HttpError::UnknownPath)));
}

/// The additional paths of a development market. They are not part of the API description.
pub(super) fn development_tools(app: &mut web::ServiceConfig) {
    for (path, methods) in [
        ("/dev/accounts", get(development::accounts)),
        ("/dev/drip", post(development::drip)),
        ("/dev/mine", post(development::mine)),
        ("/dev/time", post(development::pass_time)),
        ("/dev/rpc", post(development::relay)),
    ] {
        app.service(methods.at(path, &format!("{path}{{slash:/?}}")));
    }
}

/// The methods of one path.
pub(super) struct Methods {
    /// Methods with their handlers.
    handlers: Vec<(Method, Route)>,
    /// Handles HEAD like GET if it has no handler; the body is removed later.
    head: Option<Route>,
}

fn get<F: Handler<Args, Output: Responder + 'static>, Args: FromRequest + 'static>(handler: F) -> Methods {
    let head = Some(web::head().to(handler.clone()));
    Methods { handlers: vec![(Method::GET, web::get().to(handler))], head }
}

fn post<F: Handler<Args, Output: Responder + 'static>, Args: FromRequest + 'static>(handler: F) -> Methods {
    on(Method::POST, handler)
}

fn on<F, Args>(method: Method, handler: F) -> Methods
where
    F: Handler<Args, Output: Responder + 'static>,
    Args: FromRequest + 'static,
{
    Methods { handlers: Vec::new(), head: None }.and(method, handler)
}

impl Methods {
    fn and<F, Args>(mut self, method: Method, handler: F) -> Self
    where
        F: Handler<Args, Output: Responder + 'static>,
        Args: FromRequest + 'static,
    {
        self.handlers.push((method.clone(), web::method(method).to(handler)));
        self
    }

    fn post<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args, Output: Responder + 'static>,
        Args: FromRequest + 'static,
    {
        self.and(Method::POST, handler)
    }

    fn head<F, Args>(mut self, handler: F) -> Self
    where
        F: Handler<Args, Output: Responder + 'static>,
        Args: FromRequest + 'static,
    {
        self.head = None;
        self.handlers.push((Method::HEAD, web::head().to(handler)));
        self
    }

    /// The methods with a handler.
    #[cfg(test)]
    pub(crate) fn own(&self) -> impl Iterator<Item = &Method> {
        self.handlers.iter().map(|(method, _)| method)
    }

    /// The resource at `path`, which is counted as `route`.
    fn at(self, route: &str, path: &str) -> Resource {
        let mut handlers = self.handlers;
        handlers.extend(self.head.map(|route| (Method::HEAD, route)));
        let allow = handlers
            .iter()
            .map(|(method, _)| method.as_str())
            .filter(|method| *method != "OPTIONS")
            .chain(["OPTIONS"]);
        let allow = allow.collect::<Vec<_>>().join(", ");
        let resource = web::resource(path).app_data(HttpRoute::new(route));
        let resource = resource.default_service(web::to(move |method| {
            let allow = allow.clone();
            async move { other_method(&method, allow) }
        }));
        handlers.into_iter().fold(resource, |resource, (_, route)| resource.route(route))
    }
}

fn other_method(method: &Method, allow: String) -> Result<HttpResponse, HttpError> {
    match *method {
        Method::OPTIONS => Ok(HttpResponse::NoContent().insert_header((header::ALLOW, allow)).finish()),
        _ => Err(HttpError::MethodNotAllowed { allow }),
    }
}
