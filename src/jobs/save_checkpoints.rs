//! Writes a checkpoint of the index whenever one is due.

use std::sync::Arc;
use std::time::Duration;

use crate::service::Context;
use crate::service::checkpoints::Saver;

const INTERVAL: Duration = Duration::from_secs(60);
/// The pause while the index has not reached the head of the chain.
const BUILDING_INTERVAL: Duration = Duration::from_secs(1);

pub(super) async fn run(ctx: Arc<Context>) {
    let mut saver = Saver::default();
    loop {
        saver.save_when_due(&ctx).await;
        let pause = if ctx.index.is_built() { INTERVAL } else { BUILDING_INTERVAL };
        tokio::time::sleep(pause).await;
    }
}
