//! A development market's accounts. Their keys are publicly known.

use secrecy::SecretString;

use crate::chain::node::DEVELOPMENT_KEYS;
use crate::chain::wallet::address_of;
use crate::domain::Address;

/// The purpose of an account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    Deployer,
    Datatrust,
    Maker,
    Buyer,
    Voter,
    SecondVoter,
}

impl Role {
    pub const ALL: [Role; 6] =
        [Role::Deployer, Role::Datatrust, Role::Maker, Role::Buyer, Role::Voter, Role::SecondVoter];
    pub const VOTERS: [Role; 2] = [Role::Voter, Role::SecondVoter];

    pub fn name(self) -> &'static str {
        match self {
            Role::Deployer => "deployer",
            Role::Datatrust => "datatrust",
            Role::Maker => "maker",
            Role::Buyer => "buyer",
            Role::Voter => "voter",
            Role::SecondVoter => "voter2",
        }
    }

    pub fn account(self) -> Account {
        Account { role: self, key: DEVELOPMENT_KEYS[self as usize] }
    }
}

/// A development account.
#[derive(Clone, Copy)]
pub struct Account {
    pub role: Role,
    key: &'static str,
}

impl Account {
    pub fn key(&self) -> SecretString {
        SecretString::from(self.key)
    }

    /// The key, which may be shown because it is publicly known.
    pub fn well_known_key(&self) -> &'static str {
        self.key
    }

    #[expect(clippy::expect_used, reason = "the development keys are valid: a test reads them all")]
    pub fn address(&self) -> Address {
        address_of(&self.key()).expect("a development key is a key")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_an_account_of_its_own() {
        let mut addresses = Role::ALL.map(|role| role.account().address()).to_vec();
        addresses.sort();
        addresses.dedup();
        assert_eq!(addresses.len(), Role::ALL.len());
    }
}
