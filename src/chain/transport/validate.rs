//! Validates a node's responses: only what fits the request is accepted. Each method whose response can contradict its
//! request is checked here, and nowhere else. A response of another shape is invalid too.

use std::collections::HashMap;

use ethers::types::{Address, Bytes, H256, U64};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use super::error::Failure;
use super::{Request, RpcResult};
use crate::chain::wire::{WireBlock, WireLog, WireReceipt, WireTransaction};
use crate::domain::Hash;

/// What is wrong with a response.
type Contradiction = String;

/// Whether responses fit their requests and each other. Errors are not checked where errors are possible.
pub(super) fn check(requests: &[Request], answers: &[RpcResult]) -> Result<(), Failure> {
    let mut places = Places::default();
    for (request, answer) in requests.iter().zip(answers) {
        let result = match answer {
            Ok(result) => result,
            Err(error) if request.always_has_an_answer() => {
                return Err(Failure::Broken(format!("{}: {error}", request.method)));
            }
            Err(_) => continue,
        };
        let checked = match &*request.method {
            "eth_getBlockByNumber" => block(&request.params, result),
            "eth_getTransactionByHash" => transaction(&request.params, result, &mut places),
            "eth_getTransactionReceipt" => receipt(&request.params, result, &mut places),
            "eth_getLogs" => logs(&request.params, result),
            "eth_sendRawTransaction" => sent(&request.params, result),
            _ => Ok(()),
        };
        checked.map_err(|reason| Failure::InvalidResponse { method: request.method.to_string(), reason })?;
    }
    Ok(())
}

/// Where transactions are mined, according to one batch of responses.
#[derive(Default)]
struct Places(HashMap<H256, H256>);

impl Places {
    fn note(&mut self, transaction: H256, block: Option<H256>) -> Result<(), Contradiction> {
        let Some(block) = block else { return Ok(()) };
        match self.0.insert(transaction, block) {
            Some(other) if other != block => Err("transaction and receipt are of different blocks".into()),
            _ => Ok(()),
        }
    }
}

/// The block with the requested number. There is always a newest one, but not always a safe one.
fn block(params: &Value, result: &RawValue) -> Result<(), Contradiction> {
    let block: Option<WireBlock> = decoded(result)?;
    match (asked::<U64>(params), block) {
        (Some(number), Some(block)) if block.number != number => {
            Err(format!("block {} instead of {number}", block.number))
        }
        (None, None) if params[0] == "latest" => Err("no newest block".into()),
        _ => Ok(()),
    }
}

fn transaction(params: &Value, result: &RawValue, places: &mut Places) -> Result<(), Contradiction> {
    let Some(transaction) = decoded::<Option<WireTransaction>>(result)? else { return Ok(()) };
    if asked(params) != Some(transaction.hash) {
        return Err(format!("transaction {:?} instead of the one asked for", transaction.hash));
    }
    places.note(transaction.hash, transaction.block_hash)
}

/// The receipt of the requested transaction. All its logs must be of that transaction and one block.
fn receipt(params: &Value, result: &RawValue, places: &mut Places) -> Result<(), Contradiction> {
    let Some(receipt) = decoded::<Option<WireReceipt>>(result)? else { return Ok(()) };
    if asked(params) != Some(receipt.transaction_hash) {
        return Err(format!("the receipt of {:?} instead of the one asked for", receipt.transaction_hash));
    }
    let is_own = |log: &WireLog| {
        log.transaction_hash == Some(receipt.transaction_hash) && log.block_hash == receipt.block_hash
    };
    if !receipt.logs.iter().all(is_own) {
        return Err("a receipt with logs of another transaction or block".into());
    }
    places.note(receipt.transaction_hash, receipt.block_hash)
}

/// The part of `eth_getLogs`' filter that this program uses.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Filter {
    address: Vec<Address>,
    from_block: Option<U64>,
    to_block: Option<U64>,
    block_hash: Option<H256>,
}

/// Mined logs of the requested contracts and blocks, with their positions. Some nodes return `null` for none.
fn logs(params: &Value, result: &RawValue) -> Result<(), Contradiction> {
    let Some(filter) = asked::<Filter>(params) else { return Ok(()) };
    let logs = decoded::<Option<Vec<WireLog>>>(result)?.unwrap_or_default();
    logs.iter().try_for_each(|log| filter.check(log))
}

impl Filter {
    fn check(&self, log: &WireLog) -> Result<(), Contradiction> {
        if log.removed == Some(true) {
            return Err("a log that was removed".into());
        }
        if !self.address.contains(&log.address) {
            return Err(format!("a log of {:?}, which was not asked for", log.address));
        }
        let (Some(number), Some(hash), Some(_), Some(_)) =
            (log.block_number, log.block_hash, log.transaction_hash, log.log_index)
        else {
            return Err("a log without its position".into());
        };
        let within = self.from_block.is_none_or(|from| number >= from)
            && self.to_block.is_none_or(|to| number <= to)
            && self.block_hash.is_none_or(|asked| hash == asked);
        if within { Ok(()) } else { Err(format!("a log of block {number}, which was not asked for")) }
    }
}

/// The hash of the bytes that were sent. The node refuses anything but hex.
fn sent(params: &Value, result: &RawValue) -> Result<(), Contradiction> {
    let Some(raw) = asked::<Bytes>(params) else { return Ok(()) };
    let told: H256 = decoded(result)?;
    if told.0 == *Hash::keccak(&raw).bytes() {
        Ok(())
    } else {
        Err(format!("{told:?} instead of the hash of what was sent"))
    }
}

/// The first parameter, if it is of this type.
fn asked<T: DeserializeOwned>(params: &Value) -> Option<T> {
    serde_json::from_value(params.get(0)?.clone()).ok()
}

fn decoded<T: DeserializeOwned>(result: &RawValue) -> Result<T, Contradiction> {
    serde_json::from_str(result.get()).map_err(|error| format!("unexpected response: {error}"))
}
