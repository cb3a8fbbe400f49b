//! `capi`, the datatrust server of the Computable protocol.
//!
//! The modules stand in the order in which they build on each other; `ARCHITECTURE.md` has the map.

pub mod domain;

pub mod config;
pub mod telemetry;

pub mod chain;
pub mod store;

pub mod service;

pub mod http;
pub mod jobs;

pub mod client;

pub mod app;
pub mod cli;
