//! The two tables: their required layout, and how they are created.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{BuildError, ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, PointInTimeRecoverySpecification,
    ScalarAttributeType, TableDescription, TableStatus, TimeToLiveSpecification, TimeToLiveStatus,
};
use tokio::time::{Instant, sleep};

use super::super::{Key, StoreError, TableMade};
use super::client::{explain, incomplete, unavailable};
use super::items::{Item, text};
use super::{client, records, rows};
use crate::config::AwsService;

/// How long to wait until a new table is active.
const CREATION_TIMEOUT: Duration = Duration::from_secs(120);
const POLL_INTERVAL: Duration = Duration::from_millis(500);

pub(super) struct Names {
    pub listings: String,
    pub state: String,
}

impl Names {
    pub(super) fn of(table: &str) -> Self {
        Names { listings: table.to_owned(), state: format!("{table}-state") }
    }

    /// Each table with its key attributes, which are all strings: hash key, then range key.
    fn schemas(&self) -> [(&str, &'static [&'static str]); 2] {
        [(&self.listings, &[rows::HASH_KEY]), (&self.state, &[records::HASH_KEY, records::RANGE_KEY])]
    }
}

/// Fails with an error that names the table, unless both exist with the right keys.
pub(super) async fn check(client: &Client, names: &Names) -> Result<(), StoreError> {
    for (table, keys) in names.schemas() {
        let Some(description) = describe(client, table).await? else {
            let advice = "`capi admin create-tables` creates it";
            return Err(refused(format!("there is no DynamoDB table {table}; {advice}")));
        };
        check_table(table, keys, &description)?;
    }
    Ok(())
}

fn check_table(table: &str, keys: &[&str], description: &TableDescription) -> Result<(), StoreError> {
    let found = key_texts(description);
    let wanted: Vec<String> = keys.iter().map(|name| format!("{name} (S)")).collect();
    if found != wanted {
        let (found, wanted) = (found.join(" and "), wanted.join(" and "));
        return Err(refused(format!("the DynamoDB table {table} has the key {found}: expected {wanted}")));
    }
    match description.table_status() {
        Some(TableStatus::Active | TableStatus::Updating) => Ok(()),
        Some(other) => Err(refused(format!("the DynamoDB table {table} is {other}: expected ACTIVE"))),
        None => Err(refused(format!("the DynamoDB table {table} has no status"))),
    }
}

/// Name and type of each key attribute, hash key first.
fn key_texts(description: &TableDescription) -> Vec<String> {
    let kind = |name: &str| {
        let attribute = description.attribute_definitions().iter().find(|one| one.attribute_name() == name);
        attribute.map_or("?", |attribute| attribute.attribute_type().as_str()).to_owned()
    };
    let mut keys: Vec<&KeySchemaElement> = description.key_schema().iter().collect();
    keys.sort_by_key(|key| *key.key_type() != KeyType::Hash);
    keys.iter().map(|key| format!("{} ({})", key.attribute_name(), kind(key.attribute_name()))).collect()
}

/// `None` if there is no such table.
async fn describe(client: &Client, table: &str) -> Result<Option<TableDescription>, StoreError> {
    match client.describe_table().table_name(table).send().await {
        Ok(answer) => Ok(answer.table),
        Err(error) if error.code() == Some("ResourceNotFoundException") => Ok(None),
        Err(error) if error.code().is_some_and(|code| code.contains("AccessDenied")) => {
            let said = error.message().unwrap_or_default();
            Err(refused(format!("access to the DynamoDB table {table} is denied: {said}")))
        }
        Err(error @ SdkError::ServiceError(_)) => {
            Err(refused(format!("{} (table {table})", explain(&error))))
        }
        Err(error) => {
            Err(refused(format!("DynamoDB cannot be reached for the table {table}: {}", explain(&error))))
        }
    }
}

