//! The integration tests, in one binary. A file or folder for each part of the system.

#![allow(unreachable_pub, reason = "a program of its own: nothing outside can reach its helpers")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test ends at the first thing that is not as expected"
)]

mod accounts;
mod authorize;
mod backup;
mod candidates;
mod chain;
mod checkpoints;
mod cli;
mod config;
mod consent;
mod console;
mod cycles;
mod deliveries;
mod dependencies;
mod deployment;
mod development;
mod events;
mod input;
mod kill;
mod layers;
mod limits;
mod listings;
mod market;
mod metrics;
mod monitoring;
mod openapi;
mod packages;
mod previews;
mod queue;
mod rebuild;
mod recovery;
mod repository;
mod sim;
mod sources;
mod status;
mod stores;
mod story;
mod subscriptions;
mod support;
mod tasks;
mod traces;
mod transactions;
mod uploads;
