//! Reading contract state: `eth_call` requests and their results.

use ethers::abi::{AbiDecode, AbiEncode};
use ethers::types::Bytes;
use serde_json::{Value, json};

use super::ChainError;
use super::transport::{Request, RpcResult, read};
use crate::domain::{Address, Hash};

/// A call of a view function, as of the newest block.
pub(super) fn call_now(contract: Address, call: impl AbiEncode) -> Request {
    call_of(contract, call.encode(), None)
}

/// A call of a view function, as of the block with this hash.
pub(super) fn call_in(contract: Address, call: impl AbiEncode, block: Hash) -> Request {
    call_of(contract, call.encode(), Some(block))
}

/// Names the block whose state is read by its hash (EIP-1898).
pub(super) fn block_with(hash: Hash) -> Value {
    json!({ "blockHash": hash })
}

/// An already encoded call, as of the block with this hash, or the newest.
pub(super) fn call_of(contract: Address, call: Vec<u8>, block: Option<Hash>) -> Request {
    call_at(contract, call, &block.map_or(json!("latest"), block_with))
}

/// An already encoded call, as of a block in the node's terms.
pub(super) fn call_at(contract: Address, call: Vec<u8>, block: &Value) -> Request {
    Request::new("eth_call", json!([{ "to": contract, "data": Bytes::from(call) }, block]))
}

/// The outcome of a view function.
pub(super) enum View<T> {
    Value(T),
    /// Some contracts revert for unknown arguments.
    Reverted(String),
    /// No such function, or no contract at that address.
    Undecodable,
}

impl<T> View<T> {
    /// The value of a function that always has one.
    pub(super) fn required(self) -> Result<T, ChainError> {
        match self {
            View::Value(value) => Ok(value),
            View::Reverted(reason) => Err(ChainError::Reverted(reason)),
            View::Undecodable => Err(ChainError::Unavailable(
                "a contract does not answer as one of this market: is this the right chain and address?"
                    .into(),
            )),
        }
    }

    /// A getter's value, or the zero of its type if it reverts.
    pub(super) fn or_zero(self) -> Result<T, ChainError>
    where
        T: Default,
    {
        match self {
            View::Reverted(_) => Ok(T::default()),
            view => view.required(),
        }
    }
}

/// Reads the response to a [`call_now`] or [`call_in`].
pub(super) fn view<T: AbiDecode>(answer: RpcResult) -> Result<View<T>, ChainError> {
    let returned: Bytes = match read(answer) {
        Err(ChainError::Reverted(reason)) => return Ok(View::Reverted(reason)),
        other => other?,
    };
    Ok(T::decode(&returned).map_or(View::Undecodable, View::Value))
}
