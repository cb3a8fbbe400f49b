//! Limits on every request: how much one caller may request, and which connections are served.
//!
//! A refusal costs a check of the token and of two counters, before anything else is read or requested.

mod class;
mod rates;
mod transfers;

use std::sync::Arc;
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{ConnectionType, Method, StatusCode, Uri};
use actix_web::middleware::Next;
use actix_web::{Error, web};
use tokio::sync::Semaphore;
use tokio::time::sleep;

pub(super) use self::class::is_free;
use self::class::{Lasting, class_of, classify};
use self::rates::{Allowance, Caller, Rates};
use self::transfers::{Transfer, TransferBody, Transfers};
use super::connections::ConnectionStatus;
use super::error::HttpError;
use super::{extract, tickets};
use crate::domain::{CallerLimits, RequestClass, Source};
use crate::service::ServiceError;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// When a caller with too many transfers should retry; when one of them will end is not known.
const TRANSFER_RETRY_AFTER: Duration = Duration::from_secs(5);

/// How much later a caller gets the refusal because of a limit, be it their own or that of all callers. Whoever asks again at
/// once is slowed down with it.
const REFUSAL_DELAY: Duration = Duration::from_millis(250);
/// The most refusals that are delayed at the same time, because each occupies a connection, which may be a proxy's.
const MAX_DELAYED_REFUSALS: usize = 1_000;

/// The limits of this process, shared by its threads.
pub(super) struct Limits(Option<CallerCounts>);

/// The limits per caller.
struct CallerCounts {
    rates: Rates,
    uploads: Arc<Transfers>,
    downloads: Arc<Transfers>,
    streams: Arc<Transfers>,
    delayed: Semaphore,
}

impl Limits {
    pub(super) fn new(callers: Option<CallerLimits>) -> Self {
        Limits(callers.map(|limits| CallerCounts {
            rates: Rates::new(&limits),
            uploads: Arc::new(Transfers::new(limits.uploads)),
            downloads: Arc::new(Transfers::new(limits.downloads)),
            streams: Arc::new(Transfers::new(limits.streams)),
            delayed: Semaphore::new(MAX_DELAYED_REFUSALS),
        }))
    }

    /// Counts a GET request without a token; `None` if it is over a limit.
    pub(super) fn admit(&self, uri: &Uri, network: impl FnOnce() -> Source) -> Option<Admitted> {
        let class = classify(&Method::GET, uri.path(), uri.query().unwrap_or_default());
        let Some((counts, class)) = self.0.as_ref().zip(class) else { return Some(Admitted(None)) };
        let allowance = counts.rates.count(class, Caller { account: None, network: network() });
        allowance.wait.is_none().then_some(Admitted(Some((class, allowance))))
    }
}

/// A request within the limits, and what its response says of them.
pub(super) struct Admitted(Option<(RequestClass, Allowance)>);

impl Admitted {
    pub(super) fn tell(&self, headers: &mut HeaderMap) {
        if let Some((class, allowance)) = &self.0 {
            tell(headers, *class, allowance);
        }
    }
}

