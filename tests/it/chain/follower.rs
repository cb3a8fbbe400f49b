//! The follower on a real node.

use capi::chain::follower::{Cursor, Follower, Update};
use capi::chain::{ChainError, Log, Reader};
use capi::domain::Hash;

use crate::support::market::{MAKER, Market};

struct Followed {
    follower: Follower,
    cursor: Cursor,
    logs: Vec<Log>,
}

impl Followed {
    fn new() -> Self {
        Followed { follower: Follower::new(), cursor: Cursor::new(0), logs: Vec::new() }
    }

    async fn follow(&mut self, reader: &dyn Reader) -> Vec<Update> {
        let mut updates = Vec::new();
        loop {
            match self.follower.next(reader, &self.cursor).await {
                Ok(None) => return updates,
                Ok(Some(update)) => {
                    self.apply(&update);
                    updates.push(update);
                }
                Err(ChainError::UnknownBlock) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    fn apply(&mut self, update: &Update) {
        match update {
            Update::Apply { logs, .. } => self.logs.extend(logs.iter().cloned()),
            Update::Rollback { to } => self.logs.retain(|log| log.block <= *to),
            Update::Reset => self.logs.clear(),
        }
        self.cursor.advance(update);
    }

    async fn assert_canonical(&self, reader: &dyn Reader) {
        let head = reader.head().await.unwrap();
        assert_eq!(self.cursor.head(), Some(&head));
        assert_eq!(self.logs, reader.logs(0, head.number).await.unwrap());
    }
}

#[tokio::test]
async fn a_market_is_followed_through_growth_and_reorganisation() {
    let market = Market::deploy().await;
    let (reader, maker) = (market.reader(), market.wallet(MAKER));
    let mut followed = Followed::new();
    followed.follow(&*reader).await;
    followed.assert_canonical(&*reader).await;

    market.node.mine(1_000).await.unwrap();
    for number in 0..5_u8 {
        maker.list(Hash::keccak([number])).await.unwrap();
    }
    followed.follow(&*reader).await;
    followed.assert_canonical(&*reader).await;

    let before = followed.logs.len();
    let head = reader.head().await.unwrap().number;
    market.node.reorg(3).await.unwrap();
    let updates = followed.follow(&*reader).await;
    assert_eq!(updates[0], Update::Rollback { to: head - 3 });
    followed.assert_canonical(&*reader).await;
    assert!(followed.logs.len() < before, "three applications are gone");
}

#[tokio::test]
async fn a_chain_that_was_set_back_is_followed_with_its_next_block() {
    let market = Market::deploy().await;
    let (reader, maker) = (market.reader(), market.wallet(MAKER));
    let snapshot = market.node.snapshot().await.unwrap();
    let kept = reader.head().await.unwrap().number;
    maker.list(Hash::keccak("undone")).await.unwrap();
    maker.list(Hash::keccak("undone too")).await.unwrap();
    let mut followed = Followed::new();
    followed.follow(&*reader).await;

    market.node.revert(snapshot).await.unwrap();
    assert!(followed.follow(&*reader).await.is_empty());
    maker.list(Hash::keccak("done")).await.unwrap();
    let updates = followed.follow(&*reader).await;
    assert_eq!(updates[0], Update::Rollback { to: kept });
    followed.assert_canonical(&*reader).await;
}
