//! Settlement on real parts: the program itself, a real node and the embedded store, while several parties upload and buy
//! at once and the process is killed again and again. In the end the chain's own logs are compared with what the parties
//! did.
//!
//! The moments of the kills, the sizes of the files and what the parties do follow from a seed, which is printed.
//! `CAPI_KILL_SEED=n` sets it. The machine's own timing is not reproducible.

mod buyers;
mod checks;
mod disturbance;
mod ledger;
mod makers;
mod visitor;

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use self::buyers::Buyer;
use self::disturbance::Disturbance;
use self::ledger::Ledger;
use self::makers::Maker;
use crate::sim::chance::Chance;
use crate::support::market::{BUYER, DEPLOYER, MAKER, STRANGER, VOTER};
use crate::support::server::TestServer;

const MAKERS: [usize; 3] = [MAKER, STRANGER, 6];
const BUYERS: [usize; 6] = [BUYER, DEPLOYER, VOTER, 7, 8, 9];
/// How many files every maker uploads in each round, and how often every buyer buys a file of earlier rounds.
const ROUNDS: u64 = 5;
const UPLOADS: u64 = 3;
const PURCHASES: u64 = 7;
/// How long after its grant a delivery is completed whose sending a kill left unrecorded.
const COMPLETE_AFTER: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_the_moments_of_its_kills_the_program_settles_everything_once() {
    let seed = seed();
    println!("CAPI_KILL_SEED={seed}");
    let server = Arc::new(
        TestServer::start_apart_with(|settings| settings.access.complete_after = COMPLETE_AFTER).await,
    );
    let ledger = Arc::new(Ledger::default());
    let mut makers = Maker::all(&server, &ledger, seed).await;
    let mut buyers = Buyer::all(&server, &ledger, seed).await;

    let disturbance = Disturbance::begin(&server, seed).await;
    for _ in 0..ROUNDS {
        let uploads = at_once(makers, Maker::upload_some);
        (makers, buyers) = tokio::join!(uploads, at_once(buyers, Buyer::buy_some));
        makers::put_on_the_market(&server, &ledger).await;
    }
    let kills = disturbance.end(&server).await;

    let (uploads, purchases) = (ledger.files().len(), ledger.purchases().len());
    println!("{uploads} uploads, {purchases} purchases, {kills} kills");
    assert!(uploads + purchases >= 200, "only {uploads} uploads and {purchases} purchases");
    assert!(kills >= 10, "only {kills} kills");
    checks::tasks_stay_as_they_ended(&server, &ledger).await;
    drop((makers, buyers));
    checks::settled(Arc::into_inner(server).expect("nobody else uses it"), &ledger).await;
}

/// All of them do the same at once.
async fn at_once<T, F: Future<Output = T>>(parties: Vec<T>, act: fn(T) -> F) -> Vec<T> {
    join_all(parties.into_iter().map(act)).await
}

/// The one that is asked for, or any.
fn seed() -> u64 {
    match std::env::var("CAPI_KILL_SEED") {
        Ok(text) => text.parse().expect("CAPI_KILL_SEED is a whole number"),
        Err(_) => RandomState::new().hash_one("seed") % 1_000_000,
    }
}

/// Chance of one party's own, whatever the others draw.
fn chance(seed: u64, party: usize) -> Chance {
    Chance::new(seed.wrapping_mul(100).wrapping_add(party as u64))
}
