//! Links to downloads, for programs that send no token.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::error::{HttpResult, Problem};
use super::extract::{SignedIn, Then};
use super::json::JsonBody;
use super::parameters::DownloadParams;
use super::{query, schema};
use crate::domain::{Address, Hash};
use crate::service::authorize::tickets::{self, Download};
use crate::service::{Context, deliveries};

/// Get a link to a download
///
/// Anything that fetches the link downloads on the caller's behalf, without a token: a browser's download manager, or
/// `curl -C -`. The link is for one file under one delivery, and works until it expires or the caller signs out.
/// Creating a link charges nothing, and is refused when a download would be; fetching it charges like any download.
#[utoipa::path(
    post,
    path = "/deliveries/tickets",
    tag = "deliveries",
    request_body = TicketFor,
    security(("access_token" = [])),
    responses(
        (status = 201, body = TicketBody, headers(("Cache-Control" = String))),
        (status = 400, response = Problem),
        (status = 401, response = Problem),
        (status = 403, response = Problem),
        (status = 404, response = Problem),
        (status = 412, response = Problem),
        (status = 415, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn issue(
    ctx: web::Data<Context>,
    request: Then<SignedIn, JsonBody<TicketFor>>,
) -> HttpResult {
    let Then(SignedIn(caller), JsonBody(TicketFor { delivery_hash, query })) = request;
    let download = Download { delivery: delivery_hash, listing: query };
    let (ticket, file) = deliveries::issue_ticket(&ctx, &caller, download).await?;
    let url = format!("/deliveries/?delivery_hash={delivery_hash}&query={query}&ticket={}", ticket.text);
    let body = TicketBody { url, expires_at: ticket.expires.seconds(), size: file.size };
    Ok(HttpResponse::Created().insert_header((header::CACHE_CONTROL, "no-store")).json(body))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct TicketFor {
    #[schema(schema_with = schema::hash)]
    delivery_hash: Hash,
    /// The listing hash, as in the query of the download.
    #[schema(schema_with = schema::hash)]
    query: Hash,
}

#[derive(Serialize, ToSchema)]
pub(super) struct TicketBody {
    /// Path and query on this server. Whoever has it can download the file: keep it out of logs.
    url: String,
    /// When the link stops working, in Unix seconds.
    expires_at: u64,
    /// The file's size in bytes.
    size: u64,
}

/// The account whose ticket a request shows, if this server issued it.
pub(super) async fn claimed_holder(request: &HttpRequest) -> Option<Address> {
    let ctx = request.app_data::<web::Data<Context>>()?;
    let DownloadParams { delivery_hash, query, ticket } = query::parse(request.query_string()).ok()?;
    let download = Download { delivery: delivery_hash, listing: query };
    tickets::claimed_holder(ctx, &ticket?, download).await.ok()
}
