//! The market's figures over time.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::error::{HttpResult, Problem};
use super::parameters::SeriesParams;
use super::query::Query;
use super::schema::{figure, interval, whole_number};
use crate::domain::Amount;
use crate::service::Context;
use crate::service::series::{self, By, Figure, Point, Value};

/// Get a figure over time
///
/// `price` is the support price. `bytes`, `buyers` and `earnings` are sums over each interval; the others are the value
/// at its end. In `earnings`, `maker` is the amount that makers claimed, and `backend` and `reserve` are the amounts paid
/// to them. Returns at most 1000 points, or the newest 100 without `from` and `to`.
#[utoipa::path(
    get,
    path = "/market/series",
    tag = "market",
    params(SeriesParams),
    responses(
        (status = 200, body = SeriesBody),
        (status = 400, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn series(ctx: web::Data<Context>, query: Query<SeriesParams>) -> HttpResult {
    let SeriesParams { of, by, from, to } = query.0;
    let points = series::get(&ctx, of, by, from, to).await?;
    let points = points.into_iter().map(PointBody::from).collect();
    Ok(HttpResponse::Ok().json(SeriesBody { of, by, unit: of.unit(), points }))
}

#[derive(Serialize, ToSchema)]
pub(super) struct SeriesBody {
    #[schema(schema_with = figure)]
    of: Figure,
    #[schema(schema_with = interval)]
    by: By,
    unit: &'static str,
    points: Vec<PointBody>,
}

/// `value`, or the three other members for `earnings`.
#[derive(Serialize, ToSchema, Default)]
struct PointBody {
    /// The start of the interval, in Unix seconds.
    time: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = whole_number)]
    value: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = whole_number)]
    maker: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = whole_number)]
    backend: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = whole_number)]
    reserve: Option<Amount>,
}

impl From<Point> for PointBody {
    fn from((time, value): Point) -> Self {
        match value {
            Value::One(value) => PointBody { time, value: Some(value), ..PointBody::default() },
            Value::Earned { maker, backend, reserve } => PointBody {
                time,
                value: None,
                maker: Some(maker),
                backend: Some(backend),
                reserve: Some(reserve),
            },
        }
    }
}
