//! What the workers of a process share.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use actix_web::web::{Data, ServiceConfig};

use super::answers::Answers;
use super::compression::Compressed;
use super::limits::Limits;
use super::routes::development_tools;
use super::status::{Readiness, Started};
use crate::domain::TrustedProxies;
use crate::service::Context;
use crate::telemetry::access::AccessLog;

#[derive(Clone)]
pub(super) struct Shared {
    pub ctx: Arc<Context>,
    pub draining: Arc<AtomicBool>,
    pub limits: Data<Limits>,
    pub proxies: Data<TrustedProxies>,
    pub access_log: Data<AccessLog>,
    pub answers: Data<Answers>,
    pub compressed: Data<Compressed>,
    pub readiness: Data<Readiness>,
    pub started: Data<Started>,
}

impl Shared {
    /// Hands it to the application of a worker.
    pub(super) fn configure(&self, app: &mut ServiceConfig) {
        app.app_data(Data::from(self.ctx.clone()))
            .app_data(self.limits.clone())
            .app_data(self.proxies.clone())
            .app_data(self.access_log.clone())
            .app_data(self.answers.clone())
            .app_data(self.compressed.clone())
            .app_data(self.readiness.clone())
            .app_data(self.started.clone());
        if self.ctx.development.is_some() {
            development_tools(app);
        }
    }
}
