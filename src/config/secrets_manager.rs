//! The stack's secret in AWS Secrets Manager: a JSON object of strings.
//!
//! This process reads it once at startup. No value becomes an environment variable, which others could read and child
//! processes would inherit, or part of a message.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::Builder;
use aws_sdk_secretsmanager::config::timeout::TimeoutConfig;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use secrecy::zeroize::Zeroize;
use serde_json::Value;

use super::setting::{Display, Fallback, Setting};
use super::{AwsService, Layers, SettingsError, explain_failure, sdk_config, secret};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);
/// The time limit including all retries.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Where the stack's secret is.
pub(super) enum Source {
    Nowhere,
    Aws,
}

pub(super) static SECRETS: Setting<Source> = Setting {
    name: "SECRETS",
    meaning: "where the stack's secret is: `aws` for `capi-<stack>` in Secrets Manager, or `none` if all settings \
        come from elsewhere",
    expected: "aws or none",
    fallback: Fallback::Derived {
        documented: "`none` on `local`, else `aws`",
        from: |layers| Some(if layers.is_local() { "none" } else { "aws" }.into()),
    },
    display: Display::Whole,
    parse: |text| match text {
        "aws" => Some(Source::Aws),
        "none" => Some(Source::Nowhere),
        _ => None,
    },
};

/// Adds the settings from the stack's secret, if there is one.
pub async fn with_stack_secret(layers: Layers) -> Result<Layers, SettingsError> {
    match layers.required(&SECRETS)? {
        Source::Nowhere => Ok(layers),
        Source::Aws => {
            let service = AwsService::from_layers(&layers, None)?;
            let name = layers.secret_name();
            let mut values = read(&service, &name)
                .await
                .map_err(|reason| SettingsError::Secret { secret: name, reason })?;
            let layers = layers.with_secret(&values);
            values.values_mut().for_each(Zeroize::zeroize);
            Ok(layers)
        }
    }
}

/// A secret's strings, or the end of the sentence "the secret …" if it cannot be used.
async fn read(service: &AwsService, name: &str) -> Result<BTreeMap<String, String>, String> {
    let config = sdk_config(service).await.map_err(|reason| format!("cannot be read: {reason}"))?;
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(TIMEOUT)
        .build();
    let client = Client::from_conf(Builder::from(&config).timeout_config(timeouts).build());
    let answer = client.get_secret_value().secret_id(name).send().await;
    let answer = answer.map_err(|error| why_not(&error, &service.region))?;
    texts(answer.secret_string().ok_or("is binary: expected a JSON object")?)
}

fn why_not(error: &SdkError<GetSecretValueError>, region: &str) -> String {
    match (error, error.code()) {
        (_, Some("ResourceNotFoundException")) => format!(
            "does not exist in {region}: create it in Secrets Manager, or set CAPI_SECRETS=none to go without"
        ),
        (_, Some("AccessDeniedException")) => {
            "may not be read: this process's role needs secretsmanager:GetSecretValue on it".to_owned()
        }
        (_, Some(_)) => format!("cannot be read: {}", explain_failure("Secrets Manager", error)),
        (SdkError::TimeoutError(_), None) => {
            format!("cannot be read: Secrets Manager in {region} does not respond in time")
        }
        (_, None) => format!("cannot be read: Secrets Manager in {region} is unreachable"),
    }
}

/// The JSON library's messages quote unexpected text, so they are not passed on.
fn texts(json: &str) -> Result<BTreeMap<String, String>, String> {
    let object: BTreeMap<String, Value> = serde_json::from_str(json).map_err(|error| {
        format!("is not a JSON object of strings (line {}, column {})", error.line(), error.column())
    })?;
    let mut texts = BTreeMap::new();
    for (key, value) in object {
        match value {
            Value::String(text) => drop(texts.insert(key, text)),
            _ if secret::is_setting(&key) => {
                return Err(format!("has a value for {key} that is not a string"));
            }
            // Skip keys that only configure the deployment.
            _ => {}
        }
    }
    Ok(texts)
}
