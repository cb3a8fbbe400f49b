//! Deliveries: files that callers have bought.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::error::{HttpError, HttpResult, Problem};
use super::extract::Caller;
use super::file_response::FileResponse;
use super::parameters::DeliveryParams;
use super::query::Query;
use super::schema::whole_number;
use crate::domain::{Address, Amount};
use crate::service::Context;
use crate::service::deliveries::{self, Check, Facts, Offer};

/// Download a file under a delivery
///
/// The delivery is charged once for each listing; later downloads are free for the buyer. `Range` returns a part of the
/// file.
#[utoipa::path(
    get,
    path = "/deliveries/",
    tag = "deliveries",
    params(
        DeliveryParams,
        super::schema::FileConditions,
    ),
    security(("access_token" = [])),
    responses(
        (status = 200, description = "The file", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 206, description = "Part of the file", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 304, description = "The client already has it; nothing is charged"),
        (status = 400, response = Problem),
        (status = 401, response = Problem),
        (status = 403, response = Problem),
        (status = 404, response = Problem),
        (status = 412, response = Problem),
        (status = 416, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn get(
    ctx: web::Data<Context>,
    caller: Caller,
    query: Query<DeliveryParams>,
    request: HttpRequest,
) -> HttpResult {
    let offer = offer(&ctx, &caller, &query.0).await?;
    let answer = FileResponse::to(&request, &offer.file)?;
    match answer.bytes() {
        Some((start, length)) => Ok(answer.with(deliveries::download(&ctx, offer, start, length).await?)),
        None => Ok(answer.without_body()),
    }
}

/// Check a download without charging
#[utoipa::path(
    head,
    path = "/deliveries/",
    tag = "deliveries",
    params(DeliveryParams),
    security(("access_token" = [])),
    responses(
        (status = 200, description = "The download would succeed"),
        (status = "4XX", description = "The download would be refused with this status"),
    )
)]
pub(super) async fn head(
    ctx: web::Data<Context>,
    caller: Caller,
    query: Query<DeliveryParams>,
    request: HttpRequest,
) -> HttpResult {
    let offer = offer(&ctx, &caller, &query.0).await?;
    Ok(FileResponse::to(&request, &offer.file)?.without_body())
}

/// Tell what a download would come to, and why
///
/// Charges nothing. The facts are those that decide.
#[utoipa::path(
    get,
    path = "/deliveries/check",
    tag = "deliveries",
    params(DeliveryParams),
    security(("access_token" = [])),
    responses(
        (status = 200, body = CheckBody),
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

async fn offer(ctx: &Context, caller: &Caller, params: &DeliveryParams) -> Result<Offer, HttpError> {
    Ok(deliveries::offer(ctx, caller.0, params.delivery_hash, params.query).await?)
}
