//! What S3 answers when it does not do what it was asked.

use std::error::Error;

use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

use super::super::ObjectError;

/// The HTTP status of a refusal; `None` where no answer came.
pub fn status<E>(error: &SdkError<E>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

/// Whether the object asked for is not there. The answer to a HEAD request has nothing but a status.
pub fn is_missing<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    status(error) == Some(404) && error.code().is_none_or(|code| matches!(code, "NoSuchKey" | "NotFound"))
}

/// `NotFound`, or the failure of what was attempted.
pub fn missing_or_failed<E>(what: &str, error: SdkError<E>) -> ObjectError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    if is_missing(&error) { ObjectError::NotFound } else { failed(what, error) }
}

pub fn failed<E>(what: &str, error: SdkError<E>) -> ObjectError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    ObjectError::Unavailable(format!("{what}: {}", reason(&error)))
}

/// One sentence; S3's own words where it said any.
pub fn reason<E>(error: &SdkError<E>) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match (error, error.code(), status(error)) {
        (_, Some(code), _) => format!("S3 answers {code}, {}", error.message().unwrap_or("without a reason")),
        (SdkError::TimeoutError(_), ..) => "S3 does not answer in time".to_owned(),
        (SdkError::DispatchFailure(_), ..) => format!("S3 cannot be reached: {}", innermost(error)),
        (SdkError::ServiceError(_), None, Some(status)) => format!("S3 answers HTTP {status}"),
        _ => DisplayErrorContext(error).to_string(),
    }
}

fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
