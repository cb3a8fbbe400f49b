//! Signatures of contract accounts (ERC-1271), including those that are not deployed yet (ERC-6492).
//!
//! Anyone can name any address here, so nothing that a contract does is the node's fault. A contract that reverts,
//! returns nothing, or returns anything but the expected word has not accepted the signature.

use std::time::Duration;

use ethers::abi::{AbiEncode, ParamType, Token};
use ethers::types::{Bytes, U64};
use moka::sync::Cache;
use serde_json::json;

use super::ChainError;
use super::bindings::contract_account::IsValidSignatureCall;
use super::transport::{About, Class, Request, RpcResult, Transport, read};
use super::view::call_now;
use crate::domain::{Address, Hash};

/// Exactly what `isValidSignature` returns for a valid signature.
const ACCEPTED: [u8; 32] = *b"\x16\x26\xba\x7e\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
/// The suffix of a signature that also says how to deploy its account.
const UNDEPLOYED_SUFFIX: [u8; 32] = {
    let mut suffix = [0x64; 32];
    let mut place = 1;
    while place < suffix.len() {
        suffix[place] = 0x92;
        place += 2;
    }
    suffix
};
/// The gas limit for a call of a contract that the caller chose.
const MAX_GAS: u64 = 3_000_000;
/// The longest code that may be run to create a contract (EIP-3860).
const MAX_PROGRAM_BYTES: usize = 49_152;
/// How long a refused signature, or an account without code, is not checked again.
const REFUSAL_TTL: Duration = Duration::from_secs(10);
const MAX_REFUSALS: u64 = 10_000;

pub(super) struct ContractAccounts {
    transport: Transport,
    refusals: Cache<Hash, ()>,
}

impl ContractAccounts {
    pub(super) fn new(transport: &Transport) -> Self {
        let refusals = Cache::builder().max_capacity(MAX_REFUSALS).time_to_live(REFUSAL_TTL).build();
        ContractAccounts { transport: transport.of(Class::SignIns), refusals }
    }

    /// Whether the contract at this address accepts the signature.
    pub(super) async fn accept(
        &self,
        account: Address,
        digest: Hash,
        signature: &[u8],
    ) -> Result<bool, ChainError> {
        let without_code = Hash::keccak(account.bytes());
        let refused = Hash::keccak([account.bytes(), digest.bytes().as_slice(), signature].concat());
        let undeployed = Undeployed::parse(signature);
        if is_reserved(account)
            || self.refusals.contains_key(&refused)
            || (undeployed.is_none() && self.refusals.contains_key(&without_code))
        {
            return Ok(false);
        }
        let accepted = match undeployed {
            Some(undeployed) => self.ask_undeployed(account, digest, &undeployed).await?,
            None => match self.ask(account, digest, signature).await? {
                Some(accepted) => accepted,
                None => {
                    self.refusals.insert(without_code, ());
                    false
                }
            },
        };
        if !accepted {
            self.refusals.insert(refused, ());
        }
        Ok(accepted)
    }

    /// `None` for an account without code.
    async fn ask(
        &self,
        account: Address,
        digest: Hash,
        signature: &[u8],
    ) -> Result<Option<bool>, ChainError> {
        let mut call = call_now(account, is_valid_signature(digest, signature));
        call.params[0]["gas"] = json!(U64::from(MAX_GAS));
        let requests = [Request::new("eth_getCode", json!([account, "latest"])), call];
        let mut answers = self.transport.batch(&requests).await?.into_iter();
        let (Some(code), Some(answer)) = (answers.next(), answers.next()) else {
            return Err(ChainError::Unavailable("the node left requests unanswered".into()));
        };
        if code.as_ref().is_err_and(|error| error.about.is_final()) {
            // It came together with a response that is too long, so it was not read.
            return Ok(Some(false));
        }
        let code: Bytes = read(code)?;
        if code.is_empty() {
            return Ok(None);
        }
        Ok(Some(returned(answer)?.is_some_and(|returned| *returned == ACCEPTED)))
    }

    /// Deploys the account as the signature says and calls it, in one call that changes nothing.
    async fn ask_undeployed(
        &self,
        account: Address,
        digest: Hash,
        undeployed: &Undeployed,
    ) -> Result<bool, ChainError> {
        let call = is_valid_signature(digest, &undeployed.signature).encode();
        let program = undeployed.program(account, &call);
        if program.len() > MAX_PROGRAM_BYTES {
            return Ok(false);
        }
        let call = json!({ "data": Bytes::from(program), "gas": U64::from(MAX_GAS) });
        let request = Request::new("eth_call", json!([call, "latest"]));
        let answer = self.transport.batch(&[request]).await?.into_iter().next();
        let Some(answer) = answer else {
            return Err(ChainError::Unavailable("the node left the request unanswered".into()));
        };
        let asked = returned(answer)?;
        Ok(asked.is_some_and(|returned| *returned == [ACCEPTED, word(1)].concat()))
    }
}

