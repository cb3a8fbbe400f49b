//! Classifies a node's error. No standard says more than "an error object", so this compares the codes and phrases of the
//! known implementations and providers. Refusals of transactions are classified in `refusal`.
//!
//! The class decides what happens next: an error about the request is its response; with any other, the
//! next node gets the request.

use serde_json::Value;

use super::Request;
use super::phrases::{
    BATCH_SIZE, BUSY, BUSY_CODES, BY_HASH, DENIED, LIMIT_EXCEEDED, NOT_FOUND, PARAMS, PARAMS_CODES, RANGE,
    REVERT, REVERTED, UNKNOWN_BLOCK, UNKNOWN_TAG,
};
use crate::chain::{Sent, refusal};

/// What an error is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::chain) enum About {
    /// The call was executed and failed.
    Revert,
    /// The node does not know the block, or no longer its state.
    UnknownBlock,
    /// `eth_getLogs` was called for too many blocks or logs.
    Range,
    /// The transaction that was sent.
    Transaction,
    /// Parameters that the node considers invalid.
    Params,
    /// The node does not support the request.
    Lacking(Ability),
    /// Too many requests: the node could answer, later.
    Busy,
    /// The node does not serve this client.
    Denied,
    /// The node itself.
    Node,
}

/// Features that this server needs and not every node has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::chain) enum Ability {
    /// To read state at a block named by its hash (EIP-1898).
    StateByHash,
    /// To read the logs of a block named by its hash (EIP-234).
    LogsByHash,
}

impl Ability {
    /// The feature that this request needs, if any.
    pub(crate) fn needed_for(request: &Request) -> Option<Self> {
        let by_hash =
            |place: usize| request.params.get(place).is_some_and(|at| at.get("blockHash").is_some());
        match &*request.method {
            "eth_getLogs" if by_hash(0) => Some(Ability::LogsByHash),
            "eth_call" | "eth_getTransactionCount" | "eth_getCode" if by_hash(1) => {
                Some(Ability::StateByHash)
            }
            _ => None,
        }
    }

    /// A sentence for the operator.
    pub(crate) fn missing(self) -> &'static str {
        match self {
            Ability::StateByHash => {
                "the chain node does not read state at a block named by its hash (EIP-1898); another node is needed"
            }
            Ability::LogsByHash => {
                "the chain node refuses eth_getLogs for a block named by its hash (EIP-234); another node is needed"
            }
        }
    }
}

impl About {
    /// Whether other nodes would return the same error.
    pub(crate) fn is_final(self) -> bool {
        matches!(self, About::Revert | About::Range | About::Transaction | About::Params)
    }
}

/// Decides what this error is about.
pub(super) fn classify(request: &Request, code: i64, message: &str) -> About {
    let said = message.to_lowercase();
    let says = |texts: &[&str]| texts.iter().any(|text| said.contains(text));
    let logs = request.method == "eth_getLogs";
    // Checked first, because the text of a revert is the contract's and not the node's.
    if executes(request) && (code == REVERT || says(REVERTED)) {
        return About::Revert;
    }
    if request.method == "eth_sendRawTransaction" && !matches!(refusal::classify(message), Sent::Refused(_)) {
        return About::Transaction;
    }
    if says_busy(&said) {
        return About::Busy;
    }
    if code == UNKNOWN_TAG || (says(UNKNOWN_BLOCK) && !is_ahead_of_range(&said)) {
        return About::UnknownBlock;
    }
    if logs && (code == LIMIT_EXCEEDED || says(RANGE)) && !says(BY_HASH) {
        return About::Range;
    }
    if BUSY_CODES.contains(&code) {
        return About::Busy;
    }
    if says(DENIED) {
        return About::Denied;
    }
    if code == NOT_FOUND {
        return About::UnknownBlock;
    }
    if PARAMS_CODES.contains(&code) || says(PARAMS) || (logs && says(BY_HASH)) {
        return about_params(request);
    }
    About::Node
}

