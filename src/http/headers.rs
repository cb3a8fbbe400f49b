//! The headers of requests and responses in the API's description. Each is described once; most belong to responses by
//! a rule, and the others are named where the route is described.

use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{Components, Header, Ref, RefOr, Required, Response, Schema};

use super::{limits, schema};

/// The headers of every response.
const COMMON: [&str; 4] =
    ["X-Request-Id", "Vary", "Access-Control-Allow-Origin", "Access-Control-Expose-Headers"];

/// The headers of every response with content of its own.
const PROTECTION: [&str; 4] =
    ["Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "X-Frame-Options"];

/// The headers whose values are whole numbers.
const NUMBERS: [&str; 4] = ["Retry-After", "Tus-Max-Size", "Upload-Offset", "Upload-Length"];

/// What each header says.
const DESCRIPTIONS: [(&str, &str); 32] = [
    (
        "X-Request-Id",
        "The request's own id if it has a valid one, otherwise a new one; the server's log names it",
    ),
    ("Vary", "The request headers that the response depends on"),
    ("Access-Control-Allow-Origin", "`*`, if the request has an `Origin`"),
    ("Access-Control-Expose-Headers", "The headers that pages of other origins may read"),
    ("Content-Security-Policy", "What a browser may do with the response"),
    ("X-Content-Type-Options", "`nosniff`"),
    ("Referrer-Policy", "`no-referrer`"),
    ("X-Frame-Options", "`DENY`"),
    (
        "RateLimit",
        "The class of the request, and the caller's remaining requests `r`; `t` is the number of seconds until the next \
         one if none is left. Absent if the server has no limits",
    ),
    ("RateLimit-Policy", "The class of the request, and the number of requests `q` allowed in `w` seconds"),
    ("Retry-After", "The number of seconds after which to try again"),
    ("WWW-Authenticate", "`Bearer`, with `error=\"invalid_token\"` if a token was refused"),
    ("Allow", "The methods of this path"),
    ("ETag", "Identifies the content; send it as `If-None-Match` to get 304 while nothing has changed"),
    ("Cache-Control", "Whether a copy may be stored or used"),
    ("Content-Encoding", "The coding of a compressed body, negotiated by `Accept-Encoding`"),
    ("Accept-Ranges", "`bytes`: parts of the file can be requested"),
    ("Content-Range", "The part that is sent, and the size of the file; with 416, the size"),
    ("Content-Disposition", "`attachment`, with the listing hash and the file's title as names"),
    ("Filename", "The file's name in ASCII, for clients of 2019"),
    ("Repr-Digest", "The SHA-256 digest of the whole file (RFC 9530), if the server knows it"),
    ("Location", "The path of what was created"),
    ("X-Accel-Buffering", "`no`: proxies must not buffer the stream"),
    ("Tus-Resumable", "The version of the tus protocol"),
    ("Tus-Version", "The supported versions of the tus protocol"),
    ("Tus-Extension", "The supported extensions of the tus protocol"),
    ("Tus-Checksum-Algorithm", "The supported checksum algorithms"),
    ("Tus-Max-Size", "The maximum size of a file in bytes"),
    ("Upload-Offset", "The number of bytes received"),
    ("Upload-Length", "The size of the file in bytes"),
    ("Upload-Expires", "When the upload is deleted if no part arrives before"),
    ("Capi-Task-Id", "The upload's task, once all bytes are received"),
];

/// The refusals: status, name and description of each.
const REFUSALS: [(&str, &str, &str); 14] = [
    ("400", "BadRequest", "The request is malformed, or a value in it is invalid"),
    ("401", "Unauthorized", "A token is missing, or the one that was sent is not valid"),
    ("403", "Forbidden", "The caller may not do this"),
    ("404", "NotFound", "There is nothing of this name"),
    ("408", "Timeout", "The body did not arrive in time"),
    ("409", "Conflict", "The current state does not allow it"),
    ("412", "PreconditionFailed", "A condition of the request, or one for it, is not met"),
    ("413", "ContentTooLarge", "The body or the file is too large"),
    ("415", "UnsupportedMediaType", "The body is of another media type"),
    ("416", "RangeNotSatisfiable", "The range is outside the file"),
    ("423", "Locked", "Another request is at work on it"),
    ("429", "TooManyRequests", "A limit of the caller is used up"),
    ("460", "ChecksumMismatch", "The part does not match its checksum and was discarded"),
    ("503", "Unavailable", "The server, or something that it needs, is not available"),
];

/// The responses that have a body or describe one.
const CONTENT: [&str; 2] = ["200", "206"];

/// Names the headers of an operation's requests and responses. Each refusal becomes a component of its own, with the body
/// of `problem`.
pub(super) fn describe(
    path: &str,
    operation: &mut Operation,
    components: &mut Components,
    problem: &Response,
) {
    let is_cached = operation.responses.responses.contains_key("304");
    for (status, response) in &mut operation.responses.responses {
        let names = by_rule(path, status, is_cached);
        match response {
            RefOr::T(response) => name_headers(response, &names),
            RefOr::Ref(_) => {
                let (name, description) = refusal(path, status);
                components.responses.entry(name.clone()).or_insert_with(|| {
                    let mut refusal = Response::new(description);
                    refusal.content = problem.content.clone();
                    name_headers(&mut refusal, &names);
                    RefOr::T(refusal)
                });
                *response = RefOr::Ref(Ref::from_response_name(name));
            }
        }
    }
    let parameters = operation.parameters.get_or_insert_default();
    parameters.extend(sent(path, is_cached).map(|name| {
        let location = format!("#/components/parameters/{name}");
        RefOr::Ref(Ref::new(location))
    }));
}

/// Every header of responses, and of requests where several operations take it.
pub(super) fn add_components(components: &mut Components) {
    components.headers = DESCRIPTIONS
        .iter()
        .map(|(name, description)| {
            let schema = if NUMBERS.contains(name) { schema::any_u64() } else { schema::any_text() };
            let mut header = Header::new(schema);
            header.description = Some((*description).to_owned());
            ((*name).to_owned(), RefOr::T(header))
        })
        .collect();
    for (name, description) in [
        (
            "X-Request-Id",
            "An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored",
        ),
        ("If-Match", "Return 412 unless the file has this entity tag"),
        ("If-None-Match", "Return 304 if the content has this entity tag"),
        ("Accept-Encoding", "The codings that the client accepts: `zstd`, `br`, `gzip`"),
    ] {
        let parameter = RefOr::T(parameter(name, description, schema::any_text()));
        components.parameters.insert(name.to_owned(), parameter);
    }
}

fn parameter(name: &str, description: &str, schema: RefOr<Schema>) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(schema))
        .build()
}

