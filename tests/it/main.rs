//! The integration tests, in one binary. A file or folder for each part of the system.

mod chain;
mod config;
mod layers;
mod metrics;
mod repository;
mod sim;
mod sources;
mod stores;
mod support;
