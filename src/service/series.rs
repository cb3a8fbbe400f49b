//! The market's figures over time.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::figures;
use super::index::{Interval, Levels};
use super::{Context, ServiceError, ServiceResult};
use crate::chain::Parameters;
use crate::domain::Amount;

pub use super::index::By;

/// The most points in one response.
const MAX_POINTS: u64 = 1_000;
/// The number of points if no start is given.
const DEFAULT_POINTS: u64 = 100;
const CMT: Amount = Amount::from_ether(1);

/// The figure.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Figure {
    Price,
    Reserve,
    Supply,
    Listings,
    Bytes,
    Buyers,
    Earnings,
}

impl Figure {
    pub fn unit(self) -> &'static str {
        match self {
            Figure::Price => "CET wei for 10^9 CMT wei",
            Figure::Reserve | Figure::Earnings => "CET wei",
            Figure::Supply => "CMT wei",
            Figure::Listings => "listings",
            Figure::Bytes => "bytes",
            Figure::Buyers => "accounts",
        }
    }

    /// Whether it is a sum over an interval, rather than a value that stays until it changes.
    fn is_flow(self) -> bool {
        matches!(self, Figure::Bytes | Figure::Buyers | Figure::Earnings)
    }
}

/// The value of a figure in an interval.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Value {
    One(Amount),
    /// CET wei.
    Earned {
        maker: Amount,
        backend: Amount,
        reserve: Amount,
    },
}

/// The start of an interval, in Unix seconds, and the value in it.
pub type Point = (u64, Value);

/// A figure's values in the intervals from the one that contains `from` to the one that contains `to`, but no later than
/// the index's head. Values that are not sums are those at the end of each interval, starting with the first known one.
pub async fn get(
    ctx: &Context,
    figure: Figure,
    by: By,
    from: Option<u64>,
    to: Option<u64>,
) -> ServiceResult<Vec<Point>> {
    let Some(starts) = intervals(by, from, to, figures::head(ctx)?.timestamp)? else {
        return Ok(Vec::new());
    };
    let (first, last) = (*starts.start(), *starts.end());
    let look_up =
        ctx.look_up(move |snapshot| Ok((snapshot.intervals(by, first, last)?, snapshot.totals()?.levels)));
    let (intervals, now) = look_up.await?;
    let priced = match figure {
        Figure::Price => {
            Some(Priced { now, parameters: figures::market(ctx).await?.value.parameters.clone() })
        }
        _ => None,
    };
    let value = |interval: &Interval| value(figure, interval, priced.as_ref());
    Ok(points(figure, by, starts, &intervals, value))
}

/// The starts of the intervals asked for; `None` if they all begin after `now`.
fn intervals(
    by: By,
    from: Option<u64>,
    to: Option<u64>,
    now: u64,
) -> ServiceResult<Option<RangeInclusive<u64>>> {
    let last = by.start_of(to.unwrap_or(now).min(now));
    let default = last.saturating_sub((DEFAULT_POINTS - 1) * by.seconds());
    let first = by.start_of(from.unwrap_or(default));
    if to.is_some_and(|to| by.start_of(to) < first) {
        return Err(ServiceError::invalid("to", "lies before from"));
    }
    if last.saturating_sub(first) / by.seconds() >= MAX_POINTS {
        let reason = format!(
            "there are at most {MAX_POINTS} points per response: ask for a later start or wider intervals"
        );
        return Err(ServiceError::invalid("from", reason));
    }
    Ok((first <= last).then_some(first..=last))
}

fn points(
    figure: Figure,
    by: By,
    starts: RangeInclusive<u64>,
    intervals: &[(u64, Interval)],
    value: impl Fn(&Interval) -> Option<Value>,
) -> Vec<Point> {
    let mut points = Vec::new();
    let mut known = intervals.iter().peekable();
    let mut current: Option<&Interval> = None;
    let quiet = Interval::default();
    for start in starts.step_by(by.seconds() as usize) {
        let mut own = false;
        while let Some((at, interval)) = known.next_if(|(at, _)| *at <= start) {
            own = *at == start;
            current = Some(interval);
        }
        // A sum belongs to its own interval only.
        let interval = if own || !figure.is_flow() { current } else { Some(&quiet) };
        points.extend(interval.and_then(&value).map(|value| (start, value)));
    }
    points
}

/// The parameters that a price needs in addition to its interval's levels: the contract reveals them only on change.
struct Priced {
    now: Levels,
    parameters: Parameters,
}

