//! A server in this process that stands in for another, or before it.

use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use actix_web::{App, FromRequest, Handler, HttpServer, Responder, web};
use url::Url;

const MAX_REQUEST_BYTES: usize = 32 << 20;

/// Stops when it is dropped.
pub struct StandIn {
    url: Url,
    server: ServerHandle,
}

impl StandIn {
    /// Answers every request with what the handler makes of it.
    pub fn start<S, H, A>(state: S, handler: H) -> Self
    where
        S: Send + Sync + 'static,
        H: Handler<A> + Send,
        A: FromRequest + 'static,
        H::Output: Responder + 'static,
    {
        let state = Data::new(state);
        let app = move || {
            let limit = web::PayloadConfig::new(MAX_REQUEST_BYTES);
            App::new().app_data(state.clone()).app_data(limit).default_service(web::to(handler.clone()))
        };
        let server = HttpServer::new(app).workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
        let url = Url::parse(&format!("http://{}", server.addrs()[0])).unwrap();
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        StandIn { url, server: handle }
    }

    pub fn url(&self) -> Url {
        self.url.clone()
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}
