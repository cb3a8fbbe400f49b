//! The connection to DynamoDB: its timeouts, and what its failures mean.

use std::error::Error;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::Builder;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::error::{BuildError, ProvideErrorMetadata, SdkError};
use backon::{BackoffBuilder, ExponentialBuilder};

use super::super::StoreError;
use crate::config::{AwsService, explain_failure, sdk_config};

/// The most attempts per request. The pauses between them double from `MIN_BACKOFF` to `MAX_BACKOFF`, each reduced by a
/// random factor.
const MAX_ATTEMPTS: u32 = 7;
const MIN_BACKOFF: Duration = Duration::from_millis(40);
const MAX_BACKOFF: Duration = Duration::from_secs(1);

/// The time limit for a request including all retries, so that callers learn of a failure in time.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(20);

/// The time limit for one attempt; DynamoDB responds within tens of milliseconds.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

pub(super) async fn open(service: &AwsService) -> Result<Client, StoreError> {
    let config = sdk_config(service).await.map_err(StoreError::Unavailable)?;
    let retries = RetryConfig::standard()
        .with_max_attempts(MAX_ATTEMPTS)
        .with_initial_backoff(MIN_BACKOFF)
        .with_max_backoff(MAX_BACKOFF);
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(TOTAL_TIMEOUT)
        .build();
    Ok(Client::from_conf(Builder::from(&config).retry_config(retries).timeout_config(timeouts).build()))
}

/// The pauses between retries of responses that the client does not retry itself.
pub(super) fn pauses() -> impl Iterator<Item = Duration> {
    ExponentialBuilder::new()
        .with_min_delay(MIN_BACKOFF)
        .with_max_delay(MAX_BACKOFF)
        .with_max_times(MAX_ATTEMPTS as usize)
        .with_jitter()
        .build()
}

/// A failure that tells nothing about the data.
pub(super) fn unavailable<E, R>(error: SdkError<E, R>) -> StoreError
where
    E: ProvideErrorMetadata + Error + 'static,
    R: std::fmt::Debug + 'static,
{
    match error.code() {
        Some("ValidationException") if is_about_size(error.message()) => {
            StoreError::TooLarge(error.message().unwrap_or_default().to_owned())
        }
        _ => StoreError::Unavailable(explain(&error)),
    }
}

/// A request lacks a required part. The code that builds requests always sets all of them.
pub(super) fn incomplete(error: BuildError) -> StoreError {
    StoreError::Unavailable(error.to_string())
}

fn is_about_size(message: Option<&str>) -> bool {
    message.is_some_and(|text| text.to_ascii_lowercase().contains("size"))
}

/// One line: the service's message, or the reason why there is none.
pub(super) fn explain<E, R>(error: &SdkError<E, R>) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
    R: std::fmt::Debug + 'static,
{
    explain_failure("DynamoDB", error)
}
