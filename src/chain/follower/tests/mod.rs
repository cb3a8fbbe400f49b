//! The follower against a model of a chain that changes, also in the middle of its questions.

mod model;

use proptest::prelude::*;

use self::model::{Chain, Change, cut, grow};
use super::*;

/// What an index does with the updates.
struct Index {
    follower: Follower,
    cursor: Cursor,
    logs: Vec<Log>,
}

impl Index {
    fn new(genesis: u64) -> Self {
        Index { follower: Follower::new(), cursor: Cursor::new(genesis), logs: Vec::new() }
    }

    async fn step(&mut self, chain: &Chain) -> Result<Option<Update>, ChainError> {
        let update = self.follower.next(chain, &self.cursor).await?;
        if let Some(update) = &update {
            self.apply(update);
        }
        Ok(update)
    }

    fn apply(&mut self, update: &Update) {
        match update {
            Update::Apply { blocks, from, to, logs } => {
                assert_eq!(*from, self.cursor.next(), "no block is left out");
                assert_eq!(blocks.last().unwrap().number, *to);
                self.logs.extend(logs.iter().cloned());
            }
            Update::Rollback { to } => {
                assert!(self.cursor.recent.iter().any(|block| block.number == *to), "only to what is known");
                assert!(*to < self.cursor.head().unwrap().number, "every step is a step");
                self.logs.retain(|log| log.block <= *to);
            }
            Update::Reset => self.logs.clear(),
        }
        self.cursor.advance(update);
        assert!(self.cursor.recent.len() as u64 <= REMEMBERED_BLOCKS);
    }

