//! When a fact of the chain counts as one that stays.

use std::fmt;

use super::ParseError;

/// A block that is taken to stay, and everything before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Finality {
    /// The newest block with so many on top of it.
    Blocks(u64),
    /// The newest block that the chain's consensus calls safe.
    Safe,
    /// The newest block that the chain's consensus calls final.
    Finalized,
}

/// Purchases of many bytes are honoured later than others, because a reorganisation could take them away.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LargePurchase {
    /// Files of more bytes than that are meant.
    pub above: u64,
    /// The purchase must have been there by this block.
    pub finality: Finality,
}

impl Finality {
    /// Reads `safe`, `finalized`, or a number of blocks.
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
