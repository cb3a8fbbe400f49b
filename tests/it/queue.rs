//! A job belongs to one worker at a time, and to none forever.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use capi::config::MetadataStore;
use capi::store::metadata::{self, StoreError};
use capi::store::queue::{Queue, Step};
use futures_util::future::BoxFuture;
use tempfile::TempDir;

use crate::support::clock::TestClock;

const LEASE: Duration = Duration::from_secs(30);

/// A step of a job on its way.
type Stepping<'a> = BoxFuture<'a, Result<Step<String>, StoreError>>;

/// A queue with one job, `"job"`, under the name `id`.
async fn with_a_job() -> (Queue, Arc<TestClock>, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let store = MetadataStore::Embedded { file: directory.path().join("metadata.redb") };
    let state = metadata::open(&store).await.unwrap().state;
    let clock = Arc::new(TestClock::default());
    let queue = Queue { state, clock: clock.clone(), name: "jobs", lease: LEASE };
    queue.state.commit(vec![queue.enqueue("id", "job".to_owned())], queue.clock.now()).await.unwrap();
    (queue, clock, directory)
}

#[tokio::test]
async fn a_leased_job_is_nobody_elses_until_the_lease_is_over() {
    let (queue, clock, _directory) = with_a_job().await;
    assert!(queue.lease::<String>("id").await.unwrap().is_some());
    assert!(queue.lease::<String>("id").await.unwrap().is_none(), "it was leased twice");
    clock.advance(LEASE + Duration::from_secs(1));
    assert!(queue.lease::<String>("id").await.unwrap().is_some(), "nobody goes on with it");
}

#[tokio::test]
async fn a_job_that_waits_for_its_time_is_not_leased_before() {
    let (queue, clock, _directory) = with_a_job().await;
    let leased = queue.lease::<String>("id").await.unwrap().unwrap();
    let later = queue.clock.now().after(Duration::from_secs(100));
    let wait = |job: String| -> Stepping<'_> { Box::pin(async move { Ok(Step::at(job, later)) }) };
    queue.run(leased, wait).await.unwrap();
    assert!(queue.lease::<String>("id").await.unwrap().is_none());
    clock.advance(Duration::from_secs(101));
    assert!(queue.lease::<String>("id").await.unwrap().is_some());
}

#[tokio::test]
async fn a_worker_whose_lease_is_over_writes_nothing() {
    let (queue, clock, _directory) = with_a_job().await;
    let slow = queue.lease::<String>("id").await.unwrap().unwrap();
    clock.advance(LEASE + Duration::from_secs(1));
    let fast = queue.lease::<String>("id").await.unwrap().unwrap();
    let steps = AtomicUsize::new(0);
    let rename = |job: String| -> Stepping<'_> {
        let step = steps.fetch_add(1, Ordering::Relaxed);
        let later = queue.clock.now();
        Box::pin(async move { Ok(Step::at(format!("{job} {step}"), later)) })
    };
    queue.run(fast, rename).await.unwrap();
    queue.run(slow, rename).await.unwrap();
    let job = queue.lease::<String>("id").await.unwrap().unwrap();
    assert_eq!(job.value.job, "job 0");
    assert_eq!(steps.load(Ordering::Relaxed), 2, "the slow worker took its step, in vain");
}
