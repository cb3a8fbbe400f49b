//! A form's boundary, and the reasons why a form cannot be read.

use std::error::Error;

use actix_multipart::{Multipart, MultipartError};
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::web;
use mime::Mime;

use super::error::HttpError;

/// The body of a multipart request, not read yet.
pub(super) struct FormBody {
    head: HeaderMap,
}

impl FormBody {
    /// Refused if the body is something else, or its boundary is not named.
    pub(super) fn from_headers(head: &HeaderMap) -> Result<Self, HttpError> {
        let content_type = head.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type = content_type.map(quote_boundary).unwrap_or_default();
        match content_type.parse::<Mime>() {
            Ok(form) if form.essence_str() == mime::MULTIPART_FORM_DATA.essence_str() => {
                if form.get_param(mime::BOUNDARY).is_none_or(|boundary| boundary.as_str().is_empty()) {
                    return Err(HttpError::bad_request("Content-Type: the boundary is missing"));
                }
            }
            Err(_) if has_form_type(&content_type) => {
                return Err(HttpError::bad_request("Content-Type: the parameters cannot be read"));
            }
            _ => return Err(HttpError::UnsupportedMediaType("expected multipart/form-data")),
        }
        let value = HeaderValue::from_str(&content_type)
            .map_err(|_| HttpError::bad_request("Content-Type: cannot be read"))?;
        let mut head = HeaderMap::new();
        head.insert(header::CONTENT_TYPE, value);
        Ok(FormBody { head })
    }

    pub(super) fn parts(&self, payload: web::Payload) -> Multipart {
        Multipart::new(&self.head, payload)
    }
}

fn has_form_type(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case(mime::MULTIPART_FORM_DATA.essence_str())
}

/// Boundaries may have characters that a header must quote (RFC 2046, section 5.1.1). Some clients do not.
fn quote_boundary(content_type: &str) -> String {
    let mut parameters = content_type.split(';');
    let mut quoted = parameters.next().unwrap_or_default().to_owned();
    for parameter in parameters {
        quoted.push(';');
        match parameter.split_once('=') {
            Some((name, value))
                if name.trim().eq_ignore_ascii_case("boundary") && !value.contains(['"', '\\']) =>
            {
                quoted.push_str(&format!("{name}=\"{}\"", value.trim()));
            }
            _ => quoted.push_str(parameter),
        }
    }
    quoted
}

/// What is wrong with a form, so that its sender can fix it.
impl From<MultipartError> for HttpError {
    fn from(error: MultipartError) -> Self {
        let reason = match error {
        MultipartError::BoundaryMissing => {
            "a line with the boundary was expected; it begins with two hyphens, and nothing follows the boundary, no \
             blanks either"
                .to_owned()
        }
        MultipartError::Incomplete => {
            "it ends before the last boundary, or its lines with the boundary hold something else too".to_owned()
        }
        MultipartError::ContentDispositionMissing => {
            "each part needs a Content-Disposition of the type form-data, in UTF-8, file names too".to_owned()
        }
        MultipartError::ContentDispositionNameMissing => {
            "the Content-Disposition of each part needs a name".to_owned()
        }
        other => {
            let source = other.source().map_or_else(String::new, |source| format!(" ({source})"));
            format!("{other}{source}")
        }
    };
        HttpError::bad_request(format!("cannot read the form: {reason}"))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError;
    use actix_web::test::TestRequest;
    use bytes::Bytes;
    use futures_util::{StreamExt, stream};

    use super::*;

    fn announced(content_type: &str) -> u16 {
        let request =
            TestRequest::post().insert_header((header::CONTENT_TYPE, content_type)).to_http_request();
        FormBody::from_headers(request.headers()).map_or_else(|error| error.status_code().as_u16(), |_| 200)
    }

    /// How many parts a body has, or the sentence of its refusal.
    async fn parts(content_type: &str, body: &[u8]) -> Result<usize, String> {
        let request =
            TestRequest::post().insert_header((header::CONTENT_TYPE, content_type)).to_http_request();
        let form = FormBody::from_headers(request.headers()).map_err(|error| error.to_string())?;
        let mut parts = Multipart::new(&form.head, stream::iter([Ok(Bytes::copy_from_slice(body))]));
        let mut count = 0;
        while let Some(part) = parts.next().await {
            let mut part = part.map_err(|error| HttpError::from(error).to_string())?;
            while let Some(chunk) = part.next().await {
                chunk.map_err(|error| HttpError::from(error).to_string())?;
            }
            count += 1;
        }
        Ok(count)
    }

    #[test]
    fn a_form_is_known_by_its_type() {
        for (content_type, status) in [
            ("multipart/form-data; boundary=x", 200),
            ("Multipart/Form-Data; boundary=\"x y\"", 200),
            ("multipart/form-data; charset=utf-8; Boundary=----=_Part_7_1.2", 200),
            ("multipart/form-data; boundary=a/b:c,d(e)", 200),
            ("multipart/form-data", 400),
            ("multipart/form-data; boundary=", 400),
            ("multipart/form-data; boundary=\"x", 400),
            ("multipart/form-data; @; boundary=x", 400),
            ("multipart/mixed; boundary=x", 415),
            ("application/json", 415),
            ("", 415),
        ] {
            assert_eq!(announced(content_type), status, "{content_type}");
        }
    }

    #[actix_web::test]
    async fn a_boundary_may_have_any_character_of_its_standard() {
        for boundary in ["b", "----=_Part_7_1.2", "a'b()+_,-./:=?c", "a b"] {
            let body = format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nx\r\n--{boundary}--\r\n"
            );
            for header in [format!("boundary={boundary}"), format!("boundary=\"{boundary}\"")] {
                let content_type = format!("multipart/form-data; {header}");
                assert_eq!(parts(&content_type, body.as_bytes()).await, Ok(1), "{content_type}");
            }
        }
    }

    #[actix_web::test]
    async fn a_form_that_cannot_be_read_is_refused_with_what_is_wrong() {
        let part = b"Content-Disposition: form-data; name=\"title\"\r\n\r\nx\r\n".as_slice();
        let latin_1 =
            b"Content-Disposition: form-data; name=\"file\"; filename=\"Gr\xfc\xdfe.png\"\r\n\r\nx\r\n";
        for (body, reason) in [
            ([b"--b  \r\n", part, b"--b--"].concat(), "hold something else"),
            ([b"--b\r\n", part, b"--b \t\r\n", part, b"--b--"].concat(), "no blanks"),
            ([b"--b\r\n", latin_1.as_slice(), b"--b--"].concat(), "in UTF-8"),
            (b"--b\r\nContent-Disposition: attachment\r\n\r\nx\r\n--b--".to_vec(), "form-data"),
            (b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--".to_vec(), "needs a name"),
            ([b"--b\r\n", part].concat(), "ends before"),
        ] {
            let refused = parts("multipart/form-data; boundary=b", &body).await.unwrap_err();
            assert!(refused.contains(reason), "{refused} to {}", String::from_utf8_lossy(&body));
        }
    }
}
