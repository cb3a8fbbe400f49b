//! Nodes report new blocks over WebSocket (`eth_subscribe`). A notification only says when to look: the facts come from
//! the nodes' responses to requests, checked as always. A node that lies causes a few requests for nothing, and one that
//! falls silent leaves the server to its poll interval.

mod session;

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use metrics::{counter, gauge};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};
use url::Url;

use self::session::{Failure, Session};
use super::ChainSettings;
use super::transport::host;

/// The first pause before a new attempt. Each further one is about twice as long.
const MIN_PAUSE: Duration = Duration::from_secs(1);
const MAX_PAUSE: Duration = Duration::from_secs(60);
/// A subscription that has held this long works: its end is news, and the pauses begin anew.
const STEADY_AFTER: Duration = Duration::from_secs(60);

/// A subscription to one node's new heads.
pub(super) struct Subscription {
    /// It may contain credentials: only the host is shown.
    url: Url,
    host: String,
    chain_id: u64,
    timeout: Duration,
}

impl Subscription {
    /// One for each address. No node is contacted yet.
    pub(super) fn all(settings: &ChainSettings) -> Vec<Self> {
        let of = |url: &Url| Subscription {
            url: url.clone(),
            host: host(url),
            chain_id: settings.chain_id,
            timeout: settings.timeout,
        };
        settings.websocket_urls.iter().map(of).collect()
    }

    /// Sends the number of each reported block, and subscribes again whenever the connection fails. Never ends.
    pub(super) async fn keep(&self, heads: &watch::Sender<u64>) {
        let (mut pauses, mut warned) = (growing_pauses(), false);
        self.show(false);
        loop {
            let begun = Instant::now();
            let failure = self.follow(heads).await;
            self.show(false);
            if begun.elapsed() >= STEADY_AFTER {
                (pauses, warned) = (growing_pauses(), false);
            }
            if warned {
                tracing::debug!(node.host = self.host, reason = %failure, "the chain node does not report new blocks");
            } else {
                tracing::warn!(
                    node.host = self.host,
                    reason = %failure,
                    "the chain node does not report new blocks; polling, and subscribing again from time to time"
                );
                warned = true;
            }
            sleep(pauses.next().unwrap_or(MAX_PAUSE)).await;
        }
    }

    async fn follow(&self, heads: &watch::Sender<u64>) -> Failure {
        let subscribed = Session::subscribe(&self.url, self.chain_id);
        let mut session = match tokio::time::timeout(self.timeout, subscribed).await {
            Ok(Ok(session)) => session,
            Ok(Err(failure)) => return failure,
            Err(_) => return Failure::Silent,
        };
        tracing::info!(node.host = self.host, "the chain node reports new blocks");
        self.show(true);
        // Blocks from before were not reported.
        heads.send_replace(0);
        session
            .listen(|head| {
                counter!("capi_node_heads_total", "node" => self.host.clone()).increment(1);
                heads.send_replace(head);
            })
            .await
    }

    fn show(&self, up: bool) {
        gauge!("capi_node_subscription_up", "node" => self.host.clone()).set(f64::from(u8::from(up)));
        // It appears before there is anything to count.
        counter!("capi_node_heads_total", "node" => self.host.clone()).increment(0);
    }
}

fn growing_pauses() -> ExponentialBackoff {
    ExponentialBuilder::default()
        .with_min_delay(MIN_PAUSE)
        .with_max_delay(MAX_PAUSE)
        .without_max_times()
        .with_jitter()
        .build()
}
