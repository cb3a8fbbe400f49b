//! What a chain node responds.

use serde_json::json;

use super::endpoint::{Reply, refused_all};
use super::{Request, RpcResult, allowed_blocks, read, validate};
use crate::chain::wire::WireLog;
use crate::domain::{Address, Hash};

/// A contract of the market.
const CONTRACT: Address = Address::new([7; 20]);
const FROM: u64 = 5;
const TO: u64 = 6;

/// One request of each kind that is checked, in the order of the corpus' replies.
fn requests() -> Vec<Request> {
    let hash = Hash::new([1; 32]);
    let filter =
        json!({ "address": [CONTRACT], "fromBlock": format!("{FROM:#x}"), "toBlock": format!("{TO:#x}") });
    vec![
        Request::new("eth_getLogs", json!([filter])),
        Request::new("eth_getBlockByNumber", json!(["0x5", false])),
        Request::new("eth_getTransactionByHash", json!([hash])),
        Request::new("eth_getTransactionReceipt", json!([hash])),
        Request::new("eth_call", json!([{ "to": CONTRACT, "data": "0x" }, { "blockHash": hash }])),
        Request::new("eth_sendRawTransaction", json!(["0x01"])),
    ]
}

/// The replies to a batch, or a single reply, whatever a node makes of them. Logs that pass are those that were asked for.
pub(in crate::chain) fn replies(data: &[u8]) {
    let requests = requests();
    let replies = match serde_json::from_slice::<Vec<Reply>>(data) {
        Ok(replies) => replies,
        Err(_) => serde_json::from_slice::<Reply>(data).into_iter().collect(),
    };
    let _ = refused_all(&replies, &requests);
    let answers = replies.into_iter().zip(&requests).map_while(|(reply, request)| reply.answer(request));
    let answers: Vec<RpcResult> = answers.collect();
    for error in answers.iter().filter_map(|answer| answer.as_ref().err()) {
        assert!(allowed_blocks(&error.reason()) != Some(0), "no blocks at all");
    }
    if validate::check(&requests, &answers).is_ok()
        && let Some(answer) = answers.into_iter().next()
        && let Ok(Some(logs)) = read::<Option<Vec<WireLog>>>(answer)
    {
        let asked = |log: &WireLog| {
            log.address.0 == *CONTRACT.bytes()
                && log.block_number.is_some_and(|block| (FROM..=TO).contains(&block.as_u64()))
                && log.block_hash.is_some()
                && log.removed != Some(true)
        };
        assert!(logs.iter().all(asked), "a log that was not asked for");
    }
}
