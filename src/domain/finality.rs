//! When a fact on chain counts as final.

use std::fmt;

use super::ParseError;

/// A block that counts as final, with everything before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Finality {
    /// The newest block with this many blocks on top of it.
    Blocks(u64),
    /// The newest block that consensus marks as safe.
    Safe,
    /// The newest block that consensus marks as finalized.
    Finalized,
}

/// Large purchases need more confirmations than others, because a reorganisation could remove them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LargePurchase {
    /// Applies to files larger than this.
    pub above: u64,
    /// The purchase must be mined by this block.
    pub finality: Finality,
}

impl Finality {
    /// Parses `safe`, `finalized`, or a number of blocks.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        match text {
            "safe" => Ok(Finality::Safe),
            "finalized" => Ok(Finality::Finalized),
            number => number
                .parse()
                .map(Finality::Blocks)
                .map_err(|_| ParseError("expected safe, finalized, or a number of blocks")),
        }
    }
}

impl fmt::Display for Finality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finality::Blocks(blocks) => write!(f, "{blocks} blocks"),
            Finality::Safe => f.write_str("safe"),
            Finality::Finalized => f.write_str("finalized"),
        }
    }
}
