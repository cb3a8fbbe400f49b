//! Rows of the listings table.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::Value;

use super::items::Item;
use super::rows;

/// A row in DynamoDB's JSON: what is read from it can be written and read again, and is shown within bounds.
pub fn old_row(data: &[u8]) {
    let Ok(Value::Object(attributes)) = serde_json::from_slice(data) else { return };
    let item: Item =
        attributes.into_iter().filter_map(|(name, value)| Some((name, attribute(&value)?))).collect();
    let Ok(row) = rows::listing(&item) else { return };
    assert!(rows::listing(&rows::item(&row)).is_ok_and(|again| again == row));
    let shown = row.clone().bounded();
    assert_eq!(shown.clone().bounded(), shown);
    assert_eq!((shown.listing_hash, &shown.content), (row.listing_hash, &row.content));
}

fn attribute(value: &Value) -> Option<AttributeValue> {
    let (kind, value) = value.as_object()?.iter().next()?;
    let text = || value.as_str().map(str::to_owned);
    let list = || value.as_array().map(Vec::as_slice);
    let texts =
        || list().map(|texts| texts.iter().filter_map(|text| text.as_str().map(str::to_owned)).collect());
    Some(match kind.as_str() {
        "S" => AttributeValue::S(text()?),
        "N" => AttributeValue::N(text()?),
        "B" => AttributeValue::B(Blob::new(text()?)),
        "BOOL" => AttributeValue::Bool(value.as_bool()?),
        "NULL" => AttributeValue::Null(true),
        "SS" => AttributeValue::Ss(texts()?),
        "NS" => AttributeValue::Ns(texts()?),
        "L" => AttributeValue::L(list()?.iter().filter_map(attribute).collect()),
        _ => return None,
    })
}
