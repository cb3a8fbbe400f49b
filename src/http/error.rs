//! Error responses: `application/problem+json` (RFC 9457), plus the `message` of 2019.

use std::borrow::Cow;

use actix_web::error::PayloadError;
use actix_web::http::header::HeaderName;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use serde::Serialize;
use utoipa::{ToResponse, ToSchema};

use super::schema::whole_number;
use crate::domain::Amount;
use crate::service::ServiceError;

/// The media type of every error response.
pub(super) const PROBLEM: &str = "application/problem+json";

/// The version of the tus protocol that this server supports, and the header that names it.
pub(super) const TUS_VERSION: &str = "1.0.0";
pub(super) const TUS_VERSIONS: HeaderName = HeaderName::from_static("tus-version");

/// Seconds after which a client may retry if a dependency is unavailable.
const RETRY_AFTER: u64 = 5;

/// What a handler returns.
pub(super) type HttpResult = Result<HttpResponse, HttpError>;

/// Why a request was refused, by a use case or before one was reached.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpError {
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// A request without the token it needs.
    #[error("this needs a token: send Authorization: Bearer <token>")]
    TokenMissing,
    /// A request with an invalid token.
    #[error("{0}")]
    TokenRefused(String),
    /// An invalid body, field or parameter, which the sentence names.
    #[error("{0}")]
    BadRequest(Cow<'static, str>),
    #[error("there is nothing at this path")]
    UnknownPath,
    #[error("this build has no web console: run `make web` in the checkout and build again")]
    NoConsole,
    #[error("this path accepts only {allow}")]
    MethodNotAllowed { allow: String },
    #[error("the body did not arrive in time")]
    Timeout,
    #[error("this server has as many connections as it can serve; try again")]
    Busy,
    #[error("too many large responses are being sent; try again, or ask for fewer items at once")]
    ResponsesTooLarge,
    #[error("the part does not match its checksum and was discarded")]
    ChecksumMismatch,
    #[error("Tus-Resumable: expected {TUS_VERSION}")]
    OtherTusVersion,
    #[error("the file does not match If-Match")]
    PreconditionFailed,
    #[error("the body is larger than {limit} bytes")]
    BodyTooLarge { limit: u64 },
    #[error("{0}")]
    UnsupportedMediaType(&'static str),
    #[error("the range is outside the file, which has {size} bytes")]
    RangeNotSatisfiable { size: u64 },
    /// The server should receive no requests at the moment.
    #[error("not ready: {}", behind.join("; "))]
    NotReady { behind: Vec<String> },
}

impl HttpError {
    pub(super) fn bad_request(detail: impl Into<Cow<'static, str>>) -> Self {
        HttpError::BadRequest(detail.into())
    }

    /// Details for the operator, which the caller must not see.
    pub(super) fn cause(&self) -> Option<&str> {
        match self {
            HttpError::Service(error) => error.cause(),
            _ => None,
        }
    }

    fn add_headers(&self, response: &mut HttpResponseBuilder) {
        match self {
            HttpError::TokenMissing | HttpError::Service(ServiceError::Unauthorized(_)) => {
                response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
            }
            HttpError::TokenRefused(_) => {
                response.insert_header((header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\""));
            }
            HttpError::MethodNotAllowed { allow } => {
                response.insert_header((header::ALLOW, allow.as_str()));
            }
            HttpError::OtherTusVersion => {
                response.insert_header((TUS_VERSIONS, TUS_VERSION));
            }
            HttpError::RangeNotSatisfiable { size } => {
                response.insert_header((header::CONTENT_RANGE, format!("bytes */{size}")));
            }
            HttpError::Busy
            | HttpError::ResponsesTooLarge
            | HttpError::NotReady { .. }
            | HttpError::Service(ServiceError::Unavailable { .. }) => {
                response.insert_header((header::RETRY_AFTER, RETRY_AFTER));
            }
            HttpError::Service(ServiceError::TooMany { retry_after, .. }) => {
                response.insert_header((header::RETRY_AFTER, retry_after.as_secs().max(1)));
            }
            _ => {}
        }
    }
}

impl ResponseError for HttpError {
    /// The only place that chooses status codes.
    fn status_code(&self) -> StatusCode {
        match self {
            HttpError::BadRequest(_) | HttpError::Service(ServiceError::Invalid { .. }) => {
                StatusCode::BAD_REQUEST
            }
            HttpError::TokenMissing
            | HttpError::TokenRefused(_)
            | HttpError::Service(ServiceError::Unauthorized(_)) => StatusCode::UNAUTHORIZED,
            HttpError::Service(ServiceError::Forbidden(_)) => StatusCode::FORBIDDEN,
            HttpError::UnknownPath | HttpError::NoConsole | HttpError::Service(ServiceError::NotFound(_)) => {
                StatusCode::NOT_FOUND
            }
            HttpError::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            HttpError::Timeout => StatusCode::REQUEST_TIMEOUT,
            HttpError::Service(ServiceError::Conflict(_)) => StatusCode::CONFLICT,
            HttpError::Service(ServiceError::Locked(_)) => StatusCode::LOCKED,
            HttpError::ChecksumMismatch => checksum_mismatch(),
            HttpError::PreconditionFailed
            | HttpError::OtherTusVersion
            | HttpError::Service(ServiceError::Unmet(_) | ServiceError::NotEnoughBytes(_)) => {
                StatusCode::PRECONDITION_FAILED
            }
            HttpError::BodyTooLarge { .. } | HttpError::Service(ServiceError::TooLarge { .. }) => {
                StatusCode::PAYLOAD_TOO_LARGE
            }
            HttpError::UnsupportedMediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            HttpError::RangeNotSatisfiable { .. } => StatusCode::RANGE_NOT_SATISFIABLE,
            HttpError::Service(ServiceError::TooMany { .. }) => StatusCode::TOO_MANY_REQUESTS,
            HttpError::Busy
            | HttpError::ResponsesTooLarge
            | HttpError::NotReady { .. }
            | HttpError::Service(ServiceError::Unavailable { .. }) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        self.add_headers(&mut response);
        response.content_type(PROBLEM).body(Problem::from(self).to_json())
    }
}

/// The status that tus defines for it.
fn checksum_mismatch() -> StatusCode {
    StatusCode::from_u16(460).unwrap_or(StatusCode::BAD_REQUEST)
}

/// The body broke off.
impl From<PayloadError> for HttpError {
    fn from(error: PayloadError) -> Self {
        HttpError::bad_request(format!("the body cannot be read: {error}"))
    }
}

/// An error. `message` repeats `detail` for 2019 clients. The members after it appear only where they apply.
#[derive(Serialize, ToSchema, ToResponse)]
#[response(description = "The request was refused", content_type = "application/problem+json")]
pub(super) struct Problem {
    /// Always `about:blank`, because the status identifies the kind of problem.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The status's standard phrase.
    title: &'static str,
    status: u16,
    /// A sentence that says what is wrong.
    detail: String,
    message: String,
    /// The file's size in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = whole_number)]
    required: Option<Amount>,
    /// Bytes that the caller has purchased but not spent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = whole_number)]
    purchased: Option<Amount>,
    /// Bytes promised to downloads whose charge is not final yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = whole_number)]
    promised: Option<Amount>,
    /// Bytes of the delivery that are not delivered yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = whole_number)]
    undelivered: Option<Amount>,
    /// The reasons why the server is not ready.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    behind: Vec<String>,
}

impl Problem {
    /// A problem without additional members.
    pub(super) fn new(status: StatusCode, detail: String) -> Self {
        Problem {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            message: detail.clone(),
            detail,
            required: None,
            purchased: None,
            promised: None,
            undelivered: None,
            behind: Vec::new(),
        }
    }

    #[expect(
        clippy::expect_used,
        reason = "a problem contains only text, numbers and lists of text, so it always serializes"
    )]
    pub(super) fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a problem is JSON")
    }
}

