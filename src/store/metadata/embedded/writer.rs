//! The thread that writes.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};

use super::StoreError;
use super::failure::failure;
use super::file::File;
use super::recent::Recent;
use super::writes::{Change, Tables, WriteResult};
use crate::store::panics;

/// The most changes that share a commit.
const BATCH: usize = 256;

struct Order {
    change: Change,
    answer: oneshot::Sender<WriteResult>,
}

/// The handle of the writing thread, which ends when this is dropped.
pub(super) struct Writer {
    orders: Option<mpsc::Sender<Order>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(file: Arc<File>, recent: Arc<Recent>) -> std::io::Result<Self> {
        let (orders, received) = mpsc::channel(BATCH);
        let thread = std::thread::Builder::new().name("metadata".to_owned());
        let thread = thread.spawn(move || write_all(&file, &recent, received))?;
        Ok(Writer { orders: Some(orders), thread: Some(thread) })
    }

    /// Returns once the change is durable or refused.
    pub(super) async fn carry_out(&self, change: Change) -> WriteResult {
        let stopped = || StoreError::Unavailable("its writer has stopped".to_owned());
        let (answer, answered) = oneshot::channel();
        let orders = self.orders.as_ref().ok_or_else(stopped)?;
        orders.send(Order { change, answer }).await.map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }
}

/// Waits for the thread, for at most one commit. Afterwards, another process can open the file.
impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.orders.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn write_all(file: &File, recent: &Recent, mut received: mpsc::Receiver<Order>) {
    let mut batch = Vec::with_capacity(BATCH);
    while received.blocking_recv_many(&mut batch, BATCH) > 0 {
        let (changes, callers): (Vec<_>, Vec<_>) =
            batch.drain(..).map(|order| (order.change, order.answer)).unzip();
        let transaction = recent.transaction();
        let answers = write(file, &changes);
        drop(transaction);
        for (caller, answer) in callers.into_iter().zip(answers) {
            // A caller that is gone does not need the result.
            let _ = caller.send(answer);
        }
    }
}

fn write(file: &File, changes: &[Change]) -> Vec<WriteResult> {
    survive(|| commit_together(file, changes)).unwrap_or_else(|error| {
        let text = match error {
            StoreError::Unavailable(text) => text,
            other => other.to_string(),
        };
        changes.iter().map(|_| Err(StoreError::Unavailable(text.clone()))).collect()
    })
}

/// A panic fails only the changes of its transaction, which is rolled back. The thread continues.
fn survive<T>(work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    std::panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let words = panics::message(panic.as_ref());
        tracing::error!(panic = words, "the metadata store's writer panicked");
        metrics::counter!("capi_panics_total", "part" => "store").increment(1);
        Err(StoreError::Unavailable(format!("its writer panicked: {words}")))
    })
}

/// Applies the changes in order, each seeing those before it, and makes them durable together. A refused change has no
/// effect; a failure of the file undoes all of them.
fn commit_together(file: &File, changes: &[Change]) -> Result<Vec<WriteResult>, StoreError> {
    file.run(|database| {
        let transaction = database.begin_write().map_err(failure)?;
        let mut tables = Tables::open(&transaction)?;
        let answers = changes.iter().map(|change| tables.apply(change)).collect::<Result<Vec<_>, _>>()?;
        drop(tables);
        if answers.iter().any(|answer| matches!(answer, Ok(rows) if *rows > 0)) {
            transaction.commit().map_err(failure)?;
        } else {
            transaction.abort().map_err(failure)?;
        }
        Ok(answers)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_fails_what_it_struck_and_no_more() {
        let struck = survive(|| -> Result<(), StoreError> { std::panic::resume_unwind(Box::new("planted")) });
        assert!(struck.unwrap_err().to_string().contains("its writer panicked: planted"));
        assert_eq!(survive(|| Ok(1)).unwrap(), 1);
    }
}
