//! A stack's secret, a map of strings. Its keys are this program's variables or, in secrets for the 2019 server, the
//! names listed here. All other keys configure the deployment.

use std::collections::BTreeMap;

use super::setting::PREFIX;

/// Values by setting name.
pub(super) fn settings(secret: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let old = secret.iter().filter_map(|(key, value)| old_key(key, value));
    let new =
        secret.iter().filter_map(|(key, value)| Some((key.strip_prefix(PREFIX)?.into(), value.clone())));
    // Later pairs replace earlier ones, so a variable's own name wins.
    old.chain(new).collect()
}

/// Whether a secret's key is a setting.
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
