//! Configuration that all AWS clients share: credentials and region.

use std::error::Error;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use secrecy::ExposeSecret;
use tokio::time::timeout;

use super::{AccessKey, AwsService};

/// The time limit for finding credentials at startup. AWS metadata services respond at once; outside AWS, their addresses
/// may not respond at all.
const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(5);

/// The configuration for every client of `service`. Fails with a sentence if there are no credentials.
pub async fn sdk_config(service: &AwsService) -> Result<SdkConfig, String> {
    match &service.access_key {
        Some(key) => Ok(with_access_key(service, key)),
        None => from_environment(service).await,
    }
}

/// An explicit key overrides the machine's variables and profiles.
fn with_access_key(service: &AwsService, AccessKey { id, secret }: &AccessKey) -> SdkConfig {
    let credentials = Credentials::new(id, secret.expose_secret(), None, None, "settings");
    let mut config = SdkConfig::builder()
        .behavior_version(behavior())
        .region(region(service))
        .credentials_provider(SharedCredentialsProvider::new(credentials));
    config.set_endpoint_url(endpoint(service));
    config.build()
}

async fn from_environment(service: &AwsService) -> Result<SdkConfig, String> {
    let mut loader = aws_config::defaults(behavior()).region(region(service));
    if let Some(endpoint) = endpoint(service) {
        loader = loader.endpoint_url(endpoint);
    }
    let config = loader.load().await;
    check_credentials(&config).await?;
    Ok(config)
}

async fn check_credentials(config: &SdkConfig) -> Result<(), String> {
    let none = "no AWS credentials were found: give the process a role, or set AWS_ACCESS_KEY_ID and \
                AWS_SECRET_ACCESS_KEY";
    // A configuration built from the defaults always has a provider.
    let Some(provider) = config.credentials_provider() else { return Err(none.to_owned()) };
    match timeout(CREDENTIALS_TIMEOUT, provider.provide_credentials()).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(format!("{none} ({error})")),
        Err(_) => Err(format!("{none} (nothing answered within {} s)", CREDENTIALS_TIMEOUT.as_secs())),
    }
}

fn region(service: &AwsService) -> Region {
    Region::new(service.region.clone())
}

fn endpoint(service: &AwsService) -> Option<String> {
    service.endpoint.as_ref().map(|url| url.as_str().trim_end_matches('/').to_owned())
}

/// The SDK's defaults as of this date.
fn behavior() -> BehaviorVersion {
    BehaviorVersion::v2026_01_12()
}

/// One line with a service's message, or the reason why there is none.
pub fn explain_failure<E, R>(service: &str, error: &SdkError<E, R>) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
    R: std::fmt::Debug + 'static,
{
    match (error.code(), error.message()) {
        (Some(code), Some(message)) => format!("{service} says {code}: {message}"),
        (Some(code), None) => format!("{service} says {code}"),
        _ => format!("{service}: {}", causes(error)),
    }
}

/// An error with its causes; the innermost says what happened.
fn causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let inner = error.to_string();
        if !text.contains(&inner) {
            text = format!("{text}: {inner}");
        }
        cause = error.source();
    }
    text
}
