//! The market's figures over time.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::error::{HttpResult, Problem};
use super::query::Params;
use super::schema::whole_number;
use crate::domain::{Amount, ParseError};
use crate::service::Context;
use crate::service::series::{self, By, Figure, Point, Value};

/// A figure over time
///
/// `price` is the support price. `bytes`, `buyers` and `earnings` are sums over each interval, the others the value at
/// its end. Of `earnings`, `maker` is what makers claimed, `backend` and `reserve` what they were paid. At most 1000
/// points; the newest 100 when no time is given.
#[utoipa::path(
    get,
    path = "/market/series",
    tag = "market",
    params(
        ("of" = String, Query, description = "`price`, `reserve`, `supply`, `listings`, `bytes`, `buyers` or `earnings`"),
        ("by" = String, Query, description = "`hour`, `day` or `week`, in UTC"),
        ("from" = Option<u64>, Query, description = "Unix seconds"),
        ("to" = Option<u64>, Query, description = "Unix seconds; the newest block when not given"),
    ),
    responses(
        (status = 200, body = SeriesBody),
        (status = 400, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn series(ctx: web::Data<Context>, params: Params) -> HttpResult {
    let of = params.required("of", figure)?;
    let (by_name, by) = params.required("by", width)?;
    let (from, to) = (params.seconds("from")?, params.seconds("to")?);
    let points = series::get(&ctx, of, by, from, to).await?;
    let points = points.into_iter().map(PointBody::from).collect();
    Ok(HttpResponse::Ok().json(SeriesBody { of: of.name(), by: by_name, unit: of.unit(), points }))
}

fn figure(text: &str) -> Result<Figure, ParseError> {
    Figure::parse(text)
        .ok_or(ParseError("expected price, reserve, supply, listings, bytes, buyers or earnings"))
}

fn width(text: &str) -> Result<(&'static str, By), ParseError> {
    match text {
        "hour" => Ok(("hour", By::Hour)),
        "day" => Ok(("day", By::Day)),
        "week" => Ok(("week", By::Week)),
        _ => Err(ParseError("expected hour, day or week")),
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct SeriesBody {
    of: &'static str,
    by: &'static str,
    unit: &'static str,
    points: Vec<PointBody>,
}

/// `value`, or of `earnings` the three others.
#[derive(Serialize, ToSchema, Default)]
struct PointBody {
    /// The beginning of the interval, in Unix seconds.
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