impl From<&HttpError> for Problem {
    fn from(error: &HttpError) -> Self {
        let mut problem = Problem::new(error.status_code(), error.to_string());
        match error {
            HttpError::Service(ServiceError::NotEnoughBytes(shortfall)) => {
                problem.required = Some(shortfall.required);
                problem.purchased = Some(shortfall.purchased);
                problem.promised = Some(shortfall.promised);
                problem.undelivered = Some(shortfall.undelivered);
            }
            HttpError::NotReady { behind } => problem.behind.clone_from(behind),
            _ => {}
        }
        problem
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::Shortfall;

    fn json(error: HttpError) -> String {
        String::from_utf8(Problem::from(&error).to_json()).unwrap()
    }

    #[test]
    fn a_problem_has_the_members_of_rfc_9457_and_the_message_of_2019() {
        let error = HttpError::from(ServiceError::NotFound("no such listing".into()));
        assert_eq!(
            json(error),
            r#"{"type":"about:blank","title":"Not Found","status":404,"detail":"no such listing","message":"no such listing"}"#
        );
    }

    #[test]
    fn missing_bytes_are_told_as_integers_of_any_size() {
        let problem = json(HttpError::from(ServiceError::NotEnoughBytes(Box::new(Shortfall {
            required: Amount::MAX,
            purchased: Amount::from(9_007_199_254_740_993_u64),
            undelivered: Amount::ZERO,
            promised: Amount::from(7_u64),
        }))));
        for member in [
            format!(r#""required":{}"#, Amount::MAX),
            r#""purchased":9007199254740993"#.into(),
            r#""promised":7"#.into(),
            r#""undelivered":0"#.into(),
        ] {
            assert!(problem.contains(&member), "{member} in {problem}");
        }
    }

    #[test]
    fn causes_stay_inside() {
        let error = HttpError::from(ServiceError::Unavailable {
            what: "the chain node is unavailable; try again",
            cause: "https://user:secret@node".into(),
        });
        assert_eq!(error.status_code(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(error.cause(), Some("https://user:secret@node"));
        assert!(!json(error).contains("secret"));
    }

    #[test]
    fn a_refused_token_is_told_apart_from_a_missing_one() {
        let asked = |error: HttpError| {
            error
                .error_response()
                .headers()
                .get(header::WWW_AUTHENTICATE)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        };
        assert_eq!(asked(HttpError::TokenMissing), "Bearer");
        assert_eq!(asked(HttpError::TokenRefused("expired".into())), "Bearer error=\"invalid_token\"");
        assert_eq!(asked(ServiceError::Unauthorized("no".into()).into()), "Bearer");
    }
}
