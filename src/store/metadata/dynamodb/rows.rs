//! The listings table: the flat attributes that the 2019 server wrote, and some more.
//!
//! Rows of that server may lack any attribute except `listing_hash`. Their values were never checked, so an unreadable
//! attribute counts as missing.

use std::collections::{HashMap, HashSet};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};

use super::super::StoreError;
use super::batch;
use super::client::unavailable;
use super::items::{Item, check_size, number, read_text, text};
use crate::domain::{Address, Content, Hash, Listing, Metadata, PreviewChoice};

pub(super) const HASH_KEY: &str = "listing_hash";

/// All attributes that this server may write.
const ATTRIBUTES: [&str; 15] = [
    HASH_KEY,
    "title",
    "description",
    "license",
    "file_type",
    "tags",
    "owner",
    "size",
    "md5_sum",
    "filename",
    "preview",
    "tx_hash",
    "object",
    "data_hash",
    "sha256",
];

/// The most attempts of one `put` to compare and replace. A row of this server needs two. A row of 2019 needs three,
/// because its attributes may have another form.
const MAX_ATTEMPTS: usize = 3;

pub(super) async fn get_many(
    client: &Client,
    table: &str,
    hashes: &[Hash],
) -> Result<Vec<Option<Listing>>, StoreError> {
    let distinct: HashSet<Hash> = hashes.iter().copied().collect();
    let keys = distinct.iter().map(|hash| Item::from([(HASH_KEY.to_owned(), text(hash.to_string()))]));
    let mut rows = HashMap::with_capacity(distinct.len());
    for item in batch::get(client, table, keys.collect(), &[]).await? {
        let row = listing(&item)?;
        rows.insert(row.listing_hash, row);
    }
    Ok(hashes.iter().map(|hash| rows.get(hash).cloned()).collect())
}

pub(super) async fn put(
    client: &Client,
    table: &str,
    row: &Listing,
    replaces: Option<&Listing>,
) -> Result<(), StoreError> {
    let written = item(row);
    check_size(&written, &format!("the row of listing {}", row.listing_hash))?;
    let mut expected = replaces.map(item);
    for _ in 0..MAX_ATTEMPTS {
        let request = client.put_item().table_name(table).set_item(Some(written.clone()));
        let Some(present) = put_in_place(request, expected.as_ref()).await? else { return Ok(()) };
        let found = if present.is_empty() { None } else { Some(listing(&present)?) };
        if found.as_ref() == Some(row) {
            return Ok(());
        }
        if found.is_none() || found.as_ref() != replaces {
            return Err(StoreError::Conflict);
        }
        expected = Some(present);
    }
    Err(StoreError::Conflict)
}

/// Writes the row if the stored one equals `expected`. Otherwise returns the stored one, empty if there is none.
async fn put_in_place(
    mut request: PutItemFluentBuilder,
    expected: Option<&Item>,
) -> Result<Option<Item>, StoreError> {
    let mut conditions = Vec::new();
    for (number, name) in ATTRIBUTES.into_iter().enumerate() {
        let (placeholder, value) = (format!("#{number}"), format!(":{number}"));
        match expected.and_then(|item| item.get(name)) {
            Some(present) => {
                conditions.push(format!("{placeholder} = {value}"));
                request = request.expression_attribute_values(value, present.clone());
            }
            None => conditions.push(format!("attribute_not_exists({placeholder})")),
        }
        request = request.expression_attribute_names(placeholder, name);
    }
    let refused = ReturnValuesOnConditionCheckFailure::AllOld;
    let request = request.condition_expression(conditions.join(" AND "));
    match request.return_values_on_condition_check_failure(refused).send().await {
        Ok(_) => Ok(None),
        Err(error) => match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(refusal)) => {
                Ok(Some(refusal.item.clone().unwrap_or_default()))
            }
            _ => Err(unavailable(error)),
        },
    }
}

pub(super) fn item(row: &Listing) -> Item {
    let Listing { listing_hash, metadata, content } = row;
    let tags = metadata.tags.iter().map(text).collect();
    let content = |part: fn(&Content) -> String| content.as_ref().map(part);
    let attributes = [
        (HASH_KEY, Some(text(listing_hash.to_string()))),
        ("title", metadata.title.as_ref().map(text)),
        ("description", metadata.description.as_ref().map(text)),
        ("license", metadata.license.as_ref().map(text)),
        ("file_type", metadata.file_type.as_ref().map(text)),
        ("tags", Some(AttributeValue::L(tags))),
        ("owner", metadata.owner.map(|owner| text(owner.to_string()))),
        ("size", metadata.size.map(number)),
        ("md5_sum", metadata.md5_sum.as_ref().map(text)),
        ("filename", metadata.filename.as_ref().map(text)),
        ("preview", metadata.preview.map(|choice| text(choice.to_string()))),
        ("tx_hash", metadata.tx_hash.map(|hash| text(hash.to_string()))),
        ("object", content(|content| content.object.clone()).map(text)),
        ("data_hash", content(|content| content.data_hash.to_string()).map(text)),
        ("sha256", content(|content| content.sha256.clone()).map(text)),
    ];
    attributes.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

pub(super) fn listing(item: &Item) -> Result<Listing, StoreError> {
    let named = read_text(item, HASH_KEY).unwrap_or_default();
    let listing_hash = Hash::parse(named).map_err(|_| unreadable(named))?;
    let metadata = Metadata {
        title: words(item, "title"),
        description: words(item, "description"),
        license: words(item, "license"),
        file_type: words(item, "file_type"),
        tags: tags(item),
        owner: read_text(item, "owner").and_then(|text| Address::parse(text).ok()),
        size: words(item, "size").and_then(|digits| digits.trim().parse().ok()),
        md5_sum: words(item, "md5_sum"),
        filename: words(item, "filename"),
        preview: read_text(item, "preview").and_then(|text| PreviewChoice::parse(text).ok()),
        tx_hash: read_text(item, "tx_hash").and_then(|text| Hash::parse(text).ok()),
    };
    Ok(Listing { listing_hash, metadata, content: content(item)? })
}

/// Only this server writes it, so a stored value must be complete.
fn content(item: &Item) -> Result<Option<Content>, StoreError> {
    let parts = ["object", "data_hash", "sha256"].map(|name| read_text(item, name));
    let (object, data_hash, sha256) = match parts {
        [None, None, None] => return Ok(None),
        [Some(object), Some(data_hash), Some(sha256)] => (object, data_hash, sha256),
        _ => return Err(unreadable(read_text(item, HASH_KEY).unwrap_or_default())),
    };
    let data_hash = Hash::parse(data_hash).map_err(|_| unreadable(object))?;
    Ok(Some(Content { object: object.to_owned(), data_hash, sha256: sha256.to_owned() }))
}

/// A string, or a number's digits.
fn words(item: &Item, name: &str) -> Option<String> {
    scalar(item.get(name)?)
}

fn scalar(value: &AttributeValue) -> Option<String> {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => Some(text.clone()),
        _ => None,
    }
}

/// A list, a set or a single string.
fn tags(item: &Item) -> Vec<String> {
    match item.get("tags") {
        Some(AttributeValue::L(values)) => values.iter().filter_map(scalar).collect(),
        Some(AttributeValue::Ss(values) | AttributeValue::Ns(values)) => values.clone(),
        Some(value) => scalar(value).into_iter().collect(),
        None => Vec::new(),
    }
}

fn unreadable(name: &str) -> StoreError {
    StoreError::Unavailable(format!("the row of listing {name} is not readable"))
}
