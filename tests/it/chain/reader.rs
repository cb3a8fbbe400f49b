//! Facts about a market on a real node.

use capi::chain::{Asker, ChainError, Event};
use capi::domain::{Address, Amount, Hash, Kind};

use crate::support::market::{BACKEND, BACKEND_URL, BUYER, MAKER, Market, VOTER};

#[tokio::test]
async fn a_delivery_is_read_as_it_was_at_a_block() {
    let market = Market::start().await;
    let reader = market.reader();
    let (buyer, delivery) = (market.wallet(BUYER).address(), Hash::keccak("delivery"));
    let before = reader.head().await.unwrap().hash;
    let after = market.buy(delivery, 500).await.mined.block_hash;

    let facts = reader.delivery(before, delivery, buyer, Asker::Caller).await.unwrap();
    assert!(facts.owner.is_zero() && facts.purchased.is_zero());
    let facts = reader.delivery(after, delivery, buyer, Asker::Caller).await.unwrap();
    assert_eq!(facts.owner, buyer);
    assert_eq!((facts.requested, facts.purchased), (500_u64.into(), 500_u64.into()));
    assert!(facts.delivered.is_zero());

    let unknown = reader.delivery(Hash::keccak("no block"), delivery, buyer, Asker::Caller).await;
    assert!(matches!(unknown, Err(ChainError::UnknownBlock)), "{unknown:?}");
}

/// At one call a second, the next read of a caller takes two.
#[tokio::test]
async fn callers_who_ask_for_deliveries_do_not_delay_their_settlement() {
    let mut market = Market::start().await;
    market.settings.call_rates.callers = 1;
    let reader = market.reader();
    let (head, delivery) = (reader.head().await.unwrap().hash, Hash::keccak("delivery"));
    let read = |asker| reader.delivery(head, delivery, Address::ZERO, asker);
    for _ in 0..16 {
        read(Asker::Caller).await.unwrap();
    }
    let settlement = async {
        for _ in 0..10 {
            read(Asker::Server).await.unwrap();
        }
    };
    tokio::select! {
        state = read(Asker::Caller) => panic!("callers read as often as they like: {state:?}"),
        () = settlement => {}
    }
}

#[tokio::test]
async fn tallies_data_hashes_and_balances_are_those_of_now() {
    let market = Market::start().await;
    let reader = market.reader();
    let listing = Hash::keccak("listing");
    market.wallet(MAKER).list(listing).await.unwrap();
    market.wallet(VOTER).vote(listing, false).await.unwrap();
    let stake = market.wallet(VOTER).stake().await.unwrap();

    let tallies = reader.tallies(&[Hash::keccak("nothing"), listing]).await.unwrap();
    assert_eq!(tallies[0], None);
    let tally = tallies[1].unwrap();
    assert_eq!((tally.stake, tally.yea, tally.nay), (stake, Amount::ZERO, 1_u64.into()));
    assert!(reader.tallies(&[]).await.unwrap().is_empty());

    let before = reader.head().await.unwrap().hash;
    market.wallet(BACKEND).set_data_hash(listing, Hash::keccak("data")).await.unwrap();
    let after = reader.head().await.unwrap().hash;
    assert!(reader.data_hash(before, listing).await.unwrap().is_zero());
    assert_eq!(reader.data_hash(after, listing).await.unwrap(), Hash::keccak("data"));
    let unknown = reader.data_hash(Hash::keccak("no block"), listing).await;
    assert!(matches!(unknown, Err(ChainError::UnknownBlock)), "{unknown:?}");

    let (balance, read_stake) = reader.balance_and_stake(market.wallet(VOTER).address()).await.unwrap();
    assert!(balance > stake);
    assert_eq!(read_stake, stake);
}

#[tokio::test]
async fn a_list_transaction_is_recognised_waiting_and_mined() {
    let market = Market::deploy().await;
    let (reader, maker) = (market.reader(), market.wallet(MAKER));
    assert_eq!(reader.transaction(Hash::keccak("nothing")).await.unwrap(), None);

    market.node.set_automine(false).await.unwrap();
    let hash = maker.send_list(Hash::keccak("listing")).await.unwrap();
    let waiting = reader.transaction(hash).await.unwrap().unwrap();
    assert_eq!((waiting.from, waiting.mined), (maker.address(), None));
    assert_eq!(waiting.lists, Some(Hash::keccak("listing")));

    market.node.mine(1).await.unwrap();
    let mined = reader.transaction(hash).await.unwrap().unwrap();
    assert!(mined.mined.unwrap().succeeded);
    assert_eq!(mined.lists, Some(Hash::keccak("listing")));
}

