//! The server: the application and its middleware on a socket.

use std::future::ready;
use std::net::{SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use actix_http::error::DispatchError;
use actix_http::{HttpService, Protocol, Request, Response};
use actix_service::{Service, ServiceFactoryExt, apply_fn_factory, fn_service, map_config};
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{AppConfig, Server, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::rt::net::TcpStream;
use actix_web::{App, Error, web};
use futures_util::TryFutureExt;
use futures_util::future::Either;

use super::answers::Answers;
use super::compression::Compressed;
use super::connections::{Connection, Connections};
use super::cross_origin::CrossOrigin;
use super::fast_path::FastPath;
use super::limits::{Limits, limit_requests};
use super::middleware::frame;
use super::refusals::REQUEST_HEAD_TIMEOUT;
use super::request_ids::RequestIds;
use super::routes::routes;
use super::shared::Shared;
use super::status::{Readiness, Started};
use crate::domain::{Clock, RequestLimits};
use crate::service::Context;
use crate::telemetry::access::AccessLog;
use crate::telemetry::metrics::{self, HttpRoute};

/// How long to keep an idle connection: longer than load balancers do (60 s), so that both ends never close it at once.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long to read and discard the rest of a refused body, so that its sender sees the error.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// The most that the operating system takes for a connection before it can send it. It would take megabytes for a client
/// that reads slowly, and all connections of a machine share what memory it has for them. What is on its way to a fast one
/// does not count.
#[cfg(target_os = "linux")]
const MAX_UNSENT_BYTES: u32 = 128 << 10;

/// A socket on `address`. The operating system closes the connection of a client that reads nothing for `stall`, which
/// would otherwise keep its file open forever, and takes little for one that reads slowly.
pub fn listen(address: SocketAddr, stall: Duration) -> std::io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    bound_slow_readers(&listener, stall)?;
    Ok(listener)
}

/// Connections inherit the options from the listening socket.
#[cfg(target_os = "linux")]
fn bound_slow_readers(listener: &TcpListener, stall: Duration) -> std::io::Result<()> {
    let socket = socket2::SockRef::from(listener);
    socket.set_tcp_user_timeout(Some(stall))?;
    socket.set_tcp_notsent_lowat(MAX_UNSENT_BYTES)
}

/// Other systems lack these options.
#[cfg(not(target_os = "linux"))]
fn bound_slow_readers(_: &TcpListener, _: Duration) -> std::io::Result<()> {
    Ok(())
}

/// The API on `listener`, to be awaited or spawned. `Server::handle().stop(true)` stops it once running requests have
/// ended, at most `drain` later. While `draining` is set, `/ready` and `/started` return 503 and clients are asked to
/// disconnect. The caller handles signals.
pub fn server(
    ctx: Arc<Context>,
    listener: TcpListener,
    drain: Duration,
    draining: Arc<AtomicBool>,
    limits: RequestLimits,
    access_log: AccessLog,
) -> std::io::Result<Server> {
    let clock = ctx.clock.clone();
    metrics::broken_requests(0);
    let connections = Connections::new(&limits);
    let shared = Shared {
        ctx,
        draining: draining.clone(),
        limits: web::Data::new(Limits::new(limits.callers)),
        proxies: web::Data::new(limits.trusted_proxies),
        access_log: web::Data::new(access_log),
        answers: web::Data::new(Answers::default()),
        compressed: web::Data::new(Compressed::default()),
        readiness: web::Data::new(Readiness::default()),
        started: web::Data::new(Started::default()),
    };
    serve(clock, listener, drain, draining, connections, Some(shared))
}

/// Without what the use cases need, it serves only what needs none of it.
fn serve(
    clock: Arc<dyn Clock>,
    listener: TcpListener,
    drain: Duration,
    draining: Arc<AtomicBool>,
    connections: Connections,
    shared: Option<Shared>,
) -> std::io::Result<Server> {
    let address = listener.local_addr()?;
    let connections = Arc::new(connections);
    let server = Server::build().disable_signals().shutdown_timeout(drain.as_secs());
    let ending = server.graceful_shutdown_signal();
    let server = server.listen("api", listener, move || {
        let app = app(clock.clone(), draining.clone());
        let app = app.configure(|app| shared.iter().for_each(|shared| shared.configure(app)));
        let app = map_config(app, |()| AppConfig::default());
        let fast_path = shared.clone().map(|shared| Rc::new(FastPath::new(shared)));
        let service = apply_fn_factory(app, move |request: Request, app| {
            match fast_path.as_ref().and_then(|fast_path| fast_path.answer(&request)) {
                Some(response) => Either::Left(ready(Ok(response))),
                None => Either::Right(app.call(request).map_ok(boxed)),
            }
        });
        let ending = ending.clone();
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let ending = ending.clone();
                async move { ending.notified().await }
            })
            .client_request_timeout(REQUEST_HEAD_TIMEOUT)
            .client_disconnect_timeout(DISCONNECT_TIMEOUT)
            .keep_alive(KEEP_ALIVE)
            .local_addr(address)
            .on_connect_ext(|connection: &Connection, extensions| {
                extensions.insert(connection.status());
            })
            .finish(service);
        let connections = connections.clone();
        let ids = Rc::new(RequestIds::new(clock.random()));
        fn_service(move |stream: TcpStream| ready(accept(&connections, &ids, stream))).and_then(http)
    })?;
    Ok(server.run())
}

