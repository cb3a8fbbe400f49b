//! The HTTP API.
//!
//! `routes` is the route table. Each resource has a file with the same name as in `service/`. Its handlers extract the
//! input, call one use case and build the response. `error` alone chooses status codes.

mod accounts;
mod admin;
mod answers;
mod at;
mod authorize;
mod candidates;
mod capacity;
mod coding;
mod compression;
mod conditions;
mod connection_pace;
mod connections;
mod consent;
mod console;
mod cross_origin;
mod deliveries;
mod development;
mod error;
mod events;
mod extract;
mod fast_path;
mod feed;
mod file_response;
mod filename;
mod form;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod headers;
mod json;
mod large_bodies;
mod limits;
mod listing_body;
mod listing_detail;
mod listings;
mod market;
mod middleware;
mod multipart;
mod openapi;
mod outlet;
mod pace;
mod page;
mod parameters;
mod poll_body;
mod previews;
mod protection;
mod query;
mod refusals;
mod request_ids;
mod resolved_body;
mod resumable;
mod routes;
mod schema;
mod selection;
mod series;
mod server;
mod settlement_body;
mod shared;
mod status;
mod tasks;
mod tickets;
mod tus;
mod uploads;

pub use openapi::readable as description;
pub use server::{listen, server};

/// The web console's path.
const CONSOLE_PATH: &str = "/app";
