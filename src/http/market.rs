//! The market as a whole.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::error::{HttpResult, Problem};
use super::schema::whole_number;
use crate::domain::{Address, Amount, Contracts, Hash, Timestamp};
use crate::service::Context;
use crate::service::market::{self, Backend, Block, MarketView, Parameters, SALES_DAYS};

const MEGABYTE: u64 = 1_000_000;
/// The ways to upload a file.
const UPLOAD_FORMS: [&str; 2] = ["form", "tus"];

/// Get the market's contracts, parameters and figures, and the server's limits
///
/// Amounts are in wei: CMT for supply, stake and rewards, CET for the reserve and prices. The figures are as of the block
/// `at`, which is the head unless the chain node is unavailable.
#[utoipa::path(
    get,
    path = "/market",
    tag = "market",
    responses((status = 200, body = MarketBody), (status = 503, response = Problem))
)]
pub(super) async fn get(ctx: web::Data<Context>) -> HttpResult {
    let view = market::get(&ctx).await?;
    Ok(HttpResponse::Ok().json(MarketBody::of(&view, &ctx)))
}

#[derive(Serialize, ToSchema)]
pub(super) struct MarketBody<'a> {
    /// The deployment's name.
    stack: &'a str,
    chain_id: u64,
    contracts: ContractsBody,
    parameters: ParametersBody,
    /// CMT wei.
    #[schema(schema_with = whole_number)]
    supply: Amount,
    /// CET wei.
    #[schema(schema_with = whole_number)]
    reserve: Amount,
    /// CET wei for 10^9 CMT wei.
    #[schema(schema_with = whole_number)]
    support_price: Amount,
    /// CET wei for 10^6 bytes.
    #[schema(schema_with = whole_number)]
    price_per_megabyte: Amount,
    backend: BackendBody<'a>,
    /// The newest block this server has read; null before the first one.
    #[schema(required)]
    head: Option<HeadBody>,
    /// The block that the figures describe.
    at: BlockBody,
    counts: CountsBody,
    recent: RecentBody,
    server: ServerBody<'a>,
}

#[derive(Serialize, ToSchema)]
struct ContractsBody {
    #[schema(value_type = String)]
    ether_token: Address,
    #[schema(value_type = String)]
    market_token: Address,
    #[schema(value_type = String)]
    voting: Address,
    #[schema(value_type = String)]
    parameterizer: Address,
    #[schema(value_type = String)]
    reserve: Address,
    #[schema(value_type = String)]
    datatrust: Address,
    #[schema(value_type = String)]
    listing: Address,
}

/// The market's parameters. Payments, plurality and spread are in percent.
#[derive(Serialize, ToSchema)]
struct ParametersBody {
    /// CET wei for 10^9 CMT wei.
    #[schema(schema_with = whole_number)]
    price_floor: Amount,
    spread: u64,
    /// CMT wei.
    #[schema(schema_with = whole_number)]
    list_reward: Amount,
    /// The CMT wei that a vote or a challenge locks.
    #[schema(schema_with = whole_number)]
    stake: Amount,
    plurality: u64,
    /// How long a poll is open, in seconds.
    vote_by: u64,
    backend_payment: u64,
    maker_payment: u64,
    reserve_payment: u64,
    /// CET wei.
    #[schema(schema_with = whole_number)]
    cost_per_byte: Amount,
}

/// The registered backend.
#[derive(Serialize, ToSchema)]
struct BackendBody<'a> {
    #[schema(value_type = Option<String>, required)]
    address: Option<Address>,
    #[schema(required)]
    url: Option<&'a str>,
    is_this_server: bool,
}

#[derive(Serialize, ToSchema)]
struct HeadBody {
    number: u64,
    #[schema(value_type = String)]
    hash: Hash,
    /// Unix seconds.
    time: u64,
    /// Measured by this server's clock.
    age_seconds: u64,
}

#[derive(Serialize, ToSchema)]
pub(super) struct BlockBody {
    number: u64,
    #[schema(value_type = String)]
    hash: Hash,
}

impl From<&Block> for BlockBody {
    fn from(block: &Block) -> Self {
        BlockBody { number: block.number, hash: block.hash }
    }
}

#[derive(Serialize, ToSchema)]
struct CountsBody {
    /// Live listings.
    listings: u64,
    /// Open polls.
    candidates: u64,
    /// Completed deliveries.
    deliveries: u64,
    #[schema(schema_with = whole_number)]
    bytes_delivered: Amount,
}

