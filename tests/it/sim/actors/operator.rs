//! The operator: cancels transactions, and retries parked work once its causes have passed.

use std::rc::Rc;

use capi::service::admin::{self, Action};
use capi::service::jobs::Job;
use capi::service::transactions::OutgoingTransaction;
use capi::store::queue::Queued;

use super::super::world::World;

/// Cancels transactions, whatever their state. Not charges: whoever cancels one gives the bytes away.
pub async fn cancel_some(world: Rc<World>) {
    for _ in 0..world.plan.cancellations {
        world.pause(10, 300).await;
        let open = world.memory.records("transactions").into_iter().map(|record| record.key.sort);
        let purposes: Vec<String> = open.filter(|purpose| !purpose.starts_with("access/")).collect();
        let Some(purpose) = world.chance.pick(&purposes).cloned() else { continue };
        let cancelled = purpose.clone();
        let answer = world
            .request(|ctx| async move {
                admin::act(&ctx, ctx.sender.account(), Action::CancelTransaction(&cancelled)).await
            })
            .await;
        tracing::info!(purpose, ?answer, "the operator cancels a transaction");
    }
}

pub async fn retry_what_is_parked(world: &World) {
    for record in world.memory.records("jobs") {
        let job: Queued<Job> = serde_json::from_slice(&record.value).unwrap();
        if !job.parked {
            continue;
        }
        let purpose = match &job.job {
            Job::SettleDelivery(life) => format!("completion/{life}"),
            Job::AnnounceData(upload) => format!("data-hash/{}/{}", upload.listing, upload.life),
            Job::WatchTransaction(_) => String::new(),
        };
        let id = record.key.sort;
        let answer = world
            .request(|ctx| async move {
                match admin::retry_transaction(&ctx, &purpose).await {
                    Ok(()) => Ok(()),
                    Err(_) => admin::retry_job(&ctx, &id).await,
                }
            })
            .await;
        tracing::info!(job = record.key.partition, ?answer, "the operator retries a job");
    }
    for record in world.memory.records("transactions") {
        let transaction: Queued<OutgoingTransaction> = serde_json::from_slice(&record.value).unwrap();
        if transaction.parked {
            let purpose = record.key.sort;
            let answer =
                world.request(|ctx| async move { admin::retry_transaction(&ctx, &purpose).await }).await;
            tracing::info!(?answer, "the operator retries a transaction");
        }
    }
}
