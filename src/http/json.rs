//! JSON bodies. Errors name the field.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};

use super::error::HttpError;
use super::query::explain;

/// The maximum size of a JSON body, in bytes.
const MAX_BYTES: usize = 64 * 1024;
/// How long a client may take to send one.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// A JSON body parsed as `T`. Unknown members are ignored.
pub(super) struct JsonBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest for JsonBody<T> {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, HttpError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let checked = check_media_type(request);
        let payload = payload.take();
        Box::pin(async move {
            checked?;
            let body =
                tokio::time::timeout(READ_TIMEOUT, read(payload)).await.map_err(|_| HttpError::Timeout)??;
            parse(&body).map(JsonBody)
        })
    }
}

/// Checks the first byte, because `serde` would accept an array for a struct.
pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, HttpError> {
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(HttpError::bad_request("body: expected a JSON object"));
    }
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        explain("body", &path, &error.into_inner().to_string())
    })?;
    json.end().map_err(|error| HttpError::bad_request(format!("body: {error}")))?;
    Ok(value)
}

/// Reads a whole number. Some clients write `1.0` for 1, which is one in JSON Schema as well.
pub(super) fn whole_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let number = serde_json::Number::deserialize(deserializer)?;
    let whole = number.as_u64().or_else(|| number.as_f64().and_then(exact));
    whole.ok_or_else(|| Error::custom("expected a whole number"))
}

/// The number if a float holds it exactly, which is certain up to 2^53.
fn exact(number: f64) -> Option<u64> {
    const MAX_EXACT: f64 = 9_007_199_254_740_992.0;
    (number.fract() == 0.0 && (0.0..=MAX_EXACT).contains(&number)).then_some(number as u64)
}

/// Any JSON media type, or none, because 2019 clients are not exact about it.
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
    use crate::domain::Address;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only its types matter")]
    struct Signed {
        message: String,
        timestamp: u64,
        from_us: bool,
        owner: Option<Address>,
    }

    fn refusal(body: &[u8]) -> String {
        parse::<Signed>(body).unwrap_err().to_string()
    }

    #[test]
    fn missing_and_mistyped_members_are_named() {
        for (body, named) in [
            (r#"{"message": 5, "timestamp": 1, "from_us": true}"#, "message: "),
            (r#"{"message": null, "timestamp": 1, "from_us": true}"#, "message: "),
            (r#"{"message": "m", "timestamp": 1.5, "from_us": true}"#, "timestamp: "),
            (r#"{"message": "m", "timestamp": -1, "from_us": true}"#, "timestamp: "),
            (r#"{"message": "m", "timestamp": 1, "from_us": "yes"}"#, "from_us: "),
            (r#"{"message": "m", "timestamp": 1, "from_us": true, "owner": "0x1"}"#, "owner: "),
            (r#"{"message": "m", "timestamp": 1}"#, "from_us: missing"),
            (r#"{"message": "m", "message": "n", "timestamp": 1, "from_us": true}"#, "message: given more"),
        ] {
            assert!(refusal(body.as_bytes()).starts_with(named), "{body}: {}", refusal(body.as_bytes()));
        }
        let more = br#"{"message": "m", "timestamp": 1, "from_us": true, "colour": "blue"}"#;
        assert!(parse::<Signed>(more).is_ok());
    }

    #[test]
    fn a_whole_number_may_be_written_as_a_float() {
        #[derive(Deserialize)]
        struct Numbered {
            #[serde(deserialize_with = "whole_number")]
            number: u64,
        }
        let read = |number: &str| parse::<Numbered>(format!("{{\"number\": {number}}}").as_bytes());
        for (number, value) in [("7", 7), ("7.0", 7), ("1e3", 1000), ("18446744073709551615", u64::MAX)] {
            assert_eq!(read(number).unwrap().number, value, "{number}");
        }
        for number in ["-1", "-1.0", "1.5", "1e300", "18446744073709551616", "\"7\"", "null"] {
            assert!(read(number).is_err(), "{number}");
        }
    }

    #[test]
    fn anything_but_an_object_is_refused() {
        let nested = "[".repeat(100_000);
        for body in ["", "7", "null", "{", "\u{0}", "\"text\"", "[]", r#"["m", 1, true, null]"#, &nested] {
            assert!(refusal(body.as_bytes()).starts_with("body: "), "{body:.20}");
        }
        assert!(refusal(b"\xff\xfe").starts_with("body: "));
        let trailing = br#"{"message": "m", "timestamp": 1, "from_us": true}x"#;
        assert!(refusal(trailing).starts_with("body: "));
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
        let outcome = JsonBody::<Signed>::from_request(&request, &mut payload).await;
        assert!(matches!(outcome, Err(HttpError::BodyTooLarge { .. })));
    }
}
