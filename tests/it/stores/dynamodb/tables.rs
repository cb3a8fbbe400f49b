//! The tables that a server finds at its start.

use std::net::TcpListener;
use std::process::Command;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, TimeToLiveStatus,
};
use capi::store::metadata;
use serde_json::{Value, json};
use url::Url;

use super::{open_at, refusal};
use crate::cli::program::{capi, directory, fail};
use crate::support::dynamodb::proxy::{Fate, Proxy};
use crate::support::dynamodb::{REGION, new_name, settings, stranger, url};

fn create_tables(address: &Url, table: &str) -> Command {
    let mut command = capi(&std::env::temp_dir());
    command.env_clear().args(["admin", "create-tables"]);
    let choice = [("CAPI_METADATA_STORE", "dynamodb"), ("CAPI_TABLE_NAME", table), ("CAPI_REGION", REGION)];
    command.envs(choice).env("CAPI_DB_URL", address.as_str());
    command
}

fn with_access_key(command: &mut Command) -> &mut Command {
    command.env("AWS_ACCESS_KEY_ID", "testing").env("AWS_SECRET_ACCESS_KEY", "testing")
}

/// A table whose key is one attribute.
async fn create(table: &str, key: &str, kind: ScalarAttributeType) {
    let attribute = AttributeDefinition::builder().attribute_name(key).attribute_type(kind).build().unwrap();
    let hash_key = KeySchemaElement::builder().attribute_name(key).key_type(KeyType::Hash).build().unwrap();
    let request = stranger().create_table().table_name(table).billing_mode(BillingMode::PayPerRequest);
    request.attribute_definitions(attribute).key_schema(hash_key).send().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_creates_what_is_missing_and_says_what_was_there() {
    let table = new_name();
    create(&table, "listing_hash", ScalarAttributeType::S).await;
    let output = with_access_key(&mut create_tables(&url(), &table)).arg("--json").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let state = format!("{table}-state");
    assert_eq!((&said[0]["table"], &said[0]["created"]), (&json!(table), &json!(false)));
    assert_eq!((&said[1]["table"], &said[1]["created"]), (&json!(state), &json!(true)));

    let output = with_access_key(&mut create_tables(&url(), &table)).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said, format!("the table {table} already exists\nthe table {state} already exists\n"));
    let expiry = stranger().describe_time_to_live().table_name(&state).send().await.unwrap();
    let expiry = expiry.time_to_live_description.unwrap();
    assert_eq!(expiry.attribute_name(), Some("expires"));
    assert_eq!(expiry.time_to_live_status(), Some(&TimeToLiveStatus::Enabled));
    open_at(url(), &table).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_store_needs_no_tables() {
    let directory = directory();
    let output = capi(directory.path()).args(["admin", "create-tables"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("the embedded store needs no tables"));
}

#[tokio::test]
async fn a_missing_table_is_named_with_the_command_that_makes_it() {
    let table = new_name();
    let said = refusal(open_at(url(), &table).await);
    let expected = format!("there is no DynamoDB table {table}; `capi admin create-tables` creates it");
    assert!(said.ends_with(&expected), "{said}");
    create(&table, "listing_hash", ScalarAttributeType::S).await;
    let said = refusal(open_at(url(), &table).await);
    assert!(said.contains(&format!("there is no DynamoDB table {table}-state;")), "{said}");
}

#[tokio::test]
async fn a_table_with_another_key_is_refused_by_name() {
    for (key, kind, found) in [
        ("hash", ScalarAttributeType::S, "hash (S)"),
        ("listing_hash", ScalarAttributeType::N, "listing_hash (N)"),
    ] {
        let table = new_name();
        create(&table, key, kind).await;
        let expected = format!("the DynamoDB table {table} has the key {found}: expected listing_hash (S)");
        for said in [
            refusal(open_at(url(), &table).await),
            refusal(metadata::create_tables(&settings(url(), &table)).await),
        ] {
            assert!(said.ends_with(&expected), "{said}");
        }
    }
}

#[tokio::test]
async fn denied_access_is_told_with_the_reason() {
    let proxy = Proxy::deciding(|_, _, _| {
        let kind = "com.amazon.coral.service#AccessDeniedException";
        Fate::Refused(json!({ "__type": kind, "Message": "capi is not authorized to DescribeTable" }))
    });
    let table = new_name();
    let said = refusal(open_at(proxy.url(), &table).await);
    let expected =
        format!("access to the DynamoDB table {table} is denied: capi is not authorized to DescribeTable");
    assert!(said.ends_with(&expected), "{said}");
}

#[tokio::test]
async fn a_table_that_is_not_yet_active_is_refused() {
    let table = crate::support::dynamodb::new_tables().await;
    let description = stranger().describe_table().table_name(&table).send().await.unwrap();
    let name = description.table().unwrap().table_name().unwrap().to_owned();
    let proxy = Proxy::deciding(move |_, _, _| {
        Fate::Answered(json!({ "Table": {
            "TableName": name, "TableStatus": "CREATING",
            "KeySchema": [{ "AttributeName": "listing_hash", "KeyType": "HASH" }],
            "AttributeDefinitions": [{ "AttributeName": "listing_hash", "AttributeType": "S" }],
        }}))
    });
    let said = refusal(open_at(proxy.url(), &table).await);
    assert!(said.ends_with(&format!("the DynamoDB table {table} is CREATING: expected ACTIVE")), "{said}");
}

#[tokio::test]
async fn an_unreachable_service_is_reported() {
    // Nobody listens there any more.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = Url::parse(&format!("http://127.0.0.1:{port}")).unwrap();
    let said = refusal(open_at(address, "some-table").await);
    assert!(said.contains("DynamoDB cannot be reached for the table some-table: "), "{said}");
    assert!(said.contains("refused"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_credentials_are_told_soon() {
    let begun = Instant::now();
    let (code, said) = fail(&mut create_tables(&url(), &new_name()));
    assert_eq!(code, 1);
    assert!(
        said.contains("no AWS credentials were found: give the process a role, or set AWS_ACCESS_KEY_ID"),
        "{said}"
    );
    assert!(begun.elapsed() < Duration::from_secs(15), "after {:?}", begun.elapsed());
}
