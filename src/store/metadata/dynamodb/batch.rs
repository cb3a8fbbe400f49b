//! Reads many items by key, in as few requests as DynamoDB allows.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::time::sleep;

use super::super::StoreError;
use super::client::{incomplete, pauses, unavailable};
use super::items::Item;

/// The most keys per request.
const MAX_KEYS: usize = 100;

/// Concurrent requests.
const MAX_CONCURRENT_REQUESTS: usize = 8;

/// The current items of `keys`, which must be distinct, in no particular order. `attributes` names the attributes to
/// read; all of them if it is empty.
pub(super) async fn get(
    client: &Client,
    table: &str,
    keys: Vec<Item>,
    attributes: &[&str],
) -> Result<Vec<Item>, StoreError> {
    let requests: Vec<Vec<Item>> = keys.chunks(MAX_KEYS).map(<[Item]>::to_vec).collect();
    let answers = stream::iter(requests.into_iter().map(|keys| get_some(client, table, keys, attributes)));
    let items: Vec<Vec<Item>> = answers.buffer_unordered(MAX_CONCURRENT_REQUESTS).try_collect().await?;
    Ok(items.concat())
}

/// DynamoDB leaves keys unprocessed if it is busy, or if the response would be too long. As long as each request
/// processes some keys, the rest is requested again at once.
async fn get_some(
    client: &Client,
    table: &str,
    keys: Vec<Item>,
    attributes: &[&str],
) -> Result<Vec<Item>, StoreError> {
    let mut wanted = request(keys, attributes)?;
    let mut items = Vec::new();
    let mut pauses = pauses();
    loop {
        let answer =
            client.batch_get_item().request_items(table, wanted).send().await.map_err(unavailable)?;
        let found = answer.responses.unwrap_or_default().remove(table).unwrap_or_default();
        let progress = !found.is_empty();
        items.extend(found);
        match answer.unprocessed_keys.unwrap_or_default().remove(table) {
            Some(rest) => wanted = rest,
            None => return Ok(items),
        }
        if !progress {
            let busy = || StoreError::Unavailable(format!("DynamoDB is too busy to read from {table}"));
            sleep(pauses.next().ok_or_else(busy)?).await;
        }
    }
}

fn request(keys: Vec<Item>, attributes: &[&str]) -> Result<KeysAndAttributes, StoreError> {
    let mut request = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true);
    if !attributes.is_empty() {
        let placeholders: Vec<String> = (0..attributes.len()).map(|number| format!("#{number}")).collect();
        request = request.projection_expression(placeholders.join(","));
        for (placeholder, name) in placeholders.into_iter().zip(attributes) {
            request = request.expression_attribute_names(placeholder, *name);
        }
    }
    request.build().map_err(incomplete)
}
