//! JSON bodies, read by hand so that every refusal names the field.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use serde_json::{Map, Value};

use super::error::HttpError;
use crate::service::ServiceError;

/// Largest JSON body, in bytes.
const MAX_BYTES: usize = 64 * 1024;
/// How long a client may take to send one.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// The body of a JSON object sent as body. JsonBody nobody asks for are ignored.
pub(super) struct JsonBody(Map<String, Value>);

impl FromRequest for JsonBody {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, HttpError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let checked = check_media_type(request);
        let payload = payload.take();
        Box::pin(async move {
            checked?;
            let body =
                tokio::time::timeout(READ_TIMEOUT, read(payload)).await.map_err(|_| HttpError::Timeout)??;
            JsonBody::parse(&body)
        })
    }
}

impl JsonBody {
    fn parse(body: &[u8]) -> Result<Self, HttpError> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(body)) => Ok(JsonBody(body)),
            Ok(_) => Err(HttpError::bad_request("body: expected a JSON object")),
            Err(error) => Err(HttpError::bad_request(format!("body: expected a JSON object ({error})"))),
        }
    }

    pub(super) fn text(&self, name: &'static str) -> Result<&str, HttpError> {
        self.member(name, "expected a text", Value::as_str)
    }

    pub(super) fn integer(&self, name: &'static str) -> Result<u64, HttpError> {
        self.member(name, "expected a whole number", Value::as_u64)
    }

    pub(super) fn bool(&self, name: &'static str) -> Result<bool, HttpError> {
        self.member(name, "expected true or false", Value::as_bool)
    }

    fn member<'a, T>(
        &'a self,
        name: &'static str,
        expected: &'static str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<T, HttpError> {
        match self.0.get(name) {
            None | Some(Value::Null) => Err(ServiceError::invalid(name, "missing").into()),
            Some(value) => read(value).ok_or_else(|| ServiceError::invalid(name, expected).into()),
        }
    }
}

/// JSON of any name, and no name at all: clients of 2019 are not exact about it.
fn check_media_type(request: &HttpRequest) -> Result<(), HttpError> {
    let Some(value) = request.headers().get(header::CONTENT_TYPE) else { return Ok(()) };
    let essence = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let essence = essence.to_ascii_lowercase();
    if essence.is_empty() || essence.ends_with("/json") || essence.ends_with("+json") {
        Ok(())
    } else {
        Err(HttpError::UnsupportedMediaType("expected application/json"))
    }
}

async fn read(mut payload: Payload) -> Result<Bytes, HttpError> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| HttpError::bad_request(format!("body: {error}")))?;
        if body.len() + chunk.len() > MAX_BYTES {
            return Err(HttpError::BodyTooLarge { limit: MAX_BYTES as u64 });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn refusal<T>(outcome: Result<T, HttpError>) -> String {
        match outcome {
            Ok(_) => panic!("accepted"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn missing_and_mistyped_members_are_named() {
        let body = br#"{"message": 5, "signature": null, "timestamp": 1.5, "from_us": "yes", "version": -1}"#;
        let body = JsonBody::parse(body).unwrap();
        assert_eq!(refusal(body.text("message")), "message: expected a text");
        assert_eq!(refusal(body.text("signature")), "signature: missing");
        assert_eq!(refusal(body.text("public_key")), "public_key: missing");
        assert_eq!(refusal(body.integer("timestamp")), "timestamp: expected a whole number");
        assert_eq!(refusal(body.bool("from_us")), "from_us: expected true or false");
        assert_eq!(refusal(body.integer("version")), "version: expected a whole number");
    }

    #[test]
    fn anything_but_an_object_is_refused() {
        let nested = "[".repeat(100_000);
        for body in ["", "[]", "null", "7", "{", "\u{0}", "{\"a\":1}x", &nested] {
            assert!(refusal(JsonBody::parse(body.as_bytes())).starts_with("body: "), "{body:.20}");
        }
        assert!(JsonBody::parse(b"\xff\xfe").is_err());
    }

    #[test]
    fn json_is_taken_under_any_of_its_names() {
        let check = |value: &'static str| {
            check_media_type(
                &TestRequest::default().insert_header((header::CONTENT_TYPE, value)).to_http_request(),
            )
        };
        for value in
            ["application/json", "Application/JSON; charset=utf-8", "text/json", "application/ld+json"]
        {
            assert!(check(value).is_ok(), "{value}");
        }
        assert!(check_media_type(&TestRequest::default().to_http_request()).is_ok());
        for value in ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"] {
            assert!(matches!(check(value), Err(HttpError::UnsupportedMediaType(_))), "{value}");
        }
    }

    #[actix_web::test]
    async fn a_body_over_the_limit_is_refused() {
        let (request, mut payload) =
            TestRequest::default().set_payload(vec![b' '; MAX_BYTES + 1]).to_http_parts();
        let outcome = JsonBody::from_request(&request, &mut payload).await;
        assert!(matches!(outcome, Err(HttpError::BodyTooLarge { .. })));
    }
}