/// Whether a text that is not a JSON-RPC response mentions too many requests.
pub(super) fn says_busy(text: &str) -> bool {
    let said = text.to_lowercase();
    BUSY.iter().any(|part| said.contains(part)) || has_word(&said, "rps") || has_word(&said, "cups")
}

/// Whether a refused batch was only too large.
pub(super) fn says_batch_size(text: &str) -> bool {
    let said = text.to_lowercase();
    said.contains("batch") && BATCH_SIZE.iter().any(|part| said.contains(part))
}

/// The number of blocks per request that an error's text allows, if it says so: "… up to a 2K block range", "ranges
/// over 10000 blocks are not supported".
pub(in crate::chain) fn allowed_blocks(reason: &str) -> Option<u64> {
    let said = reason.to_lowercase().replace(',', "");
    let words: Vec<&str> =
        said.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let speaks_of_blocks = |word: &&str| word.starts_with("block") || word.starts_with("range");
    (0..words.len()).find_map(|place| {
        let number = number(words[place])?;
        let behind = words.iter().skip(place + 1).take(2).any(speaks_of_blocks);
        let before = words[..place].iter().rev().take(2).any(|word| word.starts_with("range"));
        (number > 0 && (behind || before)).then_some(number)
    })
}

fn number(word: &str) -> Option<u64> {
    match word.strip_suffix('k') {
        Some(thousands) => thousands.parse::<u64>().ok()?.checked_mul(1_000),
        None => word.parse().ok(),
    }
}

/// "block range extends beyond current head block" is about a block, "block range is too wide" is not.
fn is_ahead_of_range(said: &str) -> bool {
    said.contains("too wide") || said.contains("too large")
}

fn about_params(request: &Request) -> About {
    Ability::needed_for(request).map_or(About::Params, About::Lacking)
}

fn executes(request: &Request) -> bool {
    matches!(&*request.method, "eth_call" | "eth_estimateGas")
}

fn has_word(said: &str, wanted: &str) -> bool {
    said.split(|c: char| !c.is_alphanumeric()).any(|word| word == wanted)
}

