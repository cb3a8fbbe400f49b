//! A run: everything that follows from a seed, and what came of it.

use std::rc::Rc;
use std::sync::Arc;

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;

use super::chance::Chance;
use super::plan::Plan;
use super::world::{World, mine};
use super::{actors, executor, invariants, replica};

/// The outcome of a run.
#[derive(PartialEq, Eq, Debug)]
pub struct Outcome {
    pub violations: Vec<String>,
    /// A fingerprint of the course of events: numbers drawn, blocks mined, seconds passed, faults.
    course: (u64, u64, u64, u64),
}

pub fn run(seed: u64, plan: impl FnOnce(&Chance) -> Plan) -> Outcome {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let chance = Arc::new(Chance::new(seed));
    let plan = plan(&chance);
    tracing::info!(seed, ?plan, "a run");
    runtime.block_on(async move {
        let world = World::new(plan, chance.clone());
        let spawner = world.spawner.clone();
        let outcome = executor::run(chance, spawner, live(world.clone())).await;
        outcome.unwrap_or_else(|| outcome_of(&world, true))
    })
}

async fn live(world: Rc<World>) -> Outcome {
    world.spawner.outside(mine(world.clone()));
    for number in 0..world.plan.replicas {
        world.spawner.outside(replica::keep_running(world.clone(), number));
    }
    actors::start(&world);
    invariants::settle(&world).await;
    invariants::at_the_end(&world).await;
    outcome_of(&world, false)
}

fn outcome_of(world: &World, endless: bool) -> Outcome {
    if endless {
        world.violation("it_ends", "the run goes round in circles");
    }
    let blocks = world.chain.lock().unwrap().path.len() as u64;
    let seconds = world.clock.elapsed().as_secs();
    let course = (world.chance.drawn(), blocks, seconds, world.faults.struck());
    let violations = std::mem::take(&mut world.ledger.borrow_mut().violations);
    Outcome { violations, course }
}

/// Runs with everything that happens written to standard error.
pub fn told(seed: u64, plan: impl FnOnce(&Chance) -> Plan) -> Outcome {
    let level = std::env::var("CAPI_SIM_LOG").unwrap_or_else(|_| "debug".into());
    let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(std::io::stderr).without_time();
    let filter: Targets = level.parse().unwrap();
    let subscriber = tracing_subscriber::registry().with(lines).with(filter);
    tracing::subscriber::with_default(subscriber, || run(seed, plan))
}

#[test]
fn a_market_without_faults_settles() {
    let outcome = run(0, |_| Plan::calm());
    assert!(outcome.violations.is_empty(), "{:#?}", outcome.violations);
}

#[test]
fn a_seed_replays_exactly() {
    for seed in 0..4 {
        assert_eq!(run(seed, Plan::draw), run(seed, Plan::draw), "seed {seed}");
    }
}
