//! A market of any size that nobody had to make: its chain, as a node tells it, and its listings' rows.

mod chain;
mod market;
mod node;
mod rows;

pub use chain::{hash, listed_at, owner};
pub use market::{FirstStart, Market};