/// The optional headers of requests.
fn sent(path: &str, is_cached: bool) -> impl Iterator<Item = &'static str> {
    let is_file = is_file(path);
    [
        ("X-Request-Id", true),
        ("If-Match", is_file),
        ("If-None-Match", is_cached),
        ("Accept-Encoding", is_cached && !is_file),
    ]
    .into_iter()
    .filter_map(|(name, is_sent)| is_sent.then_some(name))
}

/// The headers of a response with this status.
fn by_rule(path: &str, status: &str, is_cached: bool) -> Vec<&'static str> {
    let mut names = COMMON.to_vec();
    let mut add = |is_there: bool, more: &[&'static str]| {
        if is_there {
            names.extend_from_slice(more);
        }
    };
    let (is_file, is_upload) = (is_file(path), is_upload(path));
    let (is_refused, has_content) = (status == "4XX", CONTENT.contains(&status));
    add(status != "304", &PROTECTION);
    add(!limits::is_free(path), &["RateLimit", "RateLimit-Policy"]);
    add(status == "401" || is_refused, &["WWW-Authenticate"]);
    add(matches!(status, "429" | "503"), &["Retry-After"]);
    add(is_cached && (has_content || status == "304"), &["ETag", "Cache-Control"]);
    add(is_cached && !is_file && has_content, &["Content-Encoding"]);
    add(is_file && (has_content || status == "304"), &["Accept-Ranges"]);
    add(is_file && has_content, &["Content-Disposition", "Filename", "Repr-Digest"]);
    add(matches!(status, "206" | "416"), &["Content-Range"]);
    add(is_upload, &["Tus-Resumable"]);
    add(is_upload && (status == "412" || is_refused), &["Tus-Version"]);
    names
}

/// Refers to the description of each header, those that the route names too.
fn name_headers(response: &mut Response, names: &[&str]) {
    let own: Vec<String> = response.headers.keys().cloned().collect();
    for name in own.into_iter().chain(names.iter().map(|name| (*name).to_owned())) {
        let location = Ref::new(format!("#/components/headers/{name}"));
        response.headers.insert(name, RefOr::Ref(location));
    }
}

/// The component of a refusal, which depends on the headers: its name and description.
fn refusal(path: &str, status: &str) -> (String, &'static str) {
    let known = REFUSALS.iter().find(|(known, ..)| *known == status);
    let (_, name, description) = known.copied().unwrap_or(("", "Refused", "The request was refused"));
    let prefix = match path {
        _ if limits::is_free(path) => "Health",
        _ if is_upload(path) => "Tus",
        _ => "",
    };
    (format!("{prefix}{name}"), description)
}

fn is_file(path: &str) -> bool {
    matches!(path, "/deliveries/" | "/previews/{hash}")
}

fn is_upload(path: &str) -> bool {
    path.starts_with("/uploads/")
}