fn boxed(response: ServiceResponse<impl MessageBody + 'static>) -> Response<BoxBody> {
    response.map_into_boxed_body().into()
}

fn accept(
    connections: &Arc<Connections>,
    ids: &Rc<RequestIds>,
    stream: TcpStream,
) -> Result<(Connection, Protocol, Option<SocketAddr>), DispatchError> {
    let peer = stream.peer_addr()?;
    Ok((connections.accept(stream, peer.ip(), ids.clone())?, Protocol::Http1, Some(peer)))
}

/// The application without the context of its use cases, for one worker. The outermost layer comes last.
fn app(
    clock: Arc<dyn Clock>,
    draining: Arc<AtomicBool>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    App::new()
        .app_data(RequestIds::new(clock.random()))
        .app_data(HttpRoute::new("unmatched"))
        .app_data(web::Data::from(draining))
        .configure(routes)
        .wrap(from_fn(limit_requests))
        .wrap(CrossOrigin)
        .wrap(from_fn(frame))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::atomic::Ordering;

    use actix_web::http::{Method, StatusCode, header};
    use actix_web::test::{TestRequest, call_service, init_service, read_body};
    use socket2::{Domain, Socket, Type};

    use super::*;
    use crate::domain::TrustedProxies;
    use crate::domain::clock::SystemClock;

    struct Reply {
        status: StatusCode,
        headers: header::HeaderMap,
        body: String,
    }

    impl Reply {
        fn header(&self, name: &str) -> Option<&str> {
            self.headers.get(name).map(|value| value.to_str().unwrap())
        }
    }

    async fn ask(request: TestRequest) -> Reply {
        ask_while(false, request).await
    }

    async fn ask_while(draining: bool, request: TestRequest) -> Reply {
        let app = app(Arc::new(SystemClock), Arc::new(AtomicBool::new(draining)));
        let service = init_service(app).await;
        let response = call_service(&service, request.to_request()).await;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = String::from_utf8_lossy(&read_body(response).await).into_owned();
        Reply { status, headers, body }
    }

    fn get(path: &str) -> TestRequest {
        TestRequest::get().uri(path)
    }

    fn assert_problem(reply: &Reply, status: u16) {
        assert_eq!(reply.status.as_u16(), status);
        assert_eq!(reply.header("content-type"), Some("application/problem+json"));
        let problem: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
        assert_eq!(problem["status"], status);
        assert_eq!(problem["message"], problem["detail"]);
        assert!(reply.header("x-request-id").is_some());
    }

    #[actix_web::test]
    async fn paths_answer_with_and_without_a_slash() {
        for path in ["/health", "/health/", "/openapi.json", "/docs/"] {
            assert_eq!(ask(get(path)).await.status, 200, "{path}");
        }
        for path in ["/", "/docs"] {
            let reply = ask(get(path)).await;
            assert_eq!((reply.status.as_u16(), reply.header("location")), (303, Some("/docs/")));
        }
    }

    #[actix_web::test]
    async fn every_answer_is_protected_and_the_pages_of_the_documentation_too() {
        for path in ["/health", "/docs/", "/docs/index.html", "/openapi.json", "/nowhere"] {
            let reply = ask(get(path)).await;
            let policy = reply.header("content-security-policy").unwrap();
            assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe-eval"), "{policy}");
            for (name, value) in [
                ("x-content-type-options", "nosniff"),
                ("referrer-policy", "no-referrer"),
                ("x-frame-options", "DENY"),
            ] {
                assert_eq!(reply.header(name), Some(value), "{path}");
            }
        }
    }

    #[actix_web::test]
    async fn figures_name_the_route_not_the_path() {
        let service = init_service(app(Arc::new(SystemClock), Arc::default())).await;
        for (path, route) in [
            ("/health", "/health"),
            ("/health/", "/health"),
            ("/tasks/7/", "/tasks/{id}"),
            ("/nowhere", "unmatched"),
        ] {
            let response = call_service(&service, TestRequest::delete().uri(path).to_request()).await;
            let counted_as = response.request().app_data::<HttpRoute>().unwrap();
            assert_eq!(counted_as.pattern(), route, "{path}");
        }
    }

    #[actix_web::test]
    async fn what_no_handler_answers_is_a_problem_too() {
        for path in ["/nowhere", "/health/x", "//", "/listings/a/b", "/%00", "/docs/nothing"] {
            assert_problem(&ask(get(path)).await, 404);
        }
        assert_problem(&ask(TestRequest::delete().uri("/nowhere")).await, 404);
        let reply = ask(TestRequest::delete().uri("/listings/")).await;
        assert_problem(&reply, 405);
        assert_eq!(reply.header("allow"), Some("GET, POST, HEAD, OPTIONS"));
        let reply = ask(TestRequest::get().uri("/tasks")).await;
        assert_problem(&reply, 405);
        assert_eq!(reply.header("allow"), Some("POST, OPTIONS"));
    }

    #[actix_web::test]
    async fn head_is_answered_like_get_without_a_body() {
        let reply = ask(get("/health")).await;
        let head = ask(TestRequest::default().method(Method::HEAD).uri("/health")).await;
        assert_eq!((head.status, head.body.as_str()), (reply.status, ""));
        assert_eq!(head.header("content-type"), reply.header("content-type"));
    }

    #[actix_web::test]
    async fn every_answer_has_an_id_of_its_own_or_the_one_that_was_sent() {
        let first = ask(get("/health")).await;
        assert_ne!(first.header("x-request-id"), ask(get("/health")).await.header("x-request-id"));
        let sent = ask(get("/nowhere").insert_header(("x-request-id", "trace-7"))).await;
        assert_eq!(sent.header("x-request-id"), Some("trace-7"));
    }

    #[actix_web::test]
    async fn every_path_answers_the_preflight_of_any_origin() {
        for path in ["/listings/", "/deliveries", "/authorize/", "/nowhere"] {
            let request = TestRequest::default()
                .method(Method::OPTIONS)
                .uri(path)
                .insert_header(("origin", "https://example.org"))
                .insert_header(("access-control-request-method", "POST"))
                .insert_header(("access-control-request-headers", "authorization, content-type"));
            let reply = ask(request).await;
            assert_eq!(reply.status, 200, "{path}");
            assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
            assert!(reply.header("access-control-allow-methods").unwrap().contains("POST"));
            let headers = reply.header("access-control-allow-headers");
            assert_eq!(headers, Some("authorization, content-type"));
            assert_eq!(reply.header("access-control-max-age"), Some("86400"));
        }
    }

    #[actix_web::test]
    async fn pages_of_other_origins_may_read_answers_and_refusals() {
        for path in ["/health", "/nowhere"] {
            let reply = ask(get(path).insert_header(("origin", "https://example.org"))).await;
            assert_eq!(reply.header("access-control-allow-origin"), Some("*"), "{path}");
            let exposed = reply.header("access-control-expose-headers").unwrap().to_lowercase();
            for name in ["content-disposition", "filename", "content-range", "etag", "x-request-id"] {
                assert!(exposed.contains(name), "{name} in {exposed}");
            }
        }
    }

    #[actix_web::test]
    async fn options_without_an_origin_tells_what_is_allowed() {
        let reply = ask(TestRequest::default().method(Method::OPTIONS).uri("/consent/")).await;
        assert_eq!((reply.status.as_u16(), reply.header("allow")), (204, Some("GET, POST, HEAD, OPTIONS")));
    }

    #[actix_web::test]
    async fn health_does_not_mind_draining() {
        assert_eq!(ask_while(true, get("/health")).await.status, 200);
    }

    fn anyone() -> Connections {
        let trusted_proxies = TrustedProxies::default();
        Connections::new(&RequestLimits { trusted_proxies, callers: None, max_connections: 100 })
    }

    /// A server on a socket, because the test service's responses bypass the HTTP/1.1 encoder.
    fn listen(draining: Arc<AtomicBool>) -> (String, actix_web::dev::ServerHandle) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let server =
            serve(Arc::new(SystemClock), listener, Duration::from_secs(1), draining, anyone(), None).unwrap();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        (address, handle)
    }

    #[actix_web::test]
    async fn a_head_has_the_length_of_its_get_and_a_draining_server_closes() {
        let draining = Arc::new(AtomicBool::new(false));
        let (address, handle) = listen(draining.clone());
        let health = format!("{address}/health");
        let client = reqwest::Client::new();
        let get = client.get(&health).send().await.unwrap();
        let head = client.head(&health).send().await.unwrap();
        assert_eq!(head.headers()["content-length"], get.headers()["content-length"]);
        assert!(head.headers().get("connection").is_none());
        draining.store(true, Ordering::Relaxed);
        let last = client.get(&health).send().await.unwrap();
        assert_eq!(last.headers()["connection"], "close");
        handle.stop(true).await;
    }

    #[actix_web::test]
    async fn a_client_sees_the_refusal_of_a_body_it_is_still_sending() {
        let (address, handle) = listen(Arc::default());
        let body = vec![b'x'; 16 * 1024 * 1024];
        let answer =
            reqwest::Client::new().post(format!("{address}/nowhere")).body(body).send().await.unwrap();
        assert_eq!(answer.status(), 404);
        handle.stop(true).await;
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_system_takes_little_for_a_client_that_reads_nothing() {
        let listener = super::listen("127.0.0.1:0".parse().unwrap(), Duration::from_secs(60)).unwrap();
        let client = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        client.set_recv_buffer_size(4096).unwrap();
        client.connect(&listener.local_addr().unwrap().into()).unwrap();
        let (mut connection, _) = listener.accept().unwrap();
        connection.set_nonblocking(true).unwrap();
        let (piece, mut taken) = (vec![0; 64 << 10], 0);
        while let Ok(bytes) = connection.write(&piece) {
            taken += bytes;
        }
        assert!(taken <= 4 * MAX_UNSENT_BYTES as usize, "{taken}");
    }
}
