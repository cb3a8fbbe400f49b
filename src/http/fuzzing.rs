//! What HTTP clients send, and what makers' texts become in headers.

use actix_multipart::Multipart;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::test::TestRequest;
use actix_web::{FromRequest, HttpRequest, ResponseError, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::FutureExt;
use serde::de::DeserializeOwned;
use tokio::runtime::{Builder, Runtime};

use super::conditions::{self, Part};
use super::error::HttpError;
use super::extract::Bearer;
use super::form::{self, Fields};
use super::multipart::FormBody;
use super::pace::Pace;
use super::parameters::{
    ConsentParams, DeliveryParams, DownloadParams, EventsParams, PageParams, RefreshParams, SeriesParams,
    TransactionsParams,
};
use super::selection::{ListParams, SearchParams};
use super::{authorize, coding, consent, filename, json, tasks, tickets, tus, uploads};
use crate::domain::listing_text::{self, MAX_METADATA_BYTES};
use crate::service::uploads::Form;

const ETAG: &str = "\"abc\"";

/// The type of a form in the first line, and its body.
pub fn multipart(data: &[u8]) {
    thread_local! {
        static RUNTIME: Option<Runtime> = Builder::new_current_thread().enable_time().build().ok();
    }
    let (content_type, body) = first_line(data);
    let Ok(content_type) = HeaderValue::from_bytes(content_type) else { return };
    let request = TestRequest::post().insert_header((header::CONTENT_TYPE, content_type));
    let (request, mut payload) = request.set_payload(body.to_vec()).to_http_parts();
    let Ok(announced) = refusable(FormBody::from_headers(request.headers())) else { return };
    let Some(Ok(payload)) = web::Payload::from_request(&request, &mut payload).now_or_never() else { return };
    let form = RUNTIME.with(|runtime| Some(runtime.as_ref()?.block_on(read_form(announced.parts(payload)))));
    if let Some(Ok(form)) = form.map(refusable) {
        check_form(&form);
    }
}

/// The query string of every endpoint.
pub fn query(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    if let Some(Ok(query)) = parsed::<SearchParams>(text).map(SearchParams::query) {
        let filter = &query.filter;
        assert!(filter.to_block.is_none_or(|to| to >= filter.from_block));
        assert!(query.limit.is_none_or(|limit| (1..=1_000).contains(&limit)));
        let texts = [&filter.tag, &query.q, &query.cursor];
        assert!(texts.into_iter().flatten().all(|text| text.chars().count() <= 256));
    }
    let _ = parsed::<ListParams>(text).map(ListParams::query);
    if let Some(page) = parsed::<PageParams>(text) {
        assert!((1..=1_000).contains(&page.limit()));
    }
    parsed::<ConsentParams>(text);
    parsed::<DeliveryParams>(text);
    parsed::<DownloadParams>(text);
    parsed::<EventsParams>(text);
    parsed::<RefreshParams>(text);
    parsed::<SeriesParams>(text);
    parsed::<TransactionsParams>(text);
}

/// The JSON body of every endpoint.
pub fn json_body(data: &[u8]) {
    let _ = refusable(json::parse::<authorize::SignInBody>(data));
    let _ = refusable(json::parse::<authorize::RevokeBody>(data));
    let _ = refusable(json::parse::<consent::ConsentBody>(data));
    let _ = refusable(json::parse::<tasks::WatchBody>(data));
    let _ = refusable(json::parse::<tickets::TicketFor>(data));
}

/// `Upload-Metadata`, `Upload-Offset`, `Upload-Length` and `Upload-Checksum`, each in a line.
pub fn tus(data: &[u8]) {
    let names = [
        HeaderName::from_static("upload-metadata"),
        HeaderName::from_static("upload-offset"),
        HeaderName::from_static("upload-length"),
        HeaderName::from_static("upload-checksum"),
    ];
    let request = with_lines(data, &names);
    if let Ok(form) = refusable(tus::metadata(&request)) {
        check_form(&form);
        let value = HeaderValue::from_str(&metadata_of(&form));
        let Ok(value) = value else { panic!("the form's metadata is no header") };
        let again = TestRequest::post().insert_header((names[0].clone(), value)).to_http_request();
        let again = tus::metadata(&again).map(|again| format!("{again:?}"));
        assert_eq!(again.ok(), Some(format!("{form:?}")));
    }
    if let Ok(offset) = refusable(tus::offset(&request)) {
        let digits =
            request.headers().get(&names[1]).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let significant = digits.trim_start_matches('0');
        assert_eq!(if significant.is_empty() { "0" } else { significant }, offset.to_string());
    }
    assert!(!matches!(refusable(tus::length(&request)), Ok(0)));
    if let Ok(Some(mut checksum)) = refusable(tus::checksum(&request)) {
        checksum.update(data);
        let _ = checksum.matches();
    }
}

/// The size of a file, then `Range`, `If-Range`, `If-Match`, `If-None-Match`, `Accept-Encoding` and `Authorization`, each in
/// a line.
pub fn download_headers(data: &[u8]) {
    let names = [
        header::RANGE,
        header::IF_RANGE,
        header::IF_MATCH,
        header::IF_NONE_MATCH,
        header::ACCEPT_ENCODING,
        header::AUTHORIZATION,
    ];
    let (size, lines) = first_line(data);
    let size = str::from_utf8(size).ok().and_then(|digits| digits.parse().ok()).unwrap_or(u64::MAX);
    let request = with_lines(lines, &names);
    if let Ok(Part::Range { start, length }) = refusable(conditions::evaluate(&request, ETAG, size)) {
        let end = start.checked_add(length);
        assert!(length > 0 && end.is_some_and(|end| end <= size), "{start} and {length} of {size}");
    }
    if let Some(choice) = coding::choose(&request) {
        let accepted =
            request.headers().get(header::ACCEPT_ENCODING).map(|value| value.as_bytes().to_ascii_lowercase());
        let (accepted, name) = (accepted.unwrap_or_default(), choice.coding.name().as_bytes());
        assert!(accepted.windows(name.len()).any(|word| word == name) || accepted.contains(&b'*'));
    }
    if let Some(Ok(Bearer(token))) = Bearer::extract(&request).now_or_never() {
        assert!(!token.is_empty() && token.trim() == token);
    }
}

/// A title and a media type, from a row, each in a line: whatever they are, a file name and headers come of them.
pub fn file_name(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let (title, file_type) = text.split_once('\n').unwrap_or((text, ""));
    let media_type = filename::media_type(Some(file_type));
    assert!(HeaderValue::from_str(media_type).is_ok(), "{media_type:?}");
    let untitled = filename::untitled("0x00", Some(file_type));
    let titled = filename::titled(title, Some(file_type));
    for name in titled.iter().chain([&untitled]) {
        assert!(name.len() <= 255 && !matches!(name.as_str(), "" | "." | ".."), "{name:?}");
        assert!(!name.contains(|c: char| c.is_control() || matches!(c, '/' | '\\')), "{name:?}");
        assert!(HeaderValue::from_str(&filename::ascii(name)).is_ok(), "{name:?}");
        let extended = filename::extended(name);
        assert!(extended.is_ascii() && !extended.contains([' ', ';', '"']), "{extended}");
    }
}

/// As `uploads::read` reads a form, without a place to store the file.
async fn read_form(mut parts: Multipart) -> Result<Form, HttpError> {
    let (mut fields, mut pace, mut has_file) = (Fields::default(), Pace::default(), false);
    while let Some(mut part) = pace.next(&mut parts).await? {
        if uploads::is_file(&part) {
            has_file = true;
            while pace.next(&mut part).await?.is_some() {}
        } else {
            let name = part.name().and_then(form::known);
            let value = uploads::read_text(&mut part, name, &mut pace).await?;
            if let Some(name) = name {
                fields.add(name, uploads::text(name, value)?)?;
            }
        }
    }
    fields.require_all(has_file)?;
    fields.check()
}

/// An accepted form is within its limits.
fn check_form(form: &Form) {
    assert!(
        listing_text::check_line(&form.title).is_ok() && listing_text::check_line(&form.file_type).is_ok()
    );
    assert!(
        listing_text::check_text(&form.description).is_ok()
            && listing_text::check_text(&form.license).is_ok()
    );
    assert!(listing_text::check_tags(&form.tags).is_ok());
    assert!(form.md5_sum.len() == 32 && form.md5_sum.bytes().all(|digit| digit.is_ascii_hexdigit()));
    let Form { title, description, license, file_type, tags, .. } = form;
    let texts = [title, description, license, file_type].into_iter().chain(tags);
    assert!(texts.map(String::len).sum::<usize>() <= MAX_METADATA_BYTES);
}

/// The form as `Upload-Metadata`, no longer than it was sent.
fn metadata_of(form: &Form) -> String {
    let digits = |text: String| text.trim_start_matches("0x").to_owned();
    let fields = [
        ("tx_hash", digits(form.tx_hash.to_string())),
        ("listing_hash", digits(form.listing_hash.to_string())),
        ("title", form.title.clone()),
        ("description", form.description.clone()),
        ("license", form.license.clone()),
        ("file_type", form.file_type.clone()),
        ("md5_sum", form.md5_sum.clone()),
        ("owner", digits(form.owner.to_string())),
    ];
    let tags = form.tags.iter().map(|tag| ("tags", tag.clone()));
    let names = form.filename.iter().map(|name| ("filenames", name.clone()));
    let preview = form.preview.map(|choice| ("preview", choice.to_string()));
    let pairs = fields.into_iter().chain(tags).chain(names).chain(preview);
    pairs.map(|(name, value)| format!("{name} {}", STANDARD.encode(value))).collect::<Vec<_>>().join(",")
}

/// The parameters, or `None` if they are refused.
fn parsed<T: DeserializeOwned>(text: &str) -> Option<T> {
    refusable(super::query::parse(text)).ok()
}

/// A refusal is the client's mistake, never an error of the server, and says what is wrong.
fn refusable<T>(outcome: Result<T, HttpError>) -> Result<T, HttpError> {
    if let Err(error) = &outcome {
        assert!(error.status_code().is_client_error() && !error.to_string().is_empty(), "{error}");
    }
    outcome
}

/// A request with a header from each line. Lines that cannot be one are left out.
fn with_lines(lines: &[u8], names: &[HeaderName]) -> HttpRequest {
    let lines = lines.split(|byte| *byte == b'\n');
    let given = names.iter().zip(lines).filter(|(_, line)| !line.is_empty());
    let headers = given.filter_map(|(name, line)| Some((name.clone(), HeaderValue::from_bytes(line).ok()?)));
    headers.fold(TestRequest::get(), TestRequest::insert_header).to_http_request()
}

fn first_line(data: &[u8]) -> (&[u8], &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    (&data[..end], data.get(end + 1..).unwrap_or_default())
}
