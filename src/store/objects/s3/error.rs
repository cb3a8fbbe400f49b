//! S3's errors.

use std::error::Error;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

use super::super::ObjectError;
use crate::config::explain_failure;

/// The HTTP status of an error response; `None` if there was no response.
pub(super) fn status<E>(error: &SdkError<E>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

/// Whether the requested object does not exist.
pub(super) fn is_missing<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    status(error) == Some(404) && error.code().is_none_or(|code| matches!(code, "NoSuchKey" | "NotFound"))
}

/// `NotFound`, or the operation's failure.
pub(super) fn missing_or_failed<E>(what: &str, error: SdkError<E>) -> ObjectError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    if is_missing(&error) { ObjectError::NotFound } else { failed(what, error) }
}

pub(super) fn failed<E>(what: &str, error: SdkError<E>) -> ObjectError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    ObjectError::Unavailable(format!("{what}: {}", reason(&error)))
}

/// One line. The response to a HEAD request has only a status.
pub(super) fn reason<E>(error: &SdkError<E>) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match (error, error.code()) {
        (SdkError::ServiceError(refusal), None) => format!("S3 answers HTTP {}", refusal.raw().status()),
        _ => explain_failure("S3", error),
    }
}
