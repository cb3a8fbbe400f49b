//! Writes a checkpoint of the index whenever one is due.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::service::Context;
use crate::service::checkpoints::Saver;

const INTERVAL: Duration = Duration::from_secs(60);
/// The pause while the index has not reached the head of the chain.
const BUILDING_INTERVAL: Duration = Duration::from_secs(1);

pub(super) async fn run(ctx: Arc<Context>, stop: CancellationToken) {
    let mut saver = Saver::default();
    while !stop.is_cancelled() {
        tokio::select! {
            // An interrupted checkpoint leaves nothing that a reader could see.
            () = saver.save_when_due(&ctx) => {}
            () = stop.cancelled() => return,
        }
        let pause = if ctx.index.is_built() { INTERVAL } else { BUILDING_INTERVAL };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => {}
        }
    }
}
