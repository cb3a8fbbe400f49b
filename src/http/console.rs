//! The web console: the build of `web/`, embedded in the program and served at `/app`.
//!
//! A program built without these files only lacks the console. A debug build reads them from the checkout.

use std::borrow::Cow;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::coding::{self, Choice, Coding};
use super::conditions;
use super::error::{HttpError, HttpResult};
use super::{CONSOLE_PATH, openapi};
use crate::service::Context;

const INDEX: &str = "index.html";
/// The build names these files after their content.
const HASHED: &str = "assets/";
/// Files that only the build uses.
const HIDDEN: &str = ".vite/";
/// The codings of the build's compressed copies, the least preferred first, with the copies' suffixes.
const COPIES: [(Coding, &str); 2] = [(Coding::Gzip, "gz"), (Coding::Brotli, "br")];

const IMMUTABLE: &str = "public, max-age=31536000, immutable";
const REVALIDATE: &str = "no-cache";

/// Allows nothing inline and nothing from other hosts; wallets make their own requests. Images may be data URLs, which
/// wallet icons and previews use.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; worker-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";
/// A worker follows the policy sent with its own file. This one hashes files with WebAssembly.
const WORKER_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'";

#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Files;

/// Redirects `/` to the console for browsers, and to the documentation for other clients.
pub(super) async fn front_door(request: HttpRequest) -> HttpResponse {
    let accepted = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    if is_on(&request)
        && Files::get(INDEX).is_some()
        && accepted.is_some_and(|types| types.contains("text/html"))
    {
        return HttpResponse::SeeOther()
            .insert_header((header::LOCATION, format!("{CONSOLE_PATH}/")))
            .insert_header((header::VARY, "Accept"))
            .finish();
    }
    openapi::to_docs().await
}

/// A file of the console. Every page's path returns the index, which shows that page.
pub(super) async fn page(request: HttpRequest) -> HttpResult {
    if !is_on(&request) {
        return Err(HttpError::UnknownPath);
    }
    let asked = request.match_info().query("path");
    if asked.starts_with(HASHED) {
        let (file, coding) = find(&request, asked).ok_or(HttpError::UnknownPath)?;
        return Ok(answer(&request, asked, file, coding, IMMUTABLE));
    }
    let is_file = !asked.starts_with(HIDDEN) && Files::get(asked).is_some();
    let path = if is_file { asked } else { INDEX };
    let (file, coding) = find(&request, path).ok_or(HttpError::NoConsole)?;
    Ok(answer(&request, path, file, coding, REVALIDATE))
}

fn is_on(request: &HttpRequest) -> bool {
    request.app_data::<web::Data<Context>>().is_some_and(|ctx| ctx.policy.console)
}

/// The file in the coding that the client prefers of those that there is a copy in.
fn find(request: &HttpRequest, path: &str) -> Option<(EmbeddedFile, Option<Coding>)> {
    let copy =
        |(coding, suffix): (Coding, &str)| Files::get(&format!("{path}.{suffix}")).map(|file| (coding, file));
    let copies: Vec<(Coding, EmbeddedFile)> = COPIES.into_iter().filter_map(copy).collect();
    let codings: Vec<Coding> = copies.iter().map(|(coding, _)| *coding).collect();
    let Some(Choice { coding: chosen, .. }) = coding::choose_among(&codings, request) else {
        return Files::get(path).map(|file| (file, None));
    };
    copies.into_iter().find(|(coding, _)| *coding == chosen).map(|(coding, file)| (file, Some(coding)))
}

fn answer(
    request: &HttpRequest,
    path: &str,
    file: EmbeddedFile,
    coding: Option<Coding>,
    cache: &'static str,
) -> HttpResponse {
    let etag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..16]));
    let is_known = conditions::not_modified(request, &etag);
    let mut answer = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer
        .insert_header((header::ETAG, etag))
        .insert_header((header::CACHE_CONTROL, cache))
        .insert_header((header::VARY, "Accept-Encoding"))
        .insert_header((header::CONTENT_SECURITY_POLICY, policy(path)));
    if is_known {
        return answer.finish();
    }
    if let Some(coding) = coding {
        answer.insert_header((header::CONTENT_ENCODING, coding.name()));
    }
    answer.content_type(content_type(path)).body(match file.data {
        Cow::Borrowed(bytes) => web::Bytes::from_static(bytes),
        Cow::Owned(bytes) => web::Bytes::from(bytes),
    })
}

fn policy(path: &str) -> &'static str {
    if path.contains(".worker-") { WORKER_POLICY } else { PAGE_POLICY }
}

fn content_type(path: &str) -> String {
    let guessed = mime_guess::from_path(path).first_or_octet_stream();
    if guessed.type_() == mime::TEXT { format!("{guessed}; charset=utf-8") } else { guessed.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_policy_allows_inline_code_and_only_the_worker_may_compile() {
        for path in [INDEX, "assets/index-abc.js", "assets/digest.worker-abc.js"] {
            let policy = policy(path);
            assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
            assert_eq!(policy.contains("wasm-unsafe-eval"), path.contains(".worker-"), "{path}");
        }
    }

    #[test]
    fn texts_are_told_to_be_utf_8() {
        assert_eq!(content_type("index.html"), "text/html; charset=utf-8");
        assert_eq!(content_type("assets/a.js"), "text/javascript; charset=utf-8");
        assert_eq!(content_type("icon.svg"), "image/svg+xml");
    }
}
