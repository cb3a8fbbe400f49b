//! An account's balances and history in the market.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::at::At;
use super::error::{HttpError, HttpResult, Problem};
use super::extract::wrong;
use super::listing_body::ListingBody;
use super::market::BlockBody;
use super::parameters::PageParams;
use super::query::Query;
use super::schema::{self, whole_number};
use crate::domain::{Address, Amount, Hash};
use crate::service::Context;
use crate::service::accounts::{
    self, AccountListing, AccountPage, AccountView, AccountVote, PurchaseView, PurchasedAccess, Stake,
};

/// The address from the path.
pub(super) struct PathAddress(Address);

impl FromRequest for PathAddress {
    type Error = HttpError;
    type Future = Ready<Result<Self, HttpError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let address = request.match_info().query("address").parse();
        ready(address.map(PathAddress).map_err(|error| wrong("address", &error)))
    }
}

/// Get an account's balances
///
/// Amounts are in wei. Balances, allowances, stakes and earnings come from the chain node, as of the block `at`.
#[utoipa::path(
    get,
    path = "/accounts/{address}",
    tag = "accounts",
    params(("address" = inline(schema::AddressText), Path, description = "The account's address")),
    responses(
        (status = 200, body = AccountBody),
        (status = 400, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn get(ctx: web::Data<Context>, account: PathAddress) -> HttpResult {
    let view = accounts::get(&ctx, account.0).await?;
    Ok(HttpResponse::Ok().json(AccountBody::of(account.0, &view)))
}

/// List an account's deliveries, newest first
///
/// The deployed contracts emit no event for requests, so a delivery appears once it is completed.
#[utoipa::path(
    get,
    path = "/accounts/{address}/deliveries",
    tag = "accounts",
    params(("address" = inline(schema::AddressText), Path, description = "The account's address"), PageParams),
    responses(
        (status = 200, body = AccountDeliveriesBody),
        (status = 400, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn deliveries(
    ctx: web::Data<Context>,
    account: PathAddress,
    page: Query<PageParams>,
) -> HttpResult {
    let AccountPage { items, next, total } =
        accounts::deliveries(&ctx, account.0, page.0.limit(), page.0.cursor.as_deref()).await?;
    let items = items.iter().map(DeliveryBody::from).collect();
    Ok(HttpResponse::Ok().json(AccountDeliveriesBody { items, next, total }))
}

/// List an account's votes, newest first
///
/// The chain does not reveal which way an account voted. Whether stakes were released comes from the chain node.
#[utoipa::path(
    get,
    path = "/accounts/{address}/votes",
    tag = "accounts",
    params(("address" = inline(schema::AddressText), Path, description = "The account's address"), PageParams),
    responses(
        (status = 200, body = AccountVotesBody),
        (status = 400, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn votes(
    ctx: web::Data<Context>,
    account: PathAddress,
    page: Query<PageParams>,
) -> HttpResult {
    let AccountPage { items, next, total } =
        accounts::votes(&ctx, account.0, page.0.limit(), page.0.cursor.as_deref()).await?;
    let items = items.iter().map(VoteBody::from).collect();
    Ok(HttpResponse::Ok().json(AccountVotesBody { items, next, total }))
}

/// List an account's listings and applications, newest first
///
/// A hash that was listed again has one item for each time. Unclaimed earnings come from the chain node.
#[utoipa::path(
    get,
    path = "/accounts/{address}/listings",
    tag = "accounts",
    params(("address" = inline(schema::AddressText), Path, description = "The account's address"), PageParams),
    responses(
        (status = 200, body = AccountListingsBody),
        (status = 400, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn listings(
    ctx: web::Data<Context>,
    account: PathAddress,
    page: Query<PageParams>,
) -> HttpResult {
    let AccountPage { items, next, total } =
        accounts::listings(&ctx, account.0, page.0.limit(), page.0.cursor.as_deref()).await?;
    let items = items.iter().map(AccountListingBody::from).collect();
    Ok(HttpResponse::Ok().json(AccountListingsBody { items, next, total }))
}

#[derive(Serialize, ToSchema)]
pub(super) struct AccountBody {
    #[schema(value_type = String)]
    address: Address,
    balances: BalancesBody,
    allowances: AllowancesBody,
    /// Purchased bytes that are not spent.
    #[schema(schema_with = whole_number)]
    bytes_purchased: Amount,
    /// The CET wei that all of its CMT would yield from the reserve.
    #[schema(schema_with = whole_number)]
    withdrawal_proceeds: Amount,
    /// Stakes on the latest 200 candidates that the account took part in.
    stakes: Vec<StakeBody>,
    /// Earnings of at most 200 listings.
    unclaimed: Vec<UnclaimedBody>,
    counts: AccountCountsBody,
    at: BlockBody,
}

#[derive(Serialize, ToSchema)]
struct BalancesBody {
    #[schema(schema_with = whole_number)]
    eth: Amount,
    #[schema(schema_with = whole_number)]
    cet: Amount,
    #[schema(schema_with = whole_number)]
    cmt: Amount,
}

/// The amounts that the market's contracts may take from the account's tokens.
#[derive(Serialize, ToSchema)]
struct AllowancesBody {
    cet: CetAllowancesBody,
    cmt: CmtAllowancesBody,
}

#[derive(Serialize, ToSchema)]
struct CetAllowancesBody {
    #[schema(schema_with = whole_number)]
    reserve: Amount,
    #[schema(schema_with = whole_number)]
    datatrust: Amount,
}

#[derive(Serialize, ToSchema)]
struct CmtAllowancesBody {
    #[schema(schema_with = whole_number)]
    voting: Amount,
    #[schema(schema_with = whole_number)]
    reserve: Amount,
}

#[derive(Serialize, ToSchema)]
struct StakeBody {
    #[schema(value_type = String)]
    hash: Hash,
    /// `application`, `challenge`, `reparam` or `registration`.
    kind: &'static str,
    /// CMT wei.
    #[schema(schema_with = whole_number)]
    amount: Amount,
    /// Whether `unstake` would release it now.
    releasable: bool,
}

#[derive(Serialize, ToSchema)]
struct UnclaimedBody {
    #[schema(value_type = String)]
    listing_hash: Hash,
    /// CET wei.
    #[schema(schema_with = whole_number)]
    amount: Amount,
}

#[derive(Serialize, ToSchema)]
struct AccountCountsBody {
    listings: u64,
    votes: u64,
    deliveries: u64,
}

impl AccountBody {
    fn of(address: Address, view: &AccountView) -> Self {
        let state = &view.state;
        let unclaimed = |(listing_hash, amount): &(Hash, Amount)| UnclaimedBody {
            listing_hash: *listing_hash,
            amount: *amount,
        };
        AccountBody {
            address,
            balances: BalancesBody { eth: state.eth, cet: state.cet, cmt: state.cmt },
            allowances: AllowancesBody {
                cet: CetAllowancesBody { reserve: state.cet_to_reserve, datatrust: state.cet_to_datatrust },
                cmt: CmtAllowancesBody { voting: state.cmt_to_voting, reserve: state.cmt_to_reserve },
            },
            bytes_purchased: state.bytes_purchased,
            withdrawal_proceeds: state.withdrawal_proceeds,
            stakes: view.stakes.iter().map(StakeBody::from).collect(),
            unclaimed: view.unclaimed.iter().map(unclaimed).collect(),
            counts: AccountCountsBody {
                listings: view.counts.listings,
                votes: view.counts.votes,
                deliveries: view.counts.deliveries,
            },
            at: BlockBody::from(&view.at),
        }
    }
}

impl From<&Stake> for StakeBody {
    fn from(stake: &Stake) -> Self {
        let Stake { hash, kind, amount, releasable } = *stake;
        StakeBody { hash, kind: kind.name(), amount, releasable }
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct AccountDeliveriesBody {
    items: Vec<DeliveryBody>,
    /// The next page's cursor; null on the last page.
    #[schema(required)]
    next: Option<String>,
    /// The total number of items.
    total: u64,
}

#[derive(Serialize, ToSchema)]
struct DeliveryBody {
    #[schema(value_type = String)]
    delivery_hash: Hash,
    /// The number of earlier completed deliveries under the hash.
    life: u32,
    /// `open` or `completed`.
    status: &'static str,
    /// Null if the contract emits no event for requests.
    #[schema(schema_with = schema::whole_number_or_null, required)]
    bytes_requested: Option<Amount>,
    /// By the accesses that are shown, which are the first 1000.
    #[schema(schema_with = whole_number)]
    bytes_delivered: Amount,
    #[schema(required)]
    requested: Option<At>,
    #[schema(required)]
    completed: Option<At>,
    accesses: Vec<AccessBody>,
}

/// A bought file.
#[derive(Serialize, ToSchema)]
struct AccessBody {
    #[schema(value_type = String)]
    listing_hash: Hash,
    #[schema(required)]
    title: Option<String>,
    /// Charged bytes.
    #[schema(schema_with = whole_number)]
    size: Amount,
    /// Whether this server has the file, so that the account can fetch it again.
    fetchable: bool,
    at: At,
}

impl From<&PurchaseView> for DeliveryBody {
    fn from(purchase: &PurchaseView) -> Self {
        let PurchaseView { facts, requested, completed, bytes_delivered, accesses } = purchase;
        DeliveryBody {
            delivery_hash: facts.delivery,
            life: facts.life,
            status: if facts.completed.is_some() { "completed" } else { "open" },
            bytes_requested: facts.requested.map(|(bytes, _)| bytes),
            bytes_delivered: *bytes_delivered,
            requested: requested.as_ref().map(At::of),
            completed: completed.as_ref().map(At::of),
            accesses: accesses.iter().map(AccessBody::from).collect(),
        }
    }
}

impl From<&PurchasedAccess> for AccessBody {
    fn from(access: &PurchasedAccess) -> Self {
        AccessBody {
            listing_hash: access.listing,
            title: access.title.clone(),
            size: access.size,
            fetchable: access.fetchable,
            at: At::of(&access.at),
        }
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct AccountVotesBody {
    items: Vec<VoteBody>,
    /// The next page's cursor; null on the last page.
    #[schema(required)]
    next: Option<String>,
    /// The total number of items.
    total: u64,
}

#[derive(Serialize, ToSchema)]
struct VoteBody {
    #[schema(value_type = String)]
    hash: Hash,
    /// `application`, `challenge`, `reparam` or `registration`.
    kind: &'static str,
    at: At,
    /// The vote's stake in CMT wei.
    #[schema(schema_with = whole_number)]
    stake: Amount,
    /// Whether the account has released its stake under this hash.
    released: bool,
    resolved: bool,
    /// `passed` or `failed`, once decided.
    #[schema(required)]
    outcome: Option<&'static str>,
}

impl From<&AccountVote> for VoteBody {
    fn from(vote: &AccountVote) -> Self {
        VoteBody {
            hash: vote.facts.hash,
            kind: vote.kind.name(),
            at: At::of(&vote.at),
            stake: vote.facts.stake,
            released: vote.released,
            resolved: vote.resolved,
            outcome: vote.passed.map(|passed| if passed { "passed" } else { "failed" }),
        }
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct AccountListingsBody<'a> {
    items: Vec<AccountListingBody<'a>>,
    /// The next page's cursor; null on the last page.
    #[schema(required)]
    next: Option<String>,
    /// The total number of items.
    total: u64,
}

#[derive(Serialize, ToSchema)]
struct AccountListingBody<'a> {
    #[serde(flatten)]
    listing: ListingBody<'a>,
    /// `candidate`, `listed`, `removed`, or `failed` for an unsuccessful application.
    status: &'static str,
    /// Unclaimed earnings in CET wei.
    #[schema(schema_with = whole_number)]
    unclaimed: Amount,
}

impl<'a> From<&'a AccountListing> for AccountListingBody<'a> {
    fn from(item: &'a AccountListing) -> Self {
        AccountListingBody {
            listing: ListingBody::new(&item.listing, item.supply),
            status: item.status.name(),
            unclaimed: item.unclaimed,
        }
    }
}
