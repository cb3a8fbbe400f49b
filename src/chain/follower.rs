//! placeholder
use super::{Block, Log};
pub struct Cursor { pub genesis: u64, pub recent: Vec<Block> }
pub enum Update { Apply { blocks: Vec<Block>, from: u64, to: u64, logs: Vec<Log> }, Rollback { to: u64 }, Reset }
