//! Market changes as server-sent events.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use futures_util::stream;
use serde::Serialize;
use tokio::time::{Instant, timeout};
use utoipa::ToSchema;

use super::at::At;
use super::connections::ConnectionStatus;
use super::error::{HttpResult, Problem};
use super::parameters::EventsParams;
use super::query::Query;
use super::schema;
use crate::service::Context;
use crate::service::events::{Feed, Filter, Place, Told};

/// After this much silence the server sends a comment, so that proxies keep the connection open.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often a feed checks whether the server is stopping, or the client is gone.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
const LAST_EVENT_ID: &str = "Last-Event-ID";
/// A browser reconnects after this many milliseconds.
const RETRY_MILLISECONDS: u32 = 3_000;
/// The most that the `id` of an event shows as its index. No block has so many events.
const MAX_INDEX: u64 = 999_999_999;

/// Stream market changes
///
/// Server-sent events: `event` is `listing`, `poll`, `delivery`, `account`, `head` or `rollback`, `data` is a
/// `ChangeBody`, and `id` is the position in the chain. The stream resumes after `Last-Event-ID`, which browsers send
/// automatically, or `after`; otherwise it starts now. `rollback` undoes everything above its block. The server sends a
/// comment every 15 seconds.
#[utoipa::path(
    get,
    path = "/events",
    tag = "market",
    params(
        EventsParams,
        EventsHeaders,
    ),
    responses(
        (status = 200, body = EventBody, content_type = "text/event-stream", headers(
            ("Cache-Control" = String),
            ("X-Accel-Buffering" = String),
        )),
        (status = 400, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn events(
    ctx: web::Data<Context>,
    draining: web::Data<AtomicBool>,
    query: Query<EventsParams>,
    request: HttpRequest,
) -> HttpResult {
    let last = request.headers().get(LAST_EVENT_ID).and_then(|id| id.to_str().ok());
    let EventsParams { after, hash, kind } = query.0;
    let feed = Feed::open(&ctx.into_inner(), last.or(after.as_deref()), Filter { hash, topic: kind })?;
    let begun = feed.place()?;
    let connection = request.conn_data::<ConnectionStatus>().cloned().unwrap_or_default();
    let sent = Sent { feed, draining: draining.into_inner(), connection };
    let events = stream::unfold(Some(sent), async |sent| {
        let mut sent = sent?;
        let text = sent.next().await?;
        Some((Ok::<_, Infallible>(Bytes::from(text)), Some(sent)))
    });
    // Whoever gets no event before the connection breaks resumes here.
    let first = format!("id: {}\nretry: {RETRY_MILLISECONDS}\n\n", id(begun));
    let first = stream::once(async { Ok(Bytes::from(first)) });
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(futures_util::StreamExt::chain(first, events)))
}

struct Sent {
    feed: Feed,
    draining: Arc<AtomicBool>,
    connection: ConnectionStatus,
}

impl Sent {
    /// The next bytes to send; `None` if the server is stopping or cannot continue reading, or the client is gone.
    async fn next(&mut self) -> Option<String> {
        let Sent { feed, draining, connection } = self;
        let (begun, mut next) = (Instant::now(), pin!(feed.next()));
        while !draining.load(Ordering::Relaxed) && !connection.is_closed() {
            match timeout(POLL_INTERVAL, next.as_mut()).await {
                Ok(Ok(told)) => return Some(text(&told)),
                Ok(Err(error)) => {
                    tracing::warn!(cause = error.cause(), %error, "an event stream was interrupted");
                    return None;
                }
                Err(_) if begun.elapsed() >= HEARTBEAT => return Some(": still here\n\n".to_owned()),
                Err(_) => {}
            }
        }
        None
    }
}

#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "documents a header that is read by its name")]
struct EventsHeaders {
    /// The same as `after`.
    #[param(rename = "Last-Event-ID", value_type = schema::EventIdText, inline, required = false)]
    last_event_id: Option<String>,
}

/// An event of the stream. `id` is its position in the chain, which `head` has none of; `data` is a `ChangeBody`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents text that is written line by line")]
pub(super) struct EventBody {
    #[schema(schema_with = schema::event_id)]
    id: Option<String>,
    #[schema(schema_with = schema::event)]
    event: &'static str,
    #[schema(schema_with = schema::change_as_text)]
    data: String,
}

/// A change, or a block.
#[derive(Serialize, ToSchema)]
pub(super) struct ChangeBody<'a> {
    /// The hash or address of what changed; for a block, its hash.
    hash: &'a str,
    /// The change, such as `listed`, `voted` or `completed`.
    change: &'a str,
    at: At,
}

fn text(told: &Told) -> String {
    match told {
        Told::Changed { place, event, change } => {
            let at = At::known(place.at, Some(event));
            let body = ChangeBody { hash: &change.hash, change: change.what, at };
            format!("id: {}\n{}", id(*place), message(change.topic.name(), &body))
        }
        Told::Head(block) => {
            let hash = block.hash.to_string();
            let at = At::block(block.number, block.timestamp);
            message("head", &ChangeBody { hash: &hash, change: "head", at })
        }
        Told::RolledBack(block) => {
            let (hash, at) = (block.hash.to_string(), At::block(block.number, block.timestamp));
            let body = ChangeBody { hash: &hash, change: "rollback", at };
            format!("id: {}\n{}", id(Place::end_of(block)), message("rollback", &body))
        }
    }
}

fn id(Place { at, block }: Place) -> String {
    let beginning = block.map(|hash| format!("-{}", Place::beginning(hash))).unwrap_or_default();
    format!("{}-{}{beginning}", at.block, at.index.min(MAX_INDEX))
}

#[expect(clippy::expect_used, reason = "text and numbers always serialize")]
fn message(event: &str, body: &ChangeBody<'_>) -> String {
    let data = serde_json::to_string(body).expect("a change is JSON");
    format!("event: {event}\ndata: {data}\n\n")
}
