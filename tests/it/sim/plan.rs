//! A run's plan, drawn from its seed, so that runs differ in kind and not only in order.

use capi::domain::{Finality, LargePurchase};

use super::chance::Chance;
use super::faults::Profile;
use super::model_chain::QUIET;

/// More than any fee that the network ever asks for.
pub const PLENTY: u64 = 1_000_000;

/// How many of whom, and how often what goes wrong outside the processes.
#[derive(Clone, Debug)]
pub struct Plan {
    pub replicas: usize,
    pub makers: u64,
    pub buyers: u64,
    pub strangers: u64,
    pub rounds: u64,
    pub confirmations: u64,
    /// On average.
    pub block_seconds: u64,
    pub anonymous_uploads: bool,
    /// Seconds after its last grant in which a delivery is completed at the latest.
    pub complete_after: u64,
    pub large_purchase: Option<LargePurchase>,
    pub reorganisation: u64,
    /// A reorganisation takes a block with transactions at the last moment before it is final.
    pub brink: u64,
    /// Those are transactions of the server, not of anyone.
    pub brink_of_server: bool,
    /// The most that the server offers per gas: enough for any rise of the fees, or not.
    pub max_fee: u64,
    /// Transactions of the server that may wait at once.
    pub max_in_flight: usize,
    /// Fees rise.
    pub spike: u64,
    /// The nodes forget transactions that wait.
    pub forget: u64,
    /// No block is mined for minutes.
    pub halt: u64,
    /// Something else uses the key of the backend account.
    pub second_process: u64,
    /// Transactions that the operator cancels.
    pub cancellations: u64,
    pub faults: Profile,
}

impl Plan {
    /// One maker, one buyer, and nothing goes wrong.
    pub fn calm() -> Self {
        Plan {
            replicas: 1,
            makers: 1,
            buyers: 1,
            strangers: 0,
            rounds: 2,
            confirmations: 2,
            block_seconds: 10,
            anonymous_uploads: false,
            complete_after: 300,
            large_purchase: None,
            reorganisation: 0,
            brink: 0,
            brink_of_server: false,
            max_fee: PLENTY,
            max_in_flight: 64,
            spike: 0,
            forget: 0,
            halt: 0,
            second_process: 0,
            cancellations: 0,
            faults: Profile::default(),
        }
    }

    pub fn draw(chance: &Chance) -> Self {
        let confirmations = *chance.pick(&[0, 1, 1, 2, 3, 6]).unwrap();
        Plan {
            replicas: chance.between(1, 3) as usize,
            makers: chance.between(1, 2),
            buyers: chance.between(1, 3),
            strangers: chance.below(2),
            rounds: chance.between(1, 3),
            confirmations,
            block_seconds: chance.between(4, 15),
            anonymous_uploads: chance.one_in(2),
            complete_after: chance.between(10, 900),
            large_purchase: large_purchase(chance, confirmations),
            reorganisation: sometimes(chance, 3, 15),
            brink: sometimes(chance, 2, 10),
            brink_of_server: chance.one_in(2),
            max_in_flight: *chance.pick(&[1, 2, 64]).unwrap(),
            max_fee: if chance.one_in(3) { 6 * QUIET } else { PLENTY },
            spike: sometimes(chance, 5, 30),
            forget: sometimes(chance, 3, 20),
            halt: sometimes(chance, 20, 100),
            second_process: sometimes(chance, 4, 30),
            cancellations: up_to(chance, 5),
            faults: Profile {
                crash: sometimes(chance, 300, 4_000),
                panic: sometimes(chance, 200, 2_000),
                completion_refused: chance.one_in(3),
                pause: sometimes(chance, 500, 5_000),
                delay: sometimes(chance, 10, 100),
                store_lost: sometimes(chance, 30, 500),
                conflict: sometimes(chance, 10, 100),
                stale_due: sometimes(chance, 3, 30),
                node_lost: sometimes(chance, 10, 200),
                refusal: sometimes(chance, 2, 20),
                late_send: sometimes(chance, 2, 10),
                lag: sometimes(chance, 5, 100),
                lag_blocks: confirmations + chance.below(3),
                lie: sometimes(chance, 10, 200),
                receipt_lag: up_to(chance, if chance.one_in(8) { 400 } else { 60 }),
                disconnect: sometimes(chance, 4, 40),
                skew: up_to(chance, 40),
            },
        }
    }
}

fn large_purchase(chance: &Chance, confirmations: u64) -> Option<LargePurchase> {
    let finality = *chance.pick(&[Finality::Blocks(confirmations), Finality::Safe]).unwrap();
    chance.one_in(3).then_some(LargePurchase { above: 700, finality })
}

/// Something up to `most`, or nothing.
fn up_to(chance: &Chance, most: u64) -> u64 {
    if chance.one_in(2) { chance.between(1, most) } else { 0 }
}

/// A rarity between the two, or never.
fn sometimes(chance: &Chance, often: u64, seldom: u64) -> u64 {
    if chance.one_in(2) { chance.between(often, seldom) } else { 0 }
}
