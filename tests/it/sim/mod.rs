//! Settlement under faults: the real use cases, follower and state machines on a model of everything around them, with a
//! schedule and faults that follow from a seed. `docs/simulation.md` tells more.
//!
//! `make sim SEEDS=n` runs that many; `make sim SEED=n` runs one seed and prints its story.

mod actors;
mod campaign;
pub mod chance;
mod costs;
mod executor;
mod faults;
mod faulty_store;
mod invariants;
mod ledger;
mod model_chain;
mod model_store;
mod no_figures;
mod plan;
mod planted;
mod replica;
mod runs;
mod stores;
mod world;
