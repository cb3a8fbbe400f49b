//! What nodes say about a transaction that they do not accept. The texts are those of geth, erigon, reth, anvil,
//! openethereum, besu and nethermind.

use super::Sent;

/// Classifies the text. Only the chain decides what really happens to the transaction.
pub(super) fn classify(words: &str) -> Sent {
    let text = words.to_lowercase();
    let says = |texts: &[&str]| texts.iter().any(|part| text.contains(part));
    if is_known(&text) {
        Sent::Accepted
    } else if says(NONCE_TOO_LOW) {
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
        Sent::Refused(words.to_owned())
    }
}

const NONCE_TOO_LOW: &[&str] = &[
    "nonce too low",
    "nonce is too low",
    "nonce_too_low",
    "nonce has already been used",
    "nonce already used",
    "oldnonce",
    "old nonce",
];

const UNDERPRICED: &[&str] = &[
    "underpriced",
    "could not replace existing",
    "replacementnotallowed",
    "another transaction with same nonce",
    "transaction with same nonce",
    "transaction with the same nonce",
    "not enough to replace",
    "insufficient fee to replace",
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

/// "Known transaction" only at the beginning: elsewhere it may be the end of "unknown transaction type". A text
/// about a nonce is about another transaction.
fn is_known(text: &str) -> bool {
    let starts = ["known transaction", "known tx", "duplicate transaction", "duplicate tx"];
    let says = [
        "already known",
        "alreadyknown",
        "already imported",
        "already_exists",
        "already exists",
        "already in mempool",
        "already in the mempool",
        "already in pool",
        "already in the pool",
        "already in txpool",
        "already in the txpool",
        "already in the transaction pool",
        "already pending",
        "already submitted",
        "already been submitted",
        "already present",
        "already have",
        "with same hash",
        "with the same hash",
        ": known transaction",
    ];
    !text.contains("nonce")
        && (starts.iter().any(|start| text.starts_with(start)) || says.iter().any(|part| text.contains(part)))
}

#[cfg(test)]
mod tests {
    use super::*;

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
            "INTERNAL_ERROR: existing tx with same hash",
            "existing tx with same hash",
            "ALREADY_EXISTS",
            "tx already in mempool",
            "Transaction already in the pool",
            "transaction already exists",
            "duplicate transaction",
            "rpc error: known transaction: 0xabcd",
        ] {
            assert_eq!(classify(text), Sent::Accepted, "{text}");
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
            assert_eq!(classify(text), Sent::NonceTooLow, "{text}");
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
            "a transaction with the same nonce already exists",
            "FeeTooLow, MaxFeePerGas too low",
            "max fee per gas less than block base fee",
            "Gas price below configured minimum gas price",
        ] {
            assert_eq!(classify(text), Sent::Underpriced, "{text}");
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
            assert_eq!(classify(text), Sent::InsufficientFunds, "{text}");
        }
    }

    #[test]
    fn anything_else_is_kept_in_the_nodes_words() {
        for text in ["unknown transaction type", "exceeds block gas limit", "invalid sender"] {
            assert_eq!(classify(text), Sent::Refused(text.into()));
        }
    }
}