/// Sales of the last days by the chain's clock, including today.
#[derive(Serialize, ToSchema)]
struct RecentBody {
    days: u64,
    #[schema(schema_with = whole_number)]
    bytes: Amount,
    /// Accounts with a completed delivery.
    buyers: usize,
}

/// This server's limits.
#[derive(Serialize, ToSchema)]
struct ServerBody<'a> {
    version: &'static str,
    dns_name: &'a str,
    max_upload_bytes: u64,
    /// Null if previews show the whole file.
    #[schema(required)]
    preview_bytes: Option<u64>,
    /// A block counts as final with this many blocks on top of it.
    confirmations: u64,
    /// `siwe` (Sign-In with Ethereum), and `legacy` if other messages are accepted.
    sign_in: Vec<&'static str>,
    anonymous_uploads: bool,
    uploads: &'static [&'static str],
    /// A block explorer's URL for a transaction, with `{tx}` for its hash.
    #[schema(required)]
    explorer: Option<&'a str>,
    /// Whether this is a development market with tools under `/dev`.
    dev: bool,
}

impl<'a> MarketBody<'a> {
    fn of(view: &'a MarketView, ctx: &'a Context) -> Self {
        let (state, policy) = (&view.figures.value, &ctx.policy);
        MarketBody {
            stack: &policy.stack,
            chain_id: policy.chain_id,
            contracts: ContractsBody::from(&view.contracts),
            parameters: ParametersBody::from(&state.parameters),
            supply: state.supply,
            reserve: state.reserve,
            support_price: state.support_price,
            price_per_megabyte: state.parameters.cost_per_byte.saturating_mul(MEGABYTE.into()),
            backend: BackendBody::of(&state.backend, view.is_ours),
            head: Some(HeadBody::of(&view.head, ctx.now())),
            at: BlockBody::from(&view.figures.block),
            counts: CountsBody {
                listings: view.totals.levels.listings,
                candidates: view.totals.candidates,
                deliveries: view.totals.deliveries,
                bytes_delivered: view.totals.bytes_delivered,
            },
            recent: RecentBody { days: SALES_DAYS, bytes: view.sales.bytes, buyers: view.sales.buyers },
            server: ServerBody::of(ctx),
        }
    }
}

impl From<&Contracts> for ContractsBody {
    fn from(contracts: &Contracts) -> Self {
        let Contracts { ether_token, market_token, voting, parameterizer, reserve, datatrust, listing } =
            *contracts;
        ContractsBody { ether_token, market_token, voting, parameterizer, reserve, datatrust, listing }
    }
}

impl From<&Parameters> for ParametersBody {
    fn from(parameters: &Parameters) -> Self {
        ParametersBody {
            price_floor: parameters.price_floor,
            spread: parameters.spread,
            list_reward: parameters.list_reward,
            stake: parameters.stake,
            plurality: parameters.plurality,
            vote_by: parameters.vote_by,
            backend_payment: parameters.backend_payment,
            maker_payment: parameters.maker_payment,
            reserve_payment: parameters.reserve_payment,
            cost_per_byte: parameters.cost_per_byte,
        }
    }
}

impl<'a> BackendBody<'a> {
    fn of(backend: &'a Backend, is_this_server: bool) -> Self {
        BackendBody {
            address: Some(backend.address).filter(|address| !address.is_zero()),
            url: Some(backend.url.as_str()).filter(|url| !url.is_empty()),
            is_this_server,
        }
    }
}

impl HeadBody {
    fn of(head: &Block, now: Timestamp) -> Self {
        let age_seconds = now.since(Timestamp::from_seconds(head.timestamp)).as_secs();
        HeadBody { number: head.number, hash: head.hash, time: head.timestamp, age_seconds }
    }
}

impl<'a> ServerBody<'a> {
    fn of(ctx: &'a Context) -> Self {
        let policy = &ctx.policy;
        let mut sign_in = vec!["siwe"];
        sign_in.extend(policy.legacy_login.then_some("legacy"));
        ServerBody {
            version: env!("CARGO_PKG_VERSION"),
            dns_name: &policy.dns_name,
            max_upload_bytes: policy.max_upload_bytes,
            preview_bytes: policy.preview_bytes,
            confirmations: policy.confirmations,
            sign_in,
            anonymous_uploads: policy.anonymous_uploads,
            uploads: &UPLOAD_FORMS,
            explorer: policy.explorer.as_deref(),
            dev: ctx.development.is_some(),
        }
    }
}
