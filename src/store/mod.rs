//! Durable state: metadata and state records, files, and the queue of jobs.

pub mod database_file;
pub mod metadata;
pub mod objects;
pub mod panics;
mod private;
pub mod queue;
mod timed;
