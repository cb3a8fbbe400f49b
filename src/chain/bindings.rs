//! The market's contracts as Rust types, generated from `contracts-abi/` at compile time.
//!
//! Only names and types of functions, and types and indexed-ness of event arguments, matter: the deployed contracts share
//! them. The bytecode is that of the development market's contracts.

use ethers::contract::abigen;

abigen!(
    EtherToken, "contracts-abi/EtherToken.json";
    MarketToken, "contracts-abi/MarketToken.json";
    Voting, "contracts-abi/Voting.json";
    Parameterizer, "contracts-abi/Parameterizer.json";
    Reserve, "contracts-abi/Reserve.json";
    Datatrust, "contracts-abi/Datatrust.json";
    Listing, "contracts-abi/Listing.json";
);

/// ERC-1271, for sign-in with a contract account.
pub(super) mod contract_account {
    ethers::contract::abigen!(
        ContractAccount,
        r"[function isValidSignature(bytes32 digest, bytes signature) view returns (bytes4)]"
    );
}
