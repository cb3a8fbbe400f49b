//! Where the events of a series are in the chain, in its order: eight bytes each.

use super::super::index::Position;

/// Blocks with the indices of logs in them. No chain has 2³² blocks, and no block 2³² logs.
#[derive(Clone, Default)]
pub(super) struct Events(Vec<(u32, u32)>);

impl Events {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn get(&self, rank: u32) -> Option<Position> {
        self.0.get(rank as usize).copied().map(position)
    }

    pub(super) fn last(&self) -> Option<Position> {
        self.0.last().copied().map(position)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Position> + '_ {
        self.0.iter().copied().map(position)
    }

    /// Adds events at the end; returns whether there were any.
    pub(super) fn extend(&mut self, events: impl IntoIterator<Item = Position>) -> bool {
        let before = self.0.len();
        self.0.extend(events.into_iter().map(packed));
        self.0.len() != before
    }

    /// Removes the events of later blocks; returns whether there were any.
    pub(super) fn truncate(&mut self, block: u64) -> bool {
        let kept = self.rank_behind(Position::end_of(block)) as usize;
        let is_shorter = kept < self.0.len();
        self.0.truncate(kept);
        is_shorter
    }

    /// Gives back memory that was taken for further events.
    pub(super) fn shrink(&mut self) {
        self.0.shrink_to_fit();
    }

    pub(super) fn rank(&self, at: Position) -> Option<u32> {
        self.0.binary_search(&packed(at)).ok().map(|rank| rank as u32)
    }

    /// The rank of the first event at or behind a position.
    pub(super) fn rank_from(&self, at: Position) -> u32 {
        self.0.partition_point(|event| *event < packed(at)) as u32
    }

    /// The rank of the first event behind a position.
    pub(super) fn rank_behind(&self, at: Position) -> u32 {
        self.0.partition_point(|event| *event <= packed(at)) as u32
    }
}

/// What is beyond all events stays beyond them.
fn packed(Position { block, index }: Position) -> (u32, u32) {
    let part = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    (part(block), part(index))
}

fn position((block, index): (u32, u32)) -> Position {
    Position { block: block.into(), index: index.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(block: u64, index: u64) -> Position {
        Position { block, index }
    }

    #[test]
    fn events_are_found_by_rank_and_by_position() {
        let mut events = Events::default();
        let all = [at(1, 0), at(1, 7), at(4, 2), at(9, 0)];
        assert!(events.extend(all) && !events.extend([]));
        assert_eq!(events.iter().collect::<Vec<_>>(), all);
        for (rank, event) in (0..).zip(all) {
            assert_eq!((events.get(rank), events.rank(event)), (Some(event), Some(rank)));
            assert_eq!((events.rank_from(event), events.rank_behind(event)), (rank, rank + 1));
        }
        assert_eq!((events.rank(at(1, 1)), events.get(4)), (None, None));
        for (beyond, rank) in [(at(0, 9), 0), (at(2, 0), 2), (Position::end_of(u64::MAX), 4)] {
            assert_eq!((events.rank_from(beyond), events.rank_behind(beyond)), (rank, rank));
        }
        assert!(!events.truncate(9) && events.truncate(3));
        assert_eq!((events.len(), events.last()), (2, Some(at(1, 7))));
    }
}
