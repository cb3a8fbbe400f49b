//! Parses an upload's form, and streams its file to storage in constant memory.

use actix_multipart::{Field, Multipart};
use actix_web::http::header;
use actix_web::{HttpRequest, web};

use super::error::HttpError;
use super::form::{self, Fields, MAX_FIELD_BYTES};
use super::multipart;
use super::pace::Pace;
use crate::domain::Address;
use crate::service::uploads::{self, Form, Incoming, Staged};
use crate::service::{Context, ServiceError};
use crate::telemetry::metrics;

/// The maximum number of parts in a form.
const MAX_PARTS: usize = 64;

/// The form and its file. A file that is not returned leaves nothing behind.
pub(super) async fn read(
    ctx: &Context,
    caller: Option<Address>,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<(Form, Staged), HttpError> {
    uploads::require_caller(ctx, caller)?;
    let announced = multipart::FormBody::from_headers(request.headers())?;
    check_length(request, ctx.policy.max_upload_bytes)?;
    let parts = announced.parts(payload);
    let mut file = FileUpload { caller, incoming: None, size: 0 };
    match read_parts(ctx, parts, &mut file).await {
        Ok(form) => Ok((form, file.finish().await?)),
        Err(error) => {
            file.abort().await;
            Err(error)
        }
    }
}

/// Refuses a body that is too large before it is read.
fn check_length(request: &HttpRequest, limit: u64) -> Result<(), HttpError> {
    // The maximum size that fields and part headers may add to the file.
    let overhead = (MAX_PARTS * 2 * MAX_FIELD_BYTES) as u64;
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    match length.and_then(|digits| digits.parse::<u64>().ok()) {
        Some(length) if length > limit.saturating_add(overhead) => {
            Err(ServiceError::TooLarge { limit }.into())
        }
        _ => Ok(()),
    }
}

async fn read_parts(ctx: &Context, mut parts: Multipart, file: &mut FileUpload) -> Result<Form, HttpError> {
    let mut fields = Fields::default();
    let mut pace = Pace::default();
    let mut count = 0;
    while let Some(mut part) = pace.next(&mut parts).await? {
        count += 1;
        if count > MAX_PARTS {
            return Err(HttpError::bad_request(format!("the form has more than {MAX_PARTS} parts")));
        }
        if is_file(&part) {
            // Judged before a byte of the file is kept, where all that it takes was sent before.
            let form = if fields.missing().is_empty() { Some(fields.check()?) } else { None };
            file.receive(ctx, form.as_ref(), &mut part, &mut pace).await?;
        } else {
            let name = part.name().and_then(form::known);
            let value = read_text(&mut part, name, &mut pace).await?;
            // Skip unknown fields.
            if let Some(name) = name {
                fields.add(name, text(name, value)?)?;
            }
        }
    }
    fields.require_all(file.incoming.is_some())?;
    let form = fields.check()?;
    if file.size == 0 {
        return Err(ServiceError::invalid("file", "empty").into());
    }
    Ok(form)
}

/// A part is the file if it has a file name, or one of the part names that clients use.
pub(super) fn is_file(part: &Field) -> bool {
    let disposition = part.content_disposition();
    disposition.is_some_and(|disposition| {
        disposition.get_filename().is_some()
            || disposition.get_filename_ext().is_some()
            || matches!(disposition.get_name(), Some("file" | "file_upload"))
    })
}

pub(super) async fn read_text(
    part: &mut Field,
    name: Option<&'static str>,
    pace: &mut Pace,
) -> Result<Vec<u8>, HttpError> {
    let mut value = Vec::new();
    while let Some(chunk) = pace.next(part).await? {
        if value.len() + chunk.len() > MAX_FIELD_BYTES {
            let name = name.unwrap_or("form field");
            return Err(HttpError::bad_request(format!("{name}: longer than {MAX_FIELD_BYTES} bytes")));
        }
        value.extend_from_slice(&chunk);
    }
    Ok(value)
}

pub(super) fn text(name: &'static str, value: Vec<u8>) -> Result<String, HttpError> {
    String::from_utf8(value).map_err(|_| ServiceError::invalid(name, "is not UTF-8 text").into())
}

/// The file on its way to storage.
struct FileUpload {
    caller: Option<Address>,
    incoming: Option<Incoming>,
    size: u64,
}

impl FileUpload {
    async fn receive(
        &mut self,
        ctx: &Context,
        form: Option<&Form>,
        part: &mut Field,
        pace: &mut Pace,
    ) -> Result<(), HttpError> {
        if self.incoming.is_some() {
            return Err(ServiceError::invalid("file", "given more than once").into());
        }
        let incoming = self.incoming.insert(uploads::begin(ctx, self.caller, form).await?);
        while let Some(chunk) = pace.next(part).await? {
            self.size += chunk.len() as u64;
            incoming.write(ctx, chunk).await?;
        }
        Ok(())
    }

    async fn finish(mut self) -> Result<Staged, HttpError> {
        match self.incoming.take() {
            Some(incoming) => {
                let staged = incoming.finish().await?;
                metrics::uploaded(self.size);
                Ok(staged)
            }
            None => Err(ServiceError::invalid("file", "missing").into()),
        }
    }

    async fn abort(mut self) {
        if let Some(incoming) = self.incoming.take() {
            incoming.abort().await;
        }
    }
}

/// If the connection breaks or the server shuts down, the request is dropped wherever it waits.
impl Drop for FileUpload {
    fn drop(&mut self) {
        if let (Some(incoming), Ok(runtime)) = (self.incoming.take(), tokio::runtime::Handle::try_current()) {
            runtime.spawn(incoming.abort());
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError;
    use actix_web::test::TestRequest;
    use bytes::Bytes;
    use futures_util::stream;

    use super::*;

    fn form(body: &'static str) -> Multipart {
        let request = TestRequest::post()
            .insert_header((header::CONTENT_TYPE, "multipart/form-data; boundary=b"))
            .to_http_request();
        Multipart::new(request.headers(), stream::iter([Ok(Bytes::from_static(body.as_bytes()))]))
    }

    #[test]
    fn a_body_that_is_too_large_is_refused_before_it_is_read() {
        let status = |length: &str| {
            let request = TestRequest::post().insert_header((header::CONTENT_LENGTH, length));
            let outcome = check_length(&request.to_http_request(), 1000);
            outcome.map_or_else(|error| error.status_code().as_u16(), |()| 200)
        };
        assert_eq!(status("900"), 200);
        assert_eq!(status(&(1_u64 << 40).to_string()), 413);
        assert!(check_length(&TestRequest::post().to_http_request(), 1000).is_ok(), "no length is given");
    }

    #[actix_web::test]
    async fn a_part_is_the_file_by_its_file_name_or_by_its_own() {
        for (disposition, expected) in [
            ("form-data; name=\"anything\"; filename=\"a.png\"", true),
            ("form-data; name=\"anything\"; filename=\"\"", true),
            ("form-data; name=\"anything\"; filename*=UTF-8''a.png", true),
            ("form-data; name=\"file\"", true),
            ("form-data; name=\"file_upload\"", true),
            ("form-data; name=\"title\"", false),
        ] {
            let body = format!("--b\r\nContent-Disposition: {disposition}\r\n\r\nx\r\n--b--\r\n");
            let mut parts = form(body.leak());
            let part = Pace::default().next(&mut parts).await.unwrap().unwrap();
            assert_eq!(is_file(&part), expected, "{disposition}");
        }
    }

    #[actix_web::test]
    async fn a_form_that_breaks_off_is_refused_wherever_it_does() {
        let whole = "--b\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nA title\r\n--b--";
        for end in 0..whole.len() {
            let outcome = async {
                let mut parts = form(&whole[..end]);
                let mut pace = Pace::default();
                while let Some(mut part) = pace.next(&mut parts).await? {
                    read_text(&mut part, Some("title"), &mut pace).await?;
                }
                Ok::<_, HttpError>(())
            };
            let error = outcome.await.expect_err(&whole[..end]);
            assert_eq!(error.status_code().as_u16(), 400, "{}", &whole[..end]);
        }
    }

    #[actix_web::test]
    async fn a_field_without_end_is_refused_by_name() {
        let body = format!(
            "--b\r\nContent-Disposition: form-data; name=\"license\"\r\n\r\n{}\r\n--b--",
            "x".repeat(MAX_FIELD_BYTES + 1)
        );
        let mut parts = form(body.leak());
        let mut part = Pace::default().next(&mut parts).await.unwrap().unwrap();
        let error = read_text(&mut part, Some("license"), &mut Pace::default()).await.unwrap_err();
        assert!(error.to_string().starts_with("license: "), "{error}");
    }

    #[test]
    fn text_has_to_be_utf_8() {
        assert!(text("title", vec![0xff]).unwrap_err().to_string().starts_with("title: "));
    }
}