/// Reads an item that does not exist from each table, to check the permission to read.
pub(super) async fn ping(client: &Client, names: &Names) -> Result<(), StoreError> {
    let row = Item::from([(rows::HASH_KEY.to_owned(), text("ping"))]);
    let record = records::item_key(&Key::new("ping", "ping"));
    let read = async |table: &str, key| {
        client.get_item().table_name(table).set_key(Some(key)).send().await.map_err(unavailable)
    };
    tokio::try_join!(read(&names.listings, row), read(&names.state, record)).map(drop)
}

/// Creates missing tables. New tables are billed per request and have point-in-time recovery, if the service supports
/// it.
pub(crate) async fn create(service: &AwsService, table: &str) -> Result<Vec<TableMade>, StoreError> {
    let client = client::open(service).await?;
    let names = Names::of(table);
    let mut made = Vec::new();
    for (table, keys) in names.schemas() {
        made.push(match describe(&client, table).await? {
            Some(description) => {
                check_table(table, keys, &description)?;
                TableMade { table: table.to_owned(), created: false, restorable: None }
            }
            None => create_table(&client, table, keys).await?,
        });
    }
    let_records_expire(&client, &names.state).await?;
    Ok(made)
}

async fn create_table(client: &Client, table: &str, keys: &[&str]) -> Result<TableMade, StoreError> {
    let mut request = client.create_table().table_name(table).billing_mode(BillingMode::PayPerRequest);
    for (name, kind) in keys.iter().zip([KeyType::Hash, KeyType::Range]) {
        let (attribute, key) = key_attribute(name, kind).map_err(incomplete)?;
        request = request.attribute_definitions(attribute).key_schema(key);
    }
    request.send().await.map_err(unavailable)?;
    wait_until_active(client, table).await?;
    let restorable = Some(make_restorable(client, table).await?);
    Ok(TableMade { table: table.to_owned(), created: true, restorable })
}

fn key_attribute(name: &str, kind: KeyType) -> Result<(AttributeDefinition, KeySchemaElement), BuildError> {
    let text = AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S);
    Ok((text.build()?, KeySchemaElement::builder().attribute_name(name).key_type(kind).build()?))
}

async fn wait_until_active(client: &Client, table: &str) -> Result<(), StoreError> {
    let deadline = Instant::now() + CREATION_TIMEOUT;
    loop {
        let description = describe(client, table).await?;
        let status = description.and_then(|description| description.table_status);
        if status == Some(TableStatus::Active) {
            return Ok(());
        }
        if Instant::now() >= deadline {
            let seconds = CREATION_TIMEOUT.as_secs();
            return Err(refused(format!("the DynamoDB table {table} is not ACTIVE after {seconds} s")));
        }
        sleep(POLL_INTERVAL).await;
    }
}

/// Whether the service supports it; stand-ins may not.
async fn make_restorable(client: &Client, table: &str) -> Result<bool, StoreError> {
    let wanted = PointInTimeRecoverySpecification::builder().point_in_time_recovery_enabled(true).build();
    let wanted = wanted.map_err(incomplete)?;
    let request = client.update_continuous_backups().table_name(table);
    match request.point_in_time_recovery_specification(wanted).send().await {
        Ok(_) => Ok(true),
        Err(error) if error.code().is_some_and(|code| code.contains("UnknownOperation")) => Ok(false),
        Err(error) => Err(unavailable(error)),
    }
}

async fn let_records_expire(client: &Client, table: &str) -> Result<(), StoreError> {
    let present = client.describe_time_to_live().table_name(table).send().await.map_err(unavailable)?;
    let status = present.time_to_live_description.and_then(|description| description.time_to_live_status);
    if matches!(status, Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)) {
        return Ok(());
    }
    let wanted =
        TimeToLiveSpecification::builder().attribute_name(records::TIME_TO_LIVE).enabled(true).build();
    let wanted = wanted.map_err(incomplete)?;
    let request = client.update_time_to_live().table_name(table).time_to_live_specification(wanted);
    request.send().await.map(drop).map_err(unavailable)
}

fn refused(why: String) -> StoreError {
    StoreError::Unavailable(why)
}
