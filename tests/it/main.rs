//! The integration tests, in one binary. A file or folder for each part of the system.

mod authorize;
mod candidates;
mod chain;
mod consent;
mod deliveries;
mod input;
mod listings;
mod openapi;
mod previews;
mod recovery;
mod status;
mod stores;
mod story;
mod support;
mod tasks;
mod uploads;
