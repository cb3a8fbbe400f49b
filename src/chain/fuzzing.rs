//! What comes from chain nodes, and signatures.

use ethers::abi::AbiDecode;
use ethers::types::{Bytes, H160, H256, U256};

use super::wire::{WireBlock, WireLog, WireReceipt, WireTransaction};
use super::{Event, events, refusal, transport};
use crate::domain::{Address, Contracts};

/// Bytes of a word of the ABI, and of a topic.
const WORD: usize = 32;
const MAX_TOPICS: usize = 4;

/// A node's response: its envelope, what it is about, and its content.
pub fn answers(data: &[u8]) {
    transport::fuzzing::replies(data);
    let Ok(text) = str::from_utf8(data) else { return };
    let _ = refusal::classify(text);
    if let Ok(block) = serde_json::from_str::<WireBlock>(text) {
        assert_eq!(block.domain().number, block.number.as_u64());
    }
    let _ = serde_json::from_str::<WireTransaction>(text);
    if let Ok(receipt) = serde_json::from_str::<WireReceipt>(text) {
        assert_eq!(receipt.mined().is_some(), receipt.block_number.is_some() && receipt.block_hash.is_some());
    }
    if let Ok(log) = serde_json::from_str::<WireLog>(text) {
        let _ = log.time();
        check_foreign(log);
    }
}

/// A log: the byte of its contract, the byte of its event, topics and data. Then what a contract returned, in the ABI.
pub fn logs(data: &[u8]) {
    let [contract, topic, rest @ ..] = data else { return };
    let known: Vec<H256> = events::topics().into_iter().collect();
    let mut topics = vec![known[usize::from(*topic) % known.len()]];
    let mut words = rest.chunks_exact(WORD);
    topics.extend(words.by_ref().take(MAX_TOPICS - 1).map(H256::from_slice));
    for count in 1..=topics.len() {
        // Words that are not topics are data.
        let data = &rest[(count - 1) * WORD..];
        check(emitted(*contract, topics[..count].to_vec(), data));
    }
    let _ = (String::decode(rest), U256::decode(rest), H160::decode(rest));
}

/// A signature of the message in the first line, in hex in the second.
pub fn signature(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let (message, signature) = text.split_once('\n').unwrap_or((text, ""));
    let signer = super::signature::recover(message, signature);
    let digits = signature.strip_prefix("0x").unwrap_or(signature);
    assert!(signer.is_none() || digits.len() == 2 * 65, "a signature of {} digits", digits.len());
    let other = super::signature::recover(&format!("{message} "), signature);
    assert!(signer.is_none() || signer != other, "one signature for two messages");
}

/// The contracts at addresses that repeat one byte, as in the corpus.
fn contracts() -> Contracts {
    let at = |byte| Address::new([byte; 20]);
    Contracts {
        ether_token: at(1),
        market_token: at(2),
        voting: at(3),
        parameterizer: at(4),
        reserve: at(5),
        datatrust: at(6),
        listing: at(7),
    }
}

fn emitted(contract: u8, topics: Vec<H256>, data: &[u8]) -> WireLog {
    WireLog {
        address: H160([contract % 8; 20]),
        topics,
        data: Bytes::from(data.to_vec()),
        block_number: Some(5.into()),
        block_hash: Some(H256::zero()),
        transaction_hash: Some(H256::zero()),
        log_index: Some(0.into()),
        block_timestamp: None,
        removed: None,
    }
}

/// Decoded twice it is the same event, and nothing if another contract emitted it.
fn check(log: WireLog) {
    let contracts = contracts();
    assert_eq!(events::decode(&contracts, &log), events::decode(&contracts, &log));
    check_foreign(log);
}

fn check_foreign(log: WireLog) {
    let foreign = WireLog { address: H160([99; 20]), ..log };
    assert_eq!(events::decode(&contracts(), &foreign), Event::Other, "an event of a stranger's contract");
}
