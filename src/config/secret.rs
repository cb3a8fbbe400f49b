//! The secret of a stack, as a map of texts. Its keys are the variables of this program or, in secrets that
//! were made for the server of 2019, the names listed here; everything else in it configures the deployment.

use std::collections::BTreeMap;

use super::setting::PREFIX;

/// From setting names to values.
pub(super) fn settings(secret: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let old = secret.iter().filter_map(|(key, value)| old_key(key, value));
    let new =
        secret.iter().filter_map(|(key, value)| Some((key.strip_prefix(PREFIX)?.into(), value.clone())));
    // Later pairs replace earlier ones: a variable's own name wins.
    old.chain(new).collect()
}

/// Whether a key of a secret means a setting.
pub(super) fn is_setting(key: &str) -> bool {
    key.starts_with(PREFIX) || old_key(key, "").is_some()
}

fn old_key(key: &str, value: &str) -> Option<(String, String)> {
    let (name, value) = match key {
        "TABLE_NAME" | "DB_URL" | "RPC_PATH" | "DATATRUST_KEY" | "LOG_LEVEL" | "JWT_SECRET_KEY" => {
            (key, value.to_owned())
        }
        "DNSName" => ("DNS_NAME", value.to_owned()),
        "S3_DESTINATION" => ("OBJECT_STORE", bucket_address(value)),
        _ => return None,
    };
    Some((name.to_owned(), value))
}

fn bucket_address(bucket: &str) -> String {
    let bucket = bucket.trim();
    if bucket.is_empty() || bucket.contains("://") { bucket.to_owned() } else { format!("s3://{bucket}") }
}
