//! The market's parameters, which its token holders change by vote.

use super::ParseError;

/// A parameter that can be voted on, with the contract's number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Parameter {
    /// The CMT wei that a vote, a challenge or a proposal locks.
    Stake = 1,
    /// The minimum support price in CET wei.
    PriceFloor = 2,
    /// The reserve's percentage of the support price.
    Spread = 4,
    /// The CMT wei that a new listing receives.
    ListReward = 5,
    /// The required percentage of yea votes.
    Plurality = 6,
    /// How long a poll is open, in seconds.
    VoteBy = 7,
    /// The backend's percentage of a price.
    BackendPayment = 8,
    /// The maker's percentage of a price.
    MakerPayment = 9,
    /// CET wei.
    CostPerByte = 11,
}

impl Parameter {
    pub const ALL: [Parameter; 9] = [
        Parameter::Stake,
        Parameter::PriceFloor,
        Parameter::Spread,
        Parameter::ListReward,
        Parameter::Plurality,
        Parameter::VoteBy,
        Parameter::BackendPayment,
        Parameter::MakerPayment,
        Parameter::CostPerByte,
    ];

    pub fn number(self) -> u64 {
        self as u64
    }

    pub fn from_number(number: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|parameter| parameter.number() == number)
    }

    /// The name in the API and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Parameter::Stake => "stake",
            Parameter::PriceFloor => "price_floor",
            Parameter::Spread => "spread",
            Parameter::ListReward => "list_reward",
            Parameter::Plurality => "plurality",
            Parameter::VoteBy => "vote_by",
            Parameter::BackendPayment => "backend_payment",
            Parameter::MakerPayment => "maker_payment",
            Parameter::CostPerByte => "cost_per_byte",
        }
    }

    /// Parses the name, with `-` or `_` between its words.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let name = text.replace('-', "_");
        Self::ALL.into_iter().find(|parameter| parameter.name() == name).ok_or(ParseError(
            "expected stake, price_floor, spread, list_reward, plurality, vote_by, backend_payment, maker_payment or \
             cost_per_byte",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_has_a_number_and_a_name_of_its_own() {
        for parameter in Parameter::ALL {
            assert_eq!(Parameter::from_number(parameter.number()), Some(parameter));
            assert_eq!(Parameter::parse(parameter.name()), Ok(parameter));
        }
        assert_eq!(Parameter::parse("cost-per-byte"), Ok(Parameter::CostPerByte));
        assert_eq!(Parameter::from_number(3), None);
        assert!(Parameter::parse("price").is_err());
    }
}
