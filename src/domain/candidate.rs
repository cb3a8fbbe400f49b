//! Candidates, which market token holders vote on.

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
    pub const ALL: [Kind; 4] = [Kind::Application, Kind::Challenge, Kind::Reparam, Kind::Registration];

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

    /// The name used in paths.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Application => "application",
            Kind::Challenge => "challenge",
            Kind::Reparam => "reparam",
            Kind::Registration => "registration",
        }
    }

    /// Parses the name used in paths, such as `application`.
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

/// The votes on a candidate so far, and the stake of each vote in CMT wei.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Tally {
    pub stake: Amount,
    pub yea: Amount,
    pub nay: Amount,
}

impl Tally {
    /// Whether the votes are enough under the contract's rules. Without any votes, only a plurality of 0
    /// passes.
    pub fn passes(&self, plurality: u64) -> bool {
        let votes = self.yea.saturating_add(self.nay);
        if votes.is_zero() {
            return plurality == 0;
        }
        self.yea.saturating_mul(100_u64.into()).div_floor(votes) >= plurality.into()
    }
}

/// A poll that is open or ready to be resolved.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Candidate {
    pub hash: Hash,
    pub kind: Kind,
    pub owner: Address,
    /// When voting ends, in Unix seconds.
    pub vote_by: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn votes_are_counted_as_the_contract_counts_them() {
        for (yea, nay, plurality, passes) in [
            (0_u64, 0_u64, 0, true),
            (0, 0, 1, false),
            (1, 1, 50, true),
            (1, 1, 51, false),
            (1, 2, 33, true),
            (1, 2, 34, false),
            (0, 1, 0, true),
            (1, 0, 100, true),
        ] {
            let tally = Tally { stake: Amount::ZERO, yea: Amount::from(yea), nay: Amount::from(nay) };
            assert_eq!(tally.passes(plurality), passes, "{yea} to {nay} at {plurality} %");
        }
    }
}
