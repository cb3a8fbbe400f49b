//! What nodes say to a transaction that they do not take. The texts are those of geth, erigon, reth, anvil, openethereum,
//! besu and nethermind.

use super::Sent;
use super::transport::NodeError;

pub(super) fn classify(error: &NodeError) -> Sent {
    let text = error.message.to_lowercase();
    let says = |texts: &[&str]| texts.iter().any(|part| text.contains(part));
    if is_known(&text) {
        Sent::Accepted
    } else if says(&["nonce too low", "nonce is too low", "oldnonce", "nonce_too_low"]) {
        Sent::NonceTooLow
    } else if says(UNDERPRICED) {
        Sent::Underpriced
    } else if says(&[
        "insufficient funds",
        "insufficientfunds",
        "upfront cost exceeds",
        "upfront_cost_exceeds",
    ]) {
        Sent::InsufficientFunds
    } else {
        Sent::Refused(error.message.clone())
    }
}

const UNDERPRICED: &[&str] = &[
    "underpriced",
    "could not replace existing",
    "replacementnotallowed",
    "another transaction with same nonce",
    "gas price is too low",
    "gas price too low",
    "gas_price_too_low",
    "gas price below",
    "feetoolow",
    "fee too low",
    "fee cap less than block base fee",
    "max fee per gas less than block base fee",
    "try increasing the fee",
];

/// "Known transaction" only at the beginning: elsewhere it may be the end of "unknown transaction type".
fn is_known(text: &str) -> bool {
    text.starts_with("known transaction")
        || ["already known", "alreadyknown", "already imported", "already_exists", "already exists"]
            .iter()
            .any(|part| text.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn revert_with(text: &str) -> Sent {
        classify(&NodeError { code: -32000, message: text.into(), data: None })
    }

    #[test]
    fn a_transaction_that_is_there_already_counts_as_accepted() {
        for text in [
            "already known",
            "known transaction: 0xabcd",
            "Known transaction",
            "AlreadyKnown",
            "ALREADY_EXISTS: already known",
            "transaction already imported",
            "Transaction with the same hash was already imported.",
        ] {
            assert_eq!(revert_with(text), Sent::Accepted, "{text}");
        }
    }

    #[test]
    fn a_used_nonce_is_recognised() {
        for text in [
            "nonce too low",
            "nonce too low: next nonce 5, tx nonce 4",
            "OldNonce, Current nonce: 5, nonce of rejected tx: 4",
            "Nonce too low",
            "Transaction nonce is too low. Try incrementing the nonce.",
        ] {
            assert_eq!(revert_with(text), Sent::NonceTooLow, "{text}");
        }
    }

    #[test]
    fn too_low_a_fee_is_recognised() {
        for text in [
            "replacement transaction underpriced",
            "transaction underpriced: tip needed 1000000000, tip permitted 1",
            "Transaction gas price is too low. There is another transaction with same nonce in the queue. \
             Try increasing the gas price or incrementing the nonce.",
            "could not replace existing tx",
            "ReplacementNotAllowed",
            "FeeTooLow, MaxFeePerGas too low",
            "max fee per gas less than block base fee",
            "Gas price below configured minimum gas price",
        ] {
            assert_eq!(revert_with(text), Sent::Underpriced, "{text}");
        }
    }

    #[test]
    fn an_empty_account_is_recognised() {
        for text in [
            "insufficient funds for gas * price + value: balance 0, tx cost 42000",
            "Insufficient funds for gas * price + value",
            "Insufficient funds. The account you tried to send transaction from does not have enough funds.",
            "InsufficientFunds, Account balance: 0, cumulative cost: 1",
            "Upfront cost exceeds account balance",
        ] {
            assert_eq!(revert_with(text), Sent::InsufficientFunds, "{text}");
        }
    }

    #[test]
    fn anything_else_is_kept_in_the_nodes_words() {
        for text in ["unknown transaction type", "exceeds block gas limit", "invalid sender"] {
            assert_eq!(revert_with(text), Sent::Refused(text.into()));
        }
    }
}
