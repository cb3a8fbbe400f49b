//! The parameters' earlier values.

use std::sync::Arc;

use super::super::figures::{self, ParameterChange};
use super::super::index::Position;
use super::super::{Context, ServiceResult};
use super::poll::value_of;
use crate::chain::Parameters;
use crate::domain::{Amount, Parameter};

/// What the parameters were at any time.
pub(super) struct Values {
    changes: Arc<[ParameterChange]>,
    /// Before the first change; `None` if no node has that state any more.
    initial: Option<Arc<Parameters>>,
    /// Now; `None` while the node is unavailable.
    today: Option<Parameters>,
}

impl Values {
    pub(super) async fn read(ctx: &Context) -> ServiceResult<Values> {
        let changes = figures::parameter_changes(ctx).await?;
        let initial = match changes.first().and_then(|first| first.at.block.checked_sub(1)) {
            Some(before) => figures::parameters_at(ctx, before).await,
            None => None,
        };
        let today = figures::market(ctx).await.ok().map(|read| read.value.parameters.clone());
        Ok(Values { changes, initial, today })
    }

    /// The value of a parameter just before a position. Events show only what a parameter changed to, so the value before
    /// its first change may be unknown.
    pub(super) fn before(&self, number: u64, at: Position) -> Option<Amount> {
        let own = || self.changes.iter().filter(|change| change.number == number);
        if let Some(last) = own().take_while(|change| change.at < at).last() {
            return Some(last.value);
        }
        let unchanged = if own().next().is_some() { self.initial.as_deref() } else { self.today.as_ref() };
        Parameter::from_number(number).zip(unchanged).map(|(parameter, values)| value_of(parameter, values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(plurality: u64) -> Parameters {
        Parameters {
            price_floor: Amount::ZERO,
            spread: 110,
            list_reward: Amount::ZERO,
            stake: Amount::ZERO,
            plurality,
            vote_by: 0,
            backend_payment: 25,
            maker_payment: 25,
            reserve_payment: 50,
            cost_per_byte: Amount::ZERO,
        }
    }

    fn in_block(block: u64) -> Position {
        Position { block, index: 7 }
    }

    #[test]
    fn a_parameter_has_its_last_value_until_the_next_change() {
        let change =
            |block, value: u64| ParameterChange { number: 6, value: value.into(), at: in_block(block) };
        let changes: Arc<[ParameterChange]> = [change(10, 60), change(20, 70)].into();
        let mut values =
            Values { changes, initial: Some(Arc::new(parameters(50))), today: Some(parameters(70)) };
        let before = |values: &Values, number, block| {
            values.before(number, in_block(block)).map(Amount::as_u64_saturating)
        };
        assert_eq!(
            [5, 10, 11, 20, 21].map(|block| before(&values, 6, block)),
            [50, 50, 60, 60, 70].map(Some)
        );
        assert_eq!(before(&values, 8, 11), Some(25), "never changed, so it is as it is now");
        assert_eq!(before(&values, 99, 11), None, "the contracts know no such parameter");
        values.initial = None;
        assert_eq!(before(&values, 6, 10), None, "no event shows it");
        assert_eq!(before(&values, 6, 11), Some(60));
    }
}
