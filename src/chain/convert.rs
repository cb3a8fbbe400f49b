//! Conversions between the Ethereum library's types and the domain's. The traits are private, so that neither side
//! exposes the other.

use ethers::types::{H160, H256, U256};

use crate::domain::{Address, Amount, Hash};

pub(super) trait ToDomain {
    type Domain;
    fn domain(self) -> Self::Domain;
}

pub(super) trait ToEthers {
    type Ethers;
    fn ethers(self) -> Self::Ethers;
}

impl ToDomain for H256 {
    type Domain = Hash;
    fn domain(self) -> Hash {
        Hash::new(self.0)
    }
}

impl ToDomain for [u8; 32] {
    type Domain = Hash;
    fn domain(self) -> Hash {
        Hash::new(self)
    }
}

impl ToDomain for H160 {
    type Domain = Address;
    fn domain(self) -> Address {
        Address::new(self.0)
    }
}

impl ToDomain for U256 {
    type Domain = Amount;
    fn domain(self) -> Amount {
        let mut bytes = [0; 32];
        self.to_big_endian(&mut bytes);
        Amount::from_big_endian(&bytes)
    }
}

impl ToEthers for Address {
    type Ethers = H160;
    fn ethers(self) -> H160 {
        H160(*self.bytes())
    }
}

impl ToEthers for Amount {
    type Ethers = U256;
    fn ethers(self) -> U256 {
        U256::from_big_endian(&self.to_big_endian())
    }
}
