//! `capi`, the datatrust server of the Computable protocol.
//!
//! The modules are in the order in which they build on each other; see the map in `ARCHITECTURE.md`.

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

#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