    /// Until there is nothing new.
    async fn follow(&mut self, chain: &Chain) -> Vec<Update> {
        let mut updates = Vec::new();
        loop {
            match self.step(chain).await {
                Ok(Some(update)) => updates.push(update),
                Ok(None) => return updates,
                Err(ChainError::UnknownBlock) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    fn assert_canonical(&self, chain: &Chain) {
        let model = chain.0.lock().unwrap();
        assert_eq!(self.cursor.head(), model.blocks.last());
        let genesis = self.cursor.genesis;
        let canonical: Vec<&Log> = model.logs.iter().filter(|log| log.block >= genesis).collect();
        assert_eq!(self.logs.iter().collect::<Vec<_>>(), canonical);
    }
}

#[tokio::test]
async fn a_long_chain_is_followed_in_few_steps_and_then_rests() {
    let chain = Chain::of(&[grow(5_000)]);
    let mut index = Index::new(7);
    let updates = index.follow(&chain).await;
    index.assert_canonical(&chain);
    assert!(updates.len() < 10, "{}", updates.len());
    assert_eq!(index.cursor.recent.len() as u64, REMEMBERED_BLOCKS);
    assert_eq!(index.step(&chain).await.unwrap(), None);
}

#[tokio::test]
async fn nothing_happens_before_the_genesis_block() {
    let chain = Chain::of(&[grow(5)]);
    let mut index = Index::new(100);
    assert_eq!(index.step(&chain).await.unwrap(), None);
    chain.change(grow(200));
    index.follow(&chain).await;
    index.assert_canonical(&chain);
}

#[tokio::test]
async fn a_fork_of_any_remembered_depth_is_rolled_back_to_where_it_begins() {
    for depth in [1, 2, 31, 32, 33, 64, 100, 255] {
        let chain = Chain::of(&[grow(600)]);
        let mut index = Index::new(0);
        index.follow(&chain).await;
        chain.change(cut(depth));
        chain.change(grow(depth));
        let updates = index.follow(&chain).await;
        assert_eq!(updates[0], Update::Rollback { to: 600 - depth }, "depth {depth}");
        index.assert_canonical(&chain);
    }
}

#[tokio::test]
async fn a_fork_deeper_than_the_memory_begins_anew() {
    let chain = Chain::of(&[grow(100)]);
    let mut index = Index::new(50);
    index.follow(&chain).await;
    chain.change(cut(80));
    chain.change(grow(90));
    let updates = index.follow(&chain).await;
    assert_eq!(updates[0], Update::Reset);
    index.assert_canonical(&chain);
}

/// The index remembers no more either, so it could not roll back to the end of an earlier range.
#[tokio::test]
async fn a_deep_fork_while_ranges_are_applied_begins_anew() {
    let chain = Chain::of(&[grow(20_000)]);
    let mut index = Index::new(0);
    index.step(&chain).await.unwrap();
    index.step(&chain).await.unwrap();
    let applied = index.cursor.head().unwrap().number;
    assert!((1_000..19_000).contains(&applied), "{applied}");
    chain.change(cut(20_000 - applied + 300));
    chain.change(grow(20_000));
    let updates = index.follow(&chain).await;
    assert_eq!(updates[0], Update::Reset);
    index.assert_canonical(&chain);
}

#[tokio::test]
async fn a_chain_that_was_set_back_is_waited_for_until_it_contradicts_what_is_known() {
    let chain = Chain::of(&[grow(50)]);
    let mut index = Index::new(0);
    index.follow(&chain).await;
    chain.change(cut(10));
    assert_eq!(index.step(&chain).await.unwrap(), None);
    chain.change(grow(1));
    assert_eq!(index.step(&chain).await.unwrap(), Some(Update::Rollback { to: 40 }));
    index.follow(&chain).await;
    index.assert_canonical(&chain);
}

#[tokio::test]
async fn a_fork_that_is_gone_when_it_is_looked_for_takes_nothing_back() {
    let chain = Chain::of(&[grow(50)]);
    let mut index = Index::new(0);
    index.follow(&chain).await;
    let synced = index.cursor.clone();
    let abandoned = Block { hash: Hash::keccak(b"another block"), ..synced.recent[synced.recent.len() - 3] };
    chain.0.lock().unwrap().other_head = Some(abandoned);
    assert!(matches!(index.step(&chain).await, Err(ChainError::UnknownBlock)));
    assert_eq!(index.cursor, synced);
}

#[tokio::test]
async fn refused_ranges_shrink_down_to_single_blocks_and_grow_again() {
    for most in [1, 2, 3, 100] {
        let chain = Chain::of(&[grow(700)]);
        chain.0.lock().unwrap().most_blocks = Some(most);
        let mut index = Index::new(0);
        index.follow(&chain).await;
        index.assert_canonical(&chain);
        assert!(index.follower.span.blocks() <= 2 * most);

        chain.0.lock().unwrap().most_blocks = None;
        chain.change(grow(20_000));
        assert!(index.follow(&chain).await.len() < 40);
        index.assert_canonical(&chain);
    }
}

#[tokio::test]
async fn a_node_that_refuses_even_one_block_is_an_error() {
    let chain = Chain::of(&[grow(700)]);
    chain.0.lock().unwrap().most_blocks = Some(0);
    let refused = Index::new(0).step(&chain).await;
    assert!(matches!(refused, Err(ChainError::RangeRefused(_))));
}

#[tokio::test]
async fn logs_of_other_blocks_than_asked_are_never_applied() {
    // Near the head, and far from it, where the first range ends in a block with a log.
    for length in [20, 5_000] {
        let chain = Chain::of(&[Change::Grow { blocks: length, every: 1 }]);
        let mut index = Index::new(0);
        chain.0.lock().unwrap().lying_logs = true;
        assert!(matches!(index.step(&chain).await, Err(ChainError::UnknownBlock)), "{length}");
        chain.0.lock().unwrap().lying_logs = false;
        index.follow(&chain).await;
        index.assert_canonical(&chain);
    }
}

#[tokio::test]
async fn headers_that_do_not_link_are_never_applied() {
    let chain = Chain::of(&[grow(20)]);
    let mut index = Index::new(0);
    chain.0.lock().unwrap().torn_headers = true;
    assert!(matches!(index.step(&chain).await, Err(ChainError::UnknownBlock)));
    chain.0.lock().unwrap().torn_headers = false;
    index.follow(&chain).await;
    index.assert_canonical(&chain);
}

#[tokio::test]
async fn an_unreachable_node_is_an_error_and_changes_nothing() {
    let chain = Chain::of(&[grow(20)]);
    let mut index = Index::new(0);
    chain.0.lock().unwrap().unavailable = true;
    assert!(matches!(index.step(&chain).await, Err(ChainError::Unavailable(_))));
    assert_eq!(index.cursor, Cursor::new(0));
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => (1..40_u64, 1..5_u64).prop_map(|(blocks, every)| Change::Grow { blocks, every }),
        1 => (200..900_u64, 1..50_u64).prop_map(|(blocks, every)| Change::Grow { blocks, every }),
        3 => (1..20_u64).prop_map(|blocks| Change::Cut { blocks }),
        1 => (1..600_u64).prop_map(|blocks| Change::Cut { blocks }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Whatever happens to the chain, and between whichever requests, the followed logs end as the canonical ones.
    #[test]
    fn following_converges_to_the_canonical_logs(
        before in proptest::collection::vec(change(), 0..6),
        during in proptest::collection::vec((0..12_usize, change()), 0..40),
        genesis in 0..50_u64,
        most in proptest::option::of(1..300_u64),
    ) {
        let chain = Chain::of(&before);
        {
            let mut model = chain.0.lock().unwrap();
            model.most_blocks = most;
            model.ahead = during.into();
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut index = Index::new(genesis);
            while !chain.0.lock().unwrap().ahead.is_empty() {
                index.follow(&chain).await;
            }
            // A chain that was set back is followed with its next blocks.
            let behind = index.cursor.head().map_or(genesis, |head| head.number) + 1;
            chain.change(grow(behind));
            index.follow(&chain).await;
            index.assert_canonical(&chain);
        });
    }
}