/// The code of an error object, which some gateways write as text.
pub(super) fn code(value: &Value) -> i64 {
    value.as_i64().or_else(|| value.as_str()?.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn about(method: &'static str, code: i64, message: &str) -> About {
        classify(&Request::new(method, json!([{}, "latest"])), code, message)
    }

    #[test]
    fn rate_limits_are_recognised_in_each_providers_words_and_codes() {
        for (code, text) in [
            (429, "Your app has exceeded its compute units per second capacity"),
            (-32005, "daily request count exceeded, request rate limited"),
            (-32005, "limit exceeded"),
            (-32007, "50/second request limit reached - reduce calls per second"),
            (-32011, "no more"),
            (-32016, "over rate limit"),
            (-32090, "Too many requests, reason: call rate limit exhausted, retry in 10m0s"),
            (-32097, "rate limited"),
            (-32000, "You've exceeded the RPS limit available on the current plan"),
            (-32000, "Too many request, try again later"),
            (-32603, "call rate limit exhausted"),
            (15, "Too many request"),
            (19, "Temporary internal error. Please retry"),
            (0, "monthly quota used up"),
            (-32000, "server is overloaded"),
        ] {
            assert_eq!(about("eth_getBlockByNumber", code, text), About::Busy, "{code} {text}");
        }
        for text in ["You've exceeded the RPS limit", "Too many requests", "over rate limit"] {
            assert_eq!(about("eth_getLogs", -32005, text), About::Busy, "{text}");
        }
    }

    #[test]
    fn refused_ranges_are_recognised_in_many_words() {
        for (code, text) in [
            (-32005, "query returned more than 10000 results"),
            (-32005, "limit exceeded"),
            (
                -32602,
                "Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range",
            ),
            (-32000, "block range is too wide"),
            (35, "ranges over 10000 blocks are not supported on freetier"),
            (-32000, "exceeds limit of 1000"),
            (-32701, "Please limit the query to at most 1000 blocks"),
            (-32000, "requested too many blocks from 1 to 5000, maximum is set to 2048"),
            (-32062, "Block range is too large"),
            (-32000, "exceed maximum block range: 50000"),
            (-32614, "eth_getLogs is limited to a 10,000 range"),
            (-32000, "query timeout exceeded"),
            (-32602, "query exceeds max results 20000, retry with the range 1-200"),
        ] {
            assert_eq!(about("eth_getLogs", code, text), About::Range, "{text}");
        }
        let beyond = "block range extends beyond current head block";
        assert_eq!(about("eth_getLogs", -32000, beyond), About::UnknownBlock);
    }

    #[test]
    fn words_of_a_contract_are_no_words_of_the_node() {
        for text in ["execution reverted: too many requests, rate limit", "execution reverted: unknown block"]
        {
            assert_eq!(about("eth_call", 3, text), About::Revert);
            assert_eq!(about("eth_call", -32000, text), About::Revert);
        }
    }

    #[test]
    fn every_trap_of_a_call_is_one() {
        for text in [
            "invalid opcode: INVALID",
            "out of gas",
            "EVM error: InvalidJump",
            "EVM error StackUnderflow",
            "stack underflow (0 <=> 2)",
            "write protection",
            "invalid jump destination",
            "stack limit reached 1024 (1023)",
            "return data out of bounds",
            "VM execution error.",
            "Bad instruction 0xfe",
            "precompile error",
            "gas uint64 overflow",
            "OpcodeNotFound",
        ] {
            assert_eq!(about("eth_call", -32000, text), About::Revert, "{text}");
        }
    }

    #[test]
    fn a_block_named_by_its_hash_may_be_more_than_a_node_understands() {
        let by_hash = json!({ "blockHash": "0x12" });
        let call = Request::new("eth_call", json!([{}, by_hash]));
        for (code, text) in [
            (-32602, "invalid argument 1: json: cannot unmarshal object into Go value of type string"),
            (-32602, "Invalid params"),
            (-32000, "invalid type: map, expected a block number"),
        ] {
            assert_eq!(classify(&call, code, text), About::Lacking(Ability::StateByHash), "{text}");
        }
        let logs = Request::new("eth_getLogs", json!([by_hash]));
        for (code, text) in [
            (-32602, "invalid params"),
            (-32000, "getLogs by blockHash is not supported"),
            (-32000, "block hash queries exceed what is allowed"),
        ] {
            assert_eq!(classify(&logs, code, text), About::Lacking(Ability::LogsByHash), "{text}");
        }
        assert_eq!(classify(&logs, -32000, "unknown block"), About::UnknownBlock);
    }

    #[test]
    fn the_number_of_blocks_is_read_from_a_refusal() {
        for (text, blocks) in [
            ("ranges over 10000 blocks are not supported on freetier", Some(10_000)),
            ("You can make eth_getLogs requests with up to a 2K block range", Some(2_000)),
            ("eth_getLogs is limited to a 10,000 range", Some(10_000)),
            ("Please limit the query to at most 1000 blocks", Some(1_000)),
            ("exceed maximum block range: 50000", Some(50_000)),
            ("query returned more than 10000 results", None),
            ("block range is too wide", None),
            ("0 blocks", None),
            ("99999999999999999999999 blocks", None),
        ] {
            assert_eq!(allowed_blocks(text), blocks, "{text}");
        }
    }

    #[test]
    fn a_batch_that_is_only_too_large_is_told_from_one_that_is_not_wanted() {
        for text in
            ["Batch of more than 3 requests are not allowed", "batch too large", "batch limit 10 exceeded"]
        {
            assert!(says_batch_size(text), "{text}");
        }
        for text in ["batches are not supported", "no batches", "Forbidden", "limit"] {
            assert!(!says_batch_size(text), "{text}");
        }
    }
}
