//! The operators' view of the server's background work. The caller must be the backend account, or one that
//! `CAPI_OPERATORS` names.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::error::{HttpResult, Problem};
use super::extract::{Operator, Then};
use super::json::JsonBody;
use super::parameters::TransactionsParams;
use super::query::Query;
use super::settlement_body::SettlementBody;
use crate::domain::{Address, Hash, Timestamp};
use crate::service::admin::{self, Action, NodeHealth, NodeState, OpenJob, Owed, transactions};
use crate::service::{Context, transactions as sender};

/// List pending jobs, oldest first
#[utoipa::path(
    get,
    path = "/admin/jobs",
    tag = "admin",
    security(("access_token" = [])),
    responses(
        (status = 200, body = Jobs),
        (status = 401, response = Problem),
        (status = 403, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn jobs(ctx: web::Data<Context>, _: Operator) -> HttpResult {
    let items = admin::jobs(&ctx).await?.into_iter().map(JobBody::from).collect();
    Ok(HttpResponse::Ok().json(Jobs { items }))
}

/// Run a job now
#[utoipa::path(
    post,
    path = "/admin/jobs/retry",
    tag = "admin",
    request_body = JobName,
    security(("access_token" = [])),
    responses(
        (status = 202, body = Done),
        (status = 400, response = Problem),
        (status = 401, response = Problem),
        (status = 403, response = Problem),
        (status = 404, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn retry_job(
    ctx: web::Data<Context>,
    request: Then<Operator, JsonBody<JobName>>,
) -> HttpResult {
    let Then(Operator(operator), body) = request;
    admin::act(&ctx, operator, Action::RetryJob(&body.0.id)).await?;
    Ok(Done::answer("the job is being run"))
}

/// List pending transactions, oldest first, or one purpose's transaction with its history
#[utoipa::path(
    get,
    path = "/admin/transactions",
    tag = "admin",
    params(TransactionsParams),
    security(("access_token" = [])),
    responses(
        (status = 200, body = Transactions),
        (status = 400, response = Problem),
        (status = 401, response = Problem),
        (status = 403, response = Problem),
        (status = 404, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn list_transactions(
    ctx: web::Data<Context>,
    request: Then<Operator, Query<TransactionsParams>>,
) -> HttpResult {
    let Then(_, query) = request;
    let views = match query.0.purpose {
        Some(purpose) => vec![transactions::find(&ctx, &purpose).await?],
        None => transactions::open(&ctx).await?,
    };
    let items = views.into_iter().map(TransactionBody::from).collect();
    Ok(HttpResponse::Ok().json(Transactions { items }))
}

/// Retry a transaction now
#[utoipa::path(
    post,
    path = "/admin/transactions/retry",
    tag = "admin",
    request_body = PurposeName,
    security(("access_token" = [])),
    responses(
        (status = 202, body = Done),
        (status = 400, response = Problem),
        (status = 401, response = Problem),
        (status = 403, response = Problem),
        (status = 404, response = Problem),
        (status = 409, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn retry_transaction(
    ctx: web::Data<Context>,
    request: Then<Operator, JsonBody<PurposeName>>,
) -> HttpResult {
    let Then(Operator(operator), body) = request;
    admin::act(&ctx, operator, Action::RetryTransaction(&body.0.purpose)).await?;
    Ok(Done::answer("the transaction is being retried"))
}

/// Replace a transaction with an empty one
///
/// Whichever is mined first counts, so the purpose may still succeed. Otherwise the transaction fails for everything
/// that waits for it.
#[utoipa::path(
    post,
    path = "/admin/transactions/cancel",
    tag = "admin",
    request_body = PurposeName,
    security(("access_token" = [])),
    responses(
        (status = 202, body = Done),
        (status = 400, response = Problem),
        (status = 401, response = Problem),
        (status = 403, response = Problem),
        (status = 404, response = Problem),
        (status = 409, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn cancel_transaction(
    ctx: web::Data<Context>,
    request: Then<Operator, JsonBody<PurposeName>>,
) -> HttpResult {
    let Then(Operator(operator), body) = request;
    admin::act(&ctx, operator, Action::CancelTransaction(&body.0.purpose)).await?;
    Ok(Done::answer("the transaction is being cancelled"))
}

/// Export rows and records for a backup
///
/// One JSON object per line, as of one moment. The last line says how many there are. Only for the embedded metadata store.
#[utoipa::path(
    get,
    path = "/admin/export",
    tag = "admin",
    security(("access_token" = [])),
    responses(
        (status = 200, content_type = "application/x-ndjson", body = String),
        (status = 401, response = Problem),
        (status = 403, response = Problem),
        (status = 409, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn export(ctx: web::Data<Context>, Operator(operator): Operator) -> HttpResult {
    let lines = admin::export(&ctx, operator).await?;
    Ok(HttpResponse::Ok().content_type("application/x-ndjson").streaming(lines))
}

/// List downloads that were granted but could not be charged
#[utoipa::path(
    get,
    path = "/admin/owed",
    tag = "admin",
    security(("access_token" = [])),
    responses(
        (status = 200, body = AllOwed),
        (status = 401, response = Problem),
        (status = 403, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn owed(ctx: web::Data<Context>, _: Operator) -> HttpResult {
    let items = admin::owed(&ctx).await?.into_iter().map(OwedBody::from).collect();
    Ok(HttpResponse::Ok().json(AllOwed { items }))
}

/// Get the state of settlement and its cost
///
/// As last observed, at most a few seconds ago. Amounts are in wei of ETH.
#[utoipa::path(
    get,
    path = "/admin/settlement",
    tag = "admin",
    security(("access_token" = [])),
    responses(
        (status = 200, body = SettlementBody),
        (status = 401, response = Problem),
        (status = 403, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn settlement(ctx: web::Data<Context>, _: Operator) -> HttpResult {
    let settlement = admin::settlement(&ctx).await?;
    Ok(HttpResponse::Ok().json(SettlementBody::of(settlement, &ctx)))
}

/// List the chain nodes in order of preference
#[utoipa::path(
    get,
    path = "/admin/nodes",
    tag = "admin",
    security(("access_token" = [])),
    responses(
        (status = 200, body = Nodes),
        (status = 401, response = Problem),
        (status = 403, response = Problem),
    )
)]
pub(super) async fn nodes(ctx: web::Data<Context>, _: Operator) -> HttpResponse {
    let items = admin::nodes(&ctx).into_iter().map(NodeBody::from).collect();
    HttpResponse::Ok().json(Nodes { items })
}

#[derive(Deserialize, ToSchema)]
pub(super) struct JobName {
    id: String,
}

#[derive(Deserialize, ToSchema)]
pub(super) struct PurposeName {
    purpose: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Done {
    message: &'static str,
}

impl Done {
    fn answer(message: &'static str) -> HttpResponse {
        HttpResponse::Accepted().json(Done { message })
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct Jobs {
    items: Vec<JobBody>,
}

/// A pending job. Times are in RFC 3339 format.
#[derive(Serialize, ToSchema)]
pub(super) struct JobBody {
    id: String,
    kind: &'static str,
    created: String,
    /// When it runs next, or when its lease expires.
    due: Option<String>,
    /// Consecutive failures.
    failures: u32,
    last_error: Option<String>,
    /// It waits for the operator: retry it once the cause is gone.
    parked: bool,
}

impl From<OpenJob> for JobBody {
    fn from(job: OpenJob) -> Self {
        let OpenJob { id, kind, created, due, failures, last_error, parked } = job;
        let time = |at: Timestamp| at.to_string();
        JobBody { id, kind, created: time(created), due: due.map(time), failures, last_error, parked }
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct Transactions {
    items: Vec<TransactionBody>,
}

/// A transaction of the backend account. Times are in RFC 3339 format.
#[derive(Serialize, ToSchema)]
pub(super) struct TransactionBody {
    purpose: String,
    /// `queued`, `in_flight`, `mined`, `succeeded` or `failed`.
    state: &'static str,
    nonce: Option<u64>,
    /// The hash of the latest attempt.
    #[schema(value_type = Option<String>, required)]
    transaction: Option<Hash>,
    /// Whether the operator has cancelled it.
    cancelled: bool,
    /// What blocks it.
    obstacle: Option<String>,
    /// When it was requested; null once it has ended.
    created: Option<String>,
    history: Vec<EntryBody>,
}

/// An event in a transaction's history.
#[derive(Serialize, ToSchema)]
pub(super) struct EntryBody {
    at: String,
    what: String,
}

impl From<transactions::View> for TransactionBody {
    fn from(view: transactions::View) -> Self {
        TransactionBody {
            purpose: view.purpose,
            state: view.state,
            nonce: view.nonce,
            transaction: view.latest,
            cancelled: view.cancelled,
            obstacle: view.blocked_by,
            created: view.created.map(|at| at.to_string()),
            history: view.history.into_iter().map(EntryBody::from).collect(),
        }
    }
}

impl From<sender::HistoryEntry> for EntryBody {
    fn from(entry: sender::HistoryEntry) -> Self {
        EntryBody { at: entry.at.to_string(), what: entry.what }
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct AllOwed {
    items: Vec<OwedBody>,
}

/// A download that was granted but could not be charged.
#[derive(Serialize, ToSchema)]
pub(super) struct OwedBody {
    #[schema(value_type = String)]
    buyer: Address,
    #[schema(value_type = String)]
    delivery_hash: Hash,
    #[schema(value_type = String)]
    listing_hash: Hash,
    /// The bytes to charge.
    size: u64,
    reason: String,
    since: String,
}

impl From<Owed> for OwedBody {
    fn from(owed: Owed) -> Self {
        OwedBody {
            buyer: owed.buyer,
            delivery_hash: owed.delivery.delivery,
            listing_hash: owed.listing,
            size: owed.size,
            reason: owed.reason,
            since: owed.since.to_string(),
        }
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct Nodes {
    items: Vec<NodeBody>,
}

/// A chain node and its state.
#[derive(Serialize, ToSchema)]
pub(super) struct NodeBody {
    /// Host and port.
    host: String,
    /// `untried`, `up`, `lagging`, `down` or `other_chain`.
    #[schema(value_type = String)]
    state: NodeState,
    /// The error since its last success, or how it lags.
    reason: Option<String>,
    /// The newest block it reported.
    head: Option<u64>,
}

impl From<NodeHealth> for NodeBody {
    fn from(node: NodeHealth) -> Self {
        NodeBody { host: node.host, state: node.state, reason: node.reason, head: node.head }
    }
}