/// Plays every flow once and compares the events that matter, in order.
#[tokio::test]
async fn every_event_is_decoded() {
    let market = Market::start().await;
    let (maker, backend) = (market.wallet(MAKER), market.wallet(BACKEND));
    let (listing, failing, delivery) =
        (Hash::keccak("kept"), Hash::keccak("failing"), Hash::keccak("delivery"));
    let start = market.reader().head().await.unwrap().number + 1;

    market.list(listing, Hash::keccak("data")).await;
    maker.list(failing).await.unwrap();
    market.close_polls().await;
    maker.resolve_application(failing).await.unwrap();
    market.buy(delivery, 1_000_000).await;
    backend.listing_accessed(listing, delivery, 1_000_000_u64.into()).await.unwrap();
    backend.delivered(delivery, Hash::keccak("url")).await.unwrap();
    maker.claim_access_reward(listing).await.unwrap();
    maker.withdraw_from_listing(listing, 5_u64.into()).await.unwrap();
    maker.exit(listing).await.unwrap();

    let reader = market.reader();
    let head = reader.head().await.unwrap();
    let logs = reader.logs(start, head.number).await.unwrap();
    let blocks = reader.blocks(start, head.number).await.unwrap();
    assert_eq!(reader.logs_of(&blocks).await.unwrap(), logs);
    assert!(logs.iter().all(|log| blocks.iter().any(|block| block.hash == log.block_hash)));

    let events: Vec<Event> =
        logs.into_iter().map(|log| log.event).filter(|event| *event != Event::Other).collect();
    let kind = Kind::Application;
    let owner = maker.address();
    let candidate = |wanted: Hash| {
        let found = events.iter().find_map(|event| match event {
            Event::CandidateAdded { hash, kind, owner, vote_by } if *hash == wanted => {
                Some((*kind, *owner, *vote_by))
            }
            _ => None,
        });
        found.unwrap()
    };
    assert_eq!((candidate(listing).0, candidate(listing).1), (kind, owner));
    assert!(candidate(failing).2 > candidate(listing).2);

    let reward = maker.parameters().await.unwrap().list_reward;
    for expected in [
        Event::Applied { listing, applicant: owner },
        Event::Voted { hash: listing, voter: market.wallet(VOTER).address() },
        Event::Listed { listing, owner, reward },
        Event::CandidateRemoved { hash: listing },
        Event::ApplicationFailed { listing: failing, applicant: owner },
        Event::CandidateRemoved { hash: failing },
        Event::ListingAccessed { listing, delivery, amount: 1_000_000_u64.into() },
        Event::Delivered { delivery, owner: market.wallet(BUYER).address() },
        Event::WithdrawnFromListing { listing, owner, withdrawn: 5_u64.into() },
        Event::ListingRemoved { listing },
    ] {
        assert_eq!(events.iter().filter(|event| **event == expected).count(), 1, "{expected:?}");
    }
    let minted = events.iter().any(|event| {
        matches!(event, Event::AccessRewardClaimed { listing: claimed, minted, .. } if *claimed == listing && !minted.is_zero())
    });
    assert!(minted);
    assert!(!events.iter().any(|event| matches!(event, Event::Undecodable { .. })));
}

#[tokio::test]
async fn completing_an_unknown_delivery_shows_an_owner_of_zero() {
    let market = Market::start().await;
    let delivery = Hash::keccak("never requested");
    let mined = market.wallet(BACKEND).delivered(delivery, Hash::keccak(BACKEND_URL)).await.unwrap().mined;
    let logs = market.reader().logs(mined.block, mined.block).await.unwrap();
    let expected = Event::Delivered { delivery, owner: Address::ZERO };
    assert!(logs.iter().any(|log| log.event == expected), "{logs:?}");
}

#[tokio::test]
async fn blocks_end_where_the_chain_does() {
    let market = Market::deploy().await;
    let reader = market.reader();
    let head = reader.head().await.unwrap();
    let blocks = reader.blocks(head.number - 2, head.number + 5).await.unwrap();
    assert_eq!(blocks.len(), 3);
    assert_eq!(blocks[2], head);
    assert!(blocks.windows(2).all(|pair| pair[1].parent == pair[0].hash));
    assert!(matches!(reader.logs(0, head.number + 1).await, Err(ChainError::UnknownBlock)));
}