fn value(figure: Figure, interval: &Interval, priced: Option<&Priced>) -> Option<Value> {
    let levels = &interval.levels;
    Some(Value::One(match figure {
        Figure::Price => support_price(levels, priced?)?,
        Figure::Reserve => levels.reserve,
        Figure::Supply => levels.supply,
        Figure::Listings => levels.listings.into(),
        Figure::Bytes => interval.bytes,
        Figure::Buyers => interval.buyers.into(),
        Figure::Earnings => {
            let Interval { maker, backend, reserve, .. } = *interval;
            return Some(Value::Earned { maker, backend, reserve });
        }
    }))
}

/// The support price as the contract computes it; `None` before a parameter's first change, because its value until
/// then is unknown.
fn support_price(levels: &Levels, priced: &Priced) -> Option<Amount> {
    let Priced { now, parameters } = priced;
    let then = |then: Option<Amount>, changed: Option<Amount>, today: Amount| match changed {
        None => Some(today),
        Some(_) => then,
    };
    let floor = then(levels.price_floor, now.price_floor, parameters.price_floor)?;
    let spread = then(levels.spread, now.spread, parameters.spread.into())?;
    let billion = Amount::from(1_000_000_000_u64);
    let raised = spread.saturating_mul(levels.reserve).saturating_mul(billion);
    Some(floor.saturating_add(raised.div_floor(levels.supply.max(CMT).saturating_mul(100_u64.into()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(supply: u64, bytes: u64) -> Interval {
        let levels = Levels { supply: supply.into(), ..Levels::default() };
        Interval { levels, bytes: bytes.into(), ..Interval::default() }
    }

    fn amounts(figure: Figure, first: u64, last: u64) -> Vec<(u64, u64)> {
        let hour = By::Hour.seconds();
        let intervals = [(2 * hour, interval(5, 50)), (4 * hour, interval(7, 70))];
        let points = points(figure, By::Hour, first * hour..=last * hour, &intervals, |interval| {
            value(figure, interval, None)
        });
        let amount = |value| match value {
            Value::One(amount) => amount.as_u64_saturating(),
            Value::Earned { .. } => panic!("one value is expected"),
        };
        points.into_iter().map(|(start, value)| (start / hour, amount(value))).collect()
    }

    #[test]
    fn what_holds_is_carried_on_and_what_flows_is_zero_where_nothing_happened() {
        assert_eq!(amounts(Figure::Supply, 1, 5), [(2, 5), (3, 5), (4, 7), (5, 7)]);
        assert_eq!(amounts(Figure::Bytes, 1, 5), [(1, 0), (2, 50), (3, 0), (4, 70), (5, 0)]);
        assert_eq!(amounts(Figure::Supply, 3, 3), [(3, 5)], "as it was before");
        assert_eq!(amounts(Figure::Bytes, 3, 3), [(3, 0)], "not what flowed before");
    }

    #[test]
    fn nothing_is_told_of_the_future_and_no_time_is_too_late() {
        let (hour, now) = (By::Hour.seconds(), 1_571_229_296);
        let last = By::Hour.start_of(now);
        let asked = |from, to| intervals(By::Hour, from, to, now).map_err(|error| error.to_string());
        assert_eq!(asked(None, None).unwrap(), Some(last - 99 * hour..=last));
        for to in [now, now + hour, u64::MAX - hour, u64::MAX] {
            assert_eq!(asked(None, Some(to)).unwrap(), Some(last - 99 * hour..=last), "{to}");
            assert_eq!(asked(Some(now), Some(to)).unwrap(), Some(last..=last), "{to}");
        }
        for from in [now + hour, u64::MAX] {
            assert_eq!(asked(Some(from), None).unwrap(), None);
            assert_eq!(asked(Some(from), Some(u64::MAX)).unwrap(), None);
        }
        asked(Some(now), Some(now - hour)).unwrap_err();
        asked(Some(0), Some(u64::MAX)).unwrap_err();
    }

    #[test]
    fn the_last_interval_of_all_ends_the_points() {
        for by in [By::Hour, By::Day, By::Week] {
            let last = by.start_of(u64::MAX);
            let points =
                points(Figure::Bytes, by, last..=last, &[], |interval| value(Figure::Bytes, interval, None));
            assert_eq!(points.len(), 1);
        }
    }

    #[test]
    fn weeks_begin_on_mondays_and_days_at_midnight() {
        // Wednesday, 2019-10-16 12:34:56 UTC.
        let time = 1_571_229_296;
        assert_eq!(By::Week.start_of(time), 1_571_011_200, "2019-10-14");
        assert_eq!(By::Day.start_of(time), 1_571_184_000);
        assert_eq!(By::Hour.start_of(time), 1_571_227_200);
    }
}