/// Refuses requests beyond the limits.
pub(super) async fn limit_requests(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    // Health checks are answered on every connection.
    let Some(class) = class_of(&request) else { return answer(request, next).await };
    let connection = request.conn_data::<ConnectionStatus>().cloned().unwrap_or_default();
    let mut response = if connection.is_surplus {
        refused(request, HttpError::Busy)
    } else {
        limit_caller(request, class, next).await?
    };
    if connection.is_surplus || connection.are_scarce() {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    Ok(response)
}

async fn limit_caller(
    request: ServiceRequest,
    class: RequestClass,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let limits = request.app_data::<web::Data<Limits>>().cloned();
    let Some(counts) = limits.as_ref().and_then(|limits| limits.0.as_ref()) else {
        return answer(request, next).await;
    };
    let (account, network) = extract::sender(request.request());
    let account = match account {
        None if class == RequestClass::Download => tickets::claimed_holder(request.request()).await,
        account => account,
    };
    let caller = Caller { account, network };
    let (allowance, lasting) = (counts.rates.count(class, caller), Lasting::of(class, &request));
    let begun = match allowance.wait {
        Some(wait) => Err(too_many_requests(class, &allowance, wait)),
        None => lasting.map(|lasting| counts.transfer(lasting, caller)).transpose(),
    };
    let mut response = match begun {
        Err(error) => {
            counts.delay().await;
            refused(request, error)
        }
        Ok(transfer) => {
            let response = answer(request, next).await?;
            if response.status() == StatusCode::TOO_MANY_REQUESTS {
                counts.delay().await;
            }
            // An upload ends with its response.
            match transfer.filter(|_| lasting != Some(Lasting::Upload)) {
                Some(transfer) => {
                    response.map_body(|_, body| BoxBody::new(TransferBody::new(body, transfer)))
                }
                None => response,
            }
        }
    };
    tell(response.headers_mut(), class, &allowance);
    Ok(response)
}

async fn answer(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    Ok(next.call(request).await?.map_into_boxed_body())
}

impl CallerCounts {
    /// Starts counting a transfer.
    fn transfer(&self, lasting: Lasting, caller: Caller) -> Result<Transfer, HttpError> {
        let (transfers, what) = match lasting {
            Lasting::Upload => (&self.uploads, "uploads"),
            Lasting::Download => (&self.downloads, "downloads"),
            Lasting::Stream => (&self.streams, "event streams"),
        };
        transfers.begin(caller).ok_or_else(|| too_many_transfers(what, transfers.limit))
    }

    /// Waits before a refusal, unless too many others do.
    async fn delay(&self) {
        if let Ok(_delayed) = self.delayed.try_acquire() {
            sleep(REFUSAL_DELAY).await;
        }
    }
}

fn refused(request: ServiceRequest, error: HttpError) -> ServiceResponse<BoxBody> {
    request.error_response(error)
}

fn too_many_requests(class: RequestClass, allowance: &Allowance, wait: Duration) -> HttpError {
    let (limit, name) = (allowance.limit, class.name());
    let retry_after = Duration::from_secs(wait.as_secs() + 1);
    let what = format!(
        "too many requests: {limit} of the kind {name} are allowed a minute; try again in {} s",
        retry_after.as_secs()
    );
    ServiceError::TooMany { what, retry_after }.into()
}

fn too_many_transfers(what: &str, limit: usize) -> HttpError {
    let what = format!("too many {what} at the same time: {limit} are allowed; try again when one has ended");
    ServiceError::TooMany { what, retry_after: TRANSFER_RETRY_AFTER }.into()
}

/// Reports what is left (draft-ietf-httpapi-ratelimit-headers).
fn tell(headers: &mut HeaderMap, class: RequestClass, allowance: &Allowance) {
    let (name, limit, remaining) = (class.name(), allowance.limit, allowance.remaining);
    let reset = allowance.wait.map_or(String::new(), |wait| format!(";t={}", wait.as_secs() + 1));
    for (header, value) in [
        (RATE_LIMIT_POLICY, format!("\"{name}\";q={limit};w=60")),
        (RATE_LIMIT, format!("\"{name}\";r={remaining}{reset}")),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(header, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, call_service, init_service};
    use actix_web::{App, HttpResponse};
    use tokio::time::Instant;

    use super::*;

    fn limits() -> Limits {
        let per_minute = [NonZeroU32::MIN; RequestClass::ALL.len()];
        Limits::new(Some(CallerLimits { per_minute, uploads: 1, downloads: 1, streams: 1, connections: 1 }))
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_because_of_any_limit_is_delayed() {
        for (answer, is_delayed) in [(StatusCode::TOO_MANY_REQUESTS, true), (StatusCode::FORBIDDEN, false)] {
            let app = App::new()
                .app_data(web::Data::new(limits()))
                .wrap(from_fn(limit_requests))
                .route("/tasks/", web::post().to(move || async move { HttpResponse::new(answer) }));
            let (service, begun) = (init_service(app).await, Instant::now());
            let response = call_service(&service, TestRequest::post().uri("/tasks/").to_request()).await;
            assert_eq!((response.status(), begun.elapsed() >= REFUSAL_DELAY), (answer, is_delayed));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn refusals_are_delayed_unless_too_many_are() {
        let counts = limits().0.unwrap();
        let took = async || {
            let begun = Instant::now();
            counts.delay().await;
            begun.elapsed()
        };
        assert!(took().await >= REFUSAL_DELAY);
        let _others = counts.delayed.try_acquire_many(MAX_DELAYED_REFUSALS as u32).unwrap();
        assert_eq!(took().await, Duration::ZERO);
    }
}
