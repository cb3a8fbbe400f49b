//! Amazon's DynamoDB Local: one for all tests that run, with tables of its own for each.

mod local;
pub mod proxy;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use capi::config::{AwsService, MetadataStore};
use capi::domain::Clock;
use capi::domain::clock::SystemClock;
use capi::store::metadata;
use url::Url;

pub const REGION: &str = "us-west-1";

/// It is content with any access key.
const ACCESS_KEY: &str = "testing";

/// Where it answers.
pub fn url() -> Url {
    Url::parse(&format!("http://127.0.0.1:{}", local::port())).unwrap()
}

/// Settings of a store on tables of that name, wherever they are.
pub fn settings(mut address: Url, table: &str) -> MetadataStore {
    address.set_username(ACCESS_KEY).and_then(|()| address.set_password(Some(ACCESS_KEY))).unwrap();
    let service = AwsService::at(REGION.to_owned(), Some(address));
    MetadataStore::DynamoDb { service, table: table.to_owned() }
}

/// A name that no other test has.
pub fn new_name() -> String {
    format!("tables-{}", hex::encode(SystemClock.random()))
}

/// A new pair of tables: its name.
pub async fn new_tables() -> String {
    let table = new_name();
    metadata::create_tables(&settings(url(), &table)).await.unwrap();
    table
}

/// Who is not this program: writes what others wrote, and reads what they would read.
pub fn stranger() -> Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(REGION))
        .credentials_provider(Credentials::new(ACCESS_KEY, ACCESS_KEY, None, None, "test"))
        .endpoint_url(url());
    Client::from_conf(config.build())
}
