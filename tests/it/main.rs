//! The integration tests, in one binary. A file or folder for each part of the system.

mod authorize;
mod candidates;
mod chain;
mod cli;
mod config;
mod consent;
mod deliveries;
mod deployment;
mod input;
mod kill;
mod layers;
mod listings;
mod metrics;
mod openapi;
mod previews;
mod recovery;
mod repository;
mod sim;
mod sources;
mod status;
mod stores;
mod story;
mod support;
mod tasks;
mod transactions;
mod uploads;
