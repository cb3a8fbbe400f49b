//! Runs, one seed after the other.

use std::io::Write;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::chance::Chance;
use super::plan::Plan;
use super::world::{World, mine};
use super::{actors, executor, invariants, replica};

/// Seeds of an ordinary test run.
const SEEDS: u64 = 300;
/// Failing seeds of which the first are told.
const TOLD: usize = 5;

/// What a run came to.
#[derive(PartialEq, Eq, Debug)]
struct Outcome {
    violations: Vec<String>,
    /// What tells this course of events from any other: numbers drawn, blocks mined, seconds passed, faults.
    course: (u64, u64, u64, u64),
}

fn run(seed: u64, plan: impl FnOnce(&Chance) -> Plan) -> Outcome {
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
fn told(seed: u64, plan: impl FnOnce(&Chance) -> Plan) -> Outcome {
    let level = std::env::var("CAPI_SIM_LOG").unwrap_or_else(|_| "debug".into());
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(level)
        .with_ansi(false)
        .with_writer(std::io::stderr)
        .without_time()
        .finish();
    tracing::subscriber::with_default(subscriber, || run(seed, plan))
}

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name)
        .ok()
        .map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

/// Runs seeds on all cores; answers those that failed, in order.
fn campaign(first: u64, seeds: u64) -> Vec<(u64, Vec<String>)> {
    let next = AtomicU64::new(first);
    let failed = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    let give_up_after = from_environment("CAPI_SIM_FAILURES").unwrap_or(u64::MAX) as usize;
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + seeds || failed.lock().unwrap().len() >= give_up_after {
                        return;
                    }
                    let violations = run(seed, Plan::draw).violations;
                    if !violations.is_empty() {
                        failed.lock().unwrap().push((seed, violations));
                    }
                }
            });
        }
    });
    let mut failed = failed.into_inner().unwrap();
    failed.sort_unstable();
    failed
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

#[test]
fn no_seed_breaks_what_must_hold() {
    if let Some(seed) = from_environment("CAPI_SIM_SEED") {
        let outcome = told(seed, Plan::draw);
        assert!(outcome.violations.is_empty(), "seed {seed}: {:#?}", outcome.violations);
        return;
    }
    let (first, seeds) = (
        from_environment("CAPI_SIM_FIRST").unwrap_or(0),
        from_environment("CAPI_SIM_SEEDS").unwrap_or(SEEDS),
    );
    let begun = Instant::now();
    let failed = campaign(first, seeds);
    let took = Duration::from_secs(begun.elapsed().as_secs());
    let _ = writeln!(std::io::stderr(), "{seeds} seeds from {first} in {took:?}, {} failed", failed.len());
    for (seed, violations) in failed.iter().take(TOLD) {
        let _ = writeln!(std::io::stderr(), "CAPI_SIM_SEED={seed}: {violations:#?}");
    }
    let seeds: Vec<u64> = failed.iter().map(|(seed, _)| *seed).collect();
    assert!(failed.is_empty(), "these seeds failed; CAPI_SIM_SEED=n tells the story of one: {seeds:?}");
}
