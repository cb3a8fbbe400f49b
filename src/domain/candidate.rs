//! What market token holders vote on.

use serde::{Deserialize, Serialize};

use super::{Address, Amount, Hash, ParseError};

/// The four kinds of candidates, with the contracts' numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Application = 1,
    Challenge = 2,
    Reparam = 3,
    Registration = 4,
}

impl Kind {
    pub fn from_number(number: u64) -> Option<Kind> {
        match number {
            1 => Some(Kind::Application),
            2 => Some(Kind::Challenge),
            3 => Some(Kind::Reparam),
            4 => Some(Kind::Registration),
            _ => None,
        }
    }

    pub fn number(self) -> u8 {
        self as u8
    }

    /// Reads the name used in paths, such as `application`.
    pub fn parse(text: &str) -> Result<Kind, ParseError> {
        match text {
            "application" => Ok(Kind::Application),
            "challenge" => Ok(Kind::Challenge),
            "reparam" => Ok(Kind::Reparam),
            "registration" => Ok(Kind::Registration),
            _ => Err(ParseError("expected application, challenge, reparam or registration")),
        }
    }
}

/// The votes on a candidate so far, one for each voter, and what each of them stakes, in CMT wei.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Tally {
    pub stake: Amount,
    pub yea: Amount,
    pub nay: Amount,
}

/// A poll that is open or waits for its resolution.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Candidate {
    pub hash: Hash,
    pub kind: Kind,
    pub owner: Address,
    /// Unix seconds after which nobody can vote.
    pub vote_by: u64,
}
