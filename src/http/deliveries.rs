//! Deliveries: files that callers have bought.

use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::error::{HttpError, HttpResult, Problem};
use super::extract::{self, Caller};
use super::file_response::FileResponse;
use super::parameters::{DeliveryParams, DownloadParams};
use super::query::{self, Query};
use super::schema::{self, whole_number};
use crate::domain::{Address, Amount};
use crate::service::Context;
use crate::service::authorize::{self, tickets::Download};
use crate::service::deliveries::{self, Check, Facts, Offer};

/// Download a file under a delivery
///
/// The delivery is charged once for each listing; later downloads are free for the buyer. `Range` returns a part of the
/// file. A `ticket` replaces the token; 409 means that the listing no longer has the file that the ticket is for.
#[utoipa::path(
    get,
    path = "/deliveries/",
    tag = "deliveries",
    params(
        DownloadParams,
        schema::RangeHeaders,
    ),
    security(("access_token" = []), ()),
    responses(
        (status = 200, description = "The file", content_type = "*/*", body = inline(schema::FileBytes)),
        (status = 206, description = "Part of the file", content_type = "*/*", body = inline(schema::FileBytes)),
        (status = 304, description = "The client already has it; nothing is charged"),
        (status = 400, response = Problem),
        (status = 401, response = Problem),
        (status = 403, response = Problem),
        (status = 404, response = Problem),
        (status = 409, response = Problem),
        (status = 412, response = Problem),
        (status = 416, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn get(ctx: web::Data<Context>, request: HttpRequest) -> HttpResult {
    let offer = offer(&ctx, &request).await?;
    let answer = FileResponse::to(&request, &offer.file)?;
    match answer.bytes() {
        Some((start, length)) => {
            let (content, progress) = deliveries::download(&ctx, offer, start, length).await?;
            Ok(answer.with(content, progress))
        }
        None => Ok(answer.without_body()),
    }
}

/// Check a download without charging
#[utoipa::path(
    head,
    path = "/deliveries/",
    tag = "deliveries",
    params(DownloadParams),
    security(("access_token" = []), ()),
    responses(
        (status = 200, description = "The download would succeed"),
        (status = 304, description = "The client already has it"),
        (status = "4XX", description = "The download would be refused with this status"),
    )
)]
pub(super) async fn head(ctx: web::Data<Context>, request: HttpRequest) -> HttpResult {
    let offer = offer(&ctx, &request).await?;
    Ok(FileResponse::to(&request, &offer.file)?.without_body())
}

/// Explain how a download would be decided
///
/// Charges nothing. The facts are the ones that the decision is based on.
#[utoipa::path(
    get,
    path = "/deliveries/check",
    tag = "deliveries",
    params(DeliveryParams),
    security(("access_token" = [])),
    responses(
        (status = 200, body = CheckBody, headers(("Cache-Control" = String))),
        (status = 400, response = Problem),
        (status = 401, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn check(
    ctx: web::Data<Context>,
    caller: Caller,
    query: Query<DeliveryParams>,
) -> HttpResult {
    let check = deliveries::check(&ctx, caller.0, query.0.delivery_hash, query.0.query).await?;
    let body = CheckBody::from(check);
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(body))
}

#[derive(Serialize, ToSchema)]
pub(super) struct CheckBody {
    /// `free`, `charge` or `refused`.
    verdict: &'static str,
    /// The file's size in bytes, if there is a file.
    size: Option<u64>,
    /// Why the download would be refused.
    reason: Option<String>,
    facts: FactsBody,
}

#[derive(Serialize, ToSchema)]
struct FactsBody {
    /// The life of the delivery hash, starting with 0.
    life: u32,
    /// Whether the listing is listed.
    listed: bool,
    /// Whether this server has the listed file.
    held: bool,
    /// The number of the caller's accesses to the listing under this delivery hash.
    accesses: usize,
    /// The purchase on chain. It is not read if the caller already has the file.
    purchase: Option<PurchaseBody>,
}

/// Amounts in bytes.
#[derive(Serialize, ToSchema)]
struct PurchaseBody {
    /// The delivery's owner, or null if there is no open delivery.
    #[schema(value_type = Option<String>)]
    owner: Option<Address>,
    #[schema(schema_with = whole_number)]
    requested: Amount,
    #[schema(schema_with = whole_number)]
    delivered: Amount,
    /// The caller's unspent bytes over all deliveries.
    #[schema(schema_with = whole_number)]
    purchased: Amount,
    /// Promised to the caller's downloads whose charge is not mined yet.
    #[schema(schema_with = whole_number)]
    promised: Amount,
    /// The part of `promised` under this delivery.
    #[schema(schema_with = whole_number)]
    promised_here: Amount,
    /// Whether the purchase is final, or null if it need not be.
    is_final: Option<bool>,
}

impl From<Check> for CheckBody {
    fn from(check: Check) -> Self {
        let Facts { life, listed, held, accesses, purchase } = check.facts;
        let purchase = purchase.map(|purchase| PurchaseBody {
            owner: purchase.owner,
            requested: purchase.requested,
            delivered: purchase.delivered,
            purchased: purchase.purchased,
            promised: purchase.promised,
            promised_here: purchase.promised_here,
            is_final: purchase.is_final,
        });
        CheckBody {
            verdict: check.verdict,
            size: check.size,
            reason: check.reason,
            facts: FactsBody { life, listed, held, accesses, purchase },
        }
    }
}

/// What the request would get: with a ticket, what its holder would.
async fn offer(ctx: &Context, request: &HttpRequest) -> Result<Offer, HttpError> {
    let params = query::parse::<DownloadParams>(request.query_string());
    if let Ok(DownloadParams { delivery_hash, query, ticket: Some(ticket) }) = &params {
        let download = Download { delivery: *delivery_hash, listing: *query };
        let holder = authorize::tickets::holder(ctx, ticket, download).await.map_err(extract::refused)?;
        return Ok(deliveries::offer_to_holder(ctx, holder, download).await?);
    }
    // Nothing is said about the parameters of a caller without a token.
    let Caller(caller) = Caller::extract(request).await?;
    let DownloadParams { delivery_hash, query, .. } = params?;
    Ok(deliveries::offer(ctx, caller, delivery_hash, query).await?)
}
