//! DynamoDB items: attributes by name.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use super::super::StoreError;

pub(super) type Item = HashMap<String, AttributeValue>;

/// DynamoDB's limit for an item: the names and values of its attributes together.
const MAX_ITEM_BYTES: usize = 400 << 10;

pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(super) fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(super) fn read_text<'item>(item: &'item Item, name: &str) -> Option<&'item str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

pub(super) fn read_number(item: &Item, name: &str) -> Option<u64> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

/// Refuses an item that is too large for DynamoDB. `what` names it.
pub(super) fn check_size(item: &Item, what: &str) -> Result<usize, StoreError> {
    let size = item.iter().map(|(name, value)| name.len() + value_size(value)).sum();
    if size > MAX_ITEM_BYTES {
        let limit = MAX_ITEM_BYTES;
        return Err(StoreError::TooLarge(format!("{what} takes {size} bytes, and DynamoDB {limit} at most")));
    }
    Ok(size)
}

/// The size as DynamoDB counts it, for the kinds of values used here.
fn value_size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => digits.len() / 2 + 2,
        AttributeValue::L(values) => 3 + values.iter().map(|value| 1 + value_size(value)).sum::<usize>(),
        _ => 1,
    }
}
