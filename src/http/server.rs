//! The server: the application with all that surrounds it, on a socket.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{Server, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::{App, Error, HttpServer, web};
use tracing_actix_web::TracingLogger;

use super::middleware::{RequestSpan, cors, identify, measure, shape};
use super::routes::routes;
use crate::domain::Clock;
use crate::service::Context;

/// How long a client may take over the head of a request.
const HEAD_PATIENCE: Duration = Duration::from_secs(15);
/// How long an idle connection is kept: longer than load balancers keep theirs (60 s), so that never both ends act.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long the rest of a refused body is read and thrown away, so that its sender gets to see the refusal.
const LINGER: Duration = Duration::from_secs(15);

/// The API on `listener`, to be awaited or spawned; `Server::handle().stop(true)` ends it when running requests have
/// ended, at most `drain` later. While `draining` is set, `/ready` answers 503 and clients are asked to leave.
/// Signals are left to the caller.
pub fn server(
    ctx: Arc<Context>,
    listener: TcpListener,
    drain: Duration,
    draining: Arc<AtomicBool>,
) -> std::io::Result<Server> {
    let server = HttpServer::new(move || {
        app(ctx.clock.clone(), draining.clone()).app_data(web::Data::from(ctx.clone()))
    });
    Ok(server
        .disable_signals()
        .shutdown_timeout(drain.as_secs())
        .client_request_timeout(HEAD_PATIENCE)
        .client_disconnect_timeout(LINGER)
        .keep_alive(KEEP_ALIVE)
        .listen(listener)?
        .run())
}

/// The application but for the context that its use cases need. The outermost layer comes last.
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
        .app_data(web::Data::<dyn Clock>::from(clock))
        .app_data(web::Data::from(draining))
        .configure(routes)
        .wrap(cors())
        .wrap(from_fn(shape))
        .wrap(from_fn(measure))
        .wrap(TracingLogger::<RequestSpan>::new())
        .wrap(from_fn(identify))
}
