//! What must survive: metadata and state records, files, and the queue of durable jobs.

mod aws;
pub mod metadata;
pub mod objects;
pub mod queue;
