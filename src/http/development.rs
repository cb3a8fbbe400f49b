//! The tools of a development market, for its console. No other server has these paths.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::error::{HttpError, HttpResult};
use super::json::JsonBody;
use crate::domain::{Address, Amount};
use crate::service::development::{Development, Gift};
use crate::service::{Context, ServiceError};

/// The maximum number of blocks in one request.
const MAX_BLOCKS: u64 = 10_000;
/// The maximum time step in one request: a year.
const MAX_SECONDS: u64 = 366 * 24 * 60 * 60;
/// The methods that wallets use. Others control the node itself.
const RELAYED: [&str; 4] = ["eth_", "net_", "web3_", "personal_sign"];

#[derive(Serialize)]
struct Accounts {
    items: Vec<AccountBody>,
}

#[derive(Serialize)]
struct AccountBody {
    name: &'static str,
    address: Address,
}

/// Amounts in wei.
#[derive(Deserialize)]
pub(super) struct DripBody {
    address: Address,
    eth: Amount,
    cmt: Amount,
    cet: Amount,
}

#[derive(Deserialize)]
pub(super) struct MineBody {
    blocks: u64,
}

#[derive(Deserialize)]
pub(super) struct TimeBody {
    seconds: u64,
}

#[derive(Deserialize)]
pub(super) struct RpcBody {
    method: String,
    params: Vec<Value>,
}

pub(super) async fn accounts(ctx: web::Data<Context>) -> HttpResult {
    let accounts = tools(&ctx)?.accounts().into_iter();
    let items = accounts.map(|(name, address)| AccountBody { name, address }).collect();
    Ok(HttpResponse::Ok().json(Accounts { items }))
}

pub(super) async fn drip(ctx: web::Data<Context>, body: JsonBody<DripBody>) -> HttpResult {
    let DripBody { address, eth, cmt, cet } = body.0;
    tools(&ctx)?.drip(address, Gift { eth, cmt, cet }).await?;
    Ok(HttpResponse::NoContent().finish())
}

pub(super) async fn mine(ctx: web::Data<Context>, body: JsonBody<MineBody>) -> HttpResult {
    tools(&ctx)?.mine(bounded("blocks", body.0.blocks, MAX_BLOCKS)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

pub(super) async fn pass_time(ctx: web::Data<Context>, body: JsonBody<TimeBody>) -> HttpResult {
    let seconds = bounded("seconds", body.0.seconds, MAX_SECONDS)?;
    tools(&ctx)?.pass_time(Duration::from_secs(seconds)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Forwards JSON-RPC from the console's wallet to the node.
pub(super) async fn relay(ctx: web::Data<Context>, body: JsonBody<RpcBody>) -> HttpResult {
    let RpcBody { method, params } = body.0;
    if !RELAYED.iter().any(|known| method.starts_with(known)) {
        return Err(ServiceError::invalid("method", "not a method that wallets use").into());
    }
    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    Ok(HttpResponse::Ok().json(tools(&ctx)?.relay(&request).await?))
}

fn tools(ctx: &Context) -> Result<&dyn Development, HttpError> {
    ctx.development.as_deref().ok_or(HttpError::UnknownPath)
}

fn bounded(name: &'static str, number: u64, most: u64) -> Result<u64, HttpError> {
    if (1..=most).contains(&number) {
        return Ok(number);
    }
    Err(ServiceError::invalid(name, format!("expected a whole number from 1 to {most}")).into())
}