fn is_valid_signature(digest: Hash, signature: &[u8]) -> IsValidSignatureCall {
    IsValidSignatureCall { digest: *digest.bytes(), signature: Bytes::from(signature.to_vec()) }
}

/// Precompiled contracts, of Ethereum and of other chains: they respond without having code, or to any input.
fn is_reserved(account: Address) -> bool {
    account.bytes()[..18] == [0; 18]
}

/// What the call returned; `None` if it reverted.
fn returned(answer: RpcResult) -> Result<Option<Bytes>, ChainError> {
    match answer {
        Err(error) if error.about == About::UnknownBlock => Err(error.into()),
        Err(_) => Ok(None),
        answer => read(answer).map(Some),
    }
}

fn word(number: u8) -> [u8; 32] {
    let mut word = [0; 32];
    word[31] = number;
    word
}

/// A signature of an account that is not deployed yet, and how it is deployed.
struct Undeployed {
    factory: [u8; 20],
    deployment: Vec<u8>,
    signature: Vec<u8>,
}

impl Undeployed {
    fn parse(signature: &[u8]) -> Option<Self> {
        let encoded = signature.strip_suffix(&UNDEPLOYED_SUFFIX)?;
        let types = [ParamType::Address, ParamType::Bytes, ParamType::Bytes];
        match <[Token; 3]>::try_from(ethers::abi::decode(&types, encoded).ok()?).ok()? {
            [Token::Address(factory), Token::Bytes(deployment), Token::Bytes(signature)] => {
                Some(Undeployed { factory: factory.0, deployment, signature })
            }
            _ => None,
        }
    }

    /// EVM code that calls the factory, whose success does not matter, then the account. It returns two words: the
    /// account's response, and 1 if it has code, did not trap, and returned exactly one word.
    fn program(&self, account: Address, call: &[u8]) -> Vec<u8> {
        let assemble = |deployment_at: usize| {
            let mut code = Vec::new();
            copy(&mut code, deployment_at, self.deployment.len());
            // call(gas, factory, 0, 0, deployment, 0, 0)
            code.extend([op::PUSH1, 0, op::PUSH1, 0]);
            push(&mut code, self.deployment.len());
            code.extend([op::PUSH1, 0, op::PUSH1, 0, op::PUSH20]);
            code.extend(self.factory);
            code.extend([op::GAS, op::CALL, op::POP]);
            copy(&mut code, deployment_at + self.deployment.len(), call.len());
            // staticcall(gas, account, 0, call, 0, 32)
            code.extend([op::PUSH1, 32, op::PUSH1, 0]);
            push(&mut code, call.len());
            code.extend([op::PUSH1, 0, op::PUSH20]);
            code.extend(account.bytes());
            code.extend([op::GAS, op::STATICCALL]);
            // and returndatasize == 32, and extcodesize(account) != 0
            code.extend([op::PUSH1, 32, op::RETURNDATASIZE, op::EQ, op::AND, op::PUSH20]);
            code.extend(account.bytes());
            code.extend([op::EXTCODESIZE, op::ISZERO, op::ISZERO, op::AND]);
            code.extend([op::PUSH1, 32, op::MSTORE, op::PUSH1, 64, op::PUSH1, 0, op::RETURN]);
            code
        };
        let code = assemble(assemble(0).len());
        [code.as_slice(), &self.deployment, call].concat()
    }
}

/// Copies a piece of the program to the beginning of the memory.
fn copy(code: &mut Vec<u8>, from: usize, length: usize) {
    push(code, length);
    push(code, from);
    code.extend([op::PUSH1, 0, op::CODECOPY]);
}

fn push(code: &mut Vec<u8>, number: usize) {
    code.push(op::PUSH4);
    // A program is shorter than MAX_PROGRAM_BYTES, or not run.
    code.extend((number as u32).to_be_bytes());
}

/// Instructions of the EVM.
mod op {
    pub(super) const EQ: u8 = 0x14;
    pub(super) const ISZERO: u8 = 0x15;
    pub(super) const AND: u8 = 0x16;
    pub(super) const CODECOPY: u8 = 0x39;
    pub(super) const EXTCODESIZE: u8 = 0x3b;
    pub(super) const RETURNDATASIZE: u8 = 0x3d;
    pub(super) const POP: u8 = 0x50;
    pub(super) const MSTORE: u8 = 0x52;
    pub(super) const GAS: u8 = 0x5a;
    pub(super) const PUSH1: u8 = 0x60;
    pub(super) const PUSH4: u8 = 0x63;
    pub(super) const PUSH20: u8 = 0x73;
    pub(super) const CALL: u8 = 0xf1;
    pub(super) const RETURN: u8 = 0xf3;
    pub(super) const STATICCALL: u8 = 0xfa;
}
