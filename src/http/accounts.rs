//! What an account holds and did in the market.

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
use super::schema::whole_number;
use crate::domain::{Address, Amount, Hash};
use crate::service::Context;
use crate::service::accounts::{
    self, AccountListing, AccountPage, AccountView, AccountVote, PurchaseView, PurchasedAccess, Stake,
};

/// The address in the path.
pub(super) struct PathAddress(Address);

impl FromRequest for PathAddress {
    type Error = HttpError;
    type Future = Ready<Result<Self, HttpError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let address = request.match_info().query("address").parse();
        ready(address.map(PathAddress).map_err(|error| wrong("address", &error)))
    }
}

/// What an account holds
///
/// Amounts are in wei. Balances, allowances, stakes and earnings are read from the chain node as of the block `at`.
#[utoipa::path(
    get,
    path = "/accounts/{address}",
    tag = "accounts",
    params(("address" = String, Path, description = "The account")),
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

/// What an account bought, the newest first
///
/// The deployed contracts do not tell of requests: a delivery shows once it is completed.
#[utoipa::path(
    get,
    path = "/accounts/{address}/deliveries",
    tag = "accounts",
    params(("address" = String, Path, description = "The account"), PageParams),
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

/// What an account voted on, the newest first
///
/// Which way is not told by the chain. Whether stakes were taken back is read from the chain node.
#[utoipa::path(
    get,
    path = "/accounts/{address}/votes",
    tag = "accounts",
    params(("address" = String, Path, description = "The account"), PageParams),
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

/// What an account proposed to list, the newest first
///
/// A hash that was listed again has an item for each time. What is unclaimed is read from the chain node.
#[utoipa::path(
    get,
    path = "/accounts/{address}/listings",
    tag = "accounts",
    params(("address" = String, Path, description = "The account"), PageParams),
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
    /// Unspent.
    #[schema(schema_with = whole_number)]
    bytes_purchased: Amount,
    /// CET wei that all its CMT would bring from the reserve.
    #[schema(schema_with = whole_number)]
    withdrawal_proceeds: Amount,
    /// On the latest 200 candidates that the account took part in.
    stakes: Vec<StakeBody>,
    /// Of at most 200 listings.
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

/// What the market's contracts may take of the account's tokens.
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
    /// Whether `unstake` pays it back now.
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
    /// The cursor of the next page, null on the last.
    #[schema(required)]
    next: Option<String>,
    /// How many there are in all.
    total: u64,
}

#[derive(Serialize, ToSchema)]
struct DeliveryBody {
    #[schema(value_type = String)]
    delivery_hash: Hash,
    /// How often the hash was delivered before.
    life: u32,
    /// `open` or `completed`.
    status: &'static str,
    /// Null where the contract does not tell of requests.
    #[schema(schema_with = super::schema::whole_number_or_null, required)]
    bytes_requested: Option<Amount>,
    #[schema(schema_with = whole_number)]
    bytes_delivered: Amount,
    #[schema(required)]
    requested: Option<At>,
    #[schema(required)]
    completed: Option<At>,
    accesses: Vec<AccessBody>,
}

/// A file that was bought.
#[derive(Serialize, ToSchema)]
struct AccessBody {
    #[schema(value_type = String)]
    listing_hash: Hash,
    #[schema(required)]
    title: Option<String>,
    /// Bytes that were charged.
    #[schema(schema_with = whole_number)]
    size: Amount,
    /// Whether this server holds it, for the account to fetch again.
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
    /// The cursor of the next page, null on the last.
    #[schema(required)]
    next: Option<String>,
    /// How many there are in all.
    total: u64,
}

#[derive(Serialize, ToSchema)]
struct VoteBody {
    #[schema(value_type = String)]
    hash: Hash,
    /// `application`, `challenge`, `reparam` or `registration`.
    kind: &'static str,
    at: At,
    /// CMT wei that the vote staked.
    #[schema(schema_with = whole_number)]
    stake: Amount,
    /// Whether the account has taken back what it staked under this hash.
    released: bool,
    resolved: bool,
    /// `passed` or `failed`, once it is decided.
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
    /// The cursor of the next page, null on the last.
    #[schema(required)]
    next: Option<String>,
    /// How many there are in all.
    total: u64,
}

#[derive(Serialize, ToSchema)]
struct AccountListingBody<'a> {
    #[serde(flatten)]
    listing: ListingBody<'a>,
    /// `candidate`, `listed`, `removed`, or `failed` for an application that came to nothing.
    status: &'static str,
    /// CET wei that it earned and the account has not claimed.
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
