//! What uploads and downloads cost in requests to the stores and to the chain node, counted where a process reaches them.
//! The table in `docs/costs.md` is this one.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use capi::domain::{Clock, Hash};
use capi::service::{Context, ServiceError, deliveries};
use futures_util::StreamExt;
use futures_util::future::join_all;
use tokio::time::sleep;

use super::chance::Chance;
use super::plan::Plan;
use super::world::{World, on_chain, on_sale};
use super::{actors, executor, replica};
use crate::sources::root;

/// Blocks that make a fact final.
const CONFIRMATIONS: u64 = 12;

/// What a process asked, by operation.
type Asked = BTreeMap<String, f64>;

/// What the requests are counted as in `docs/costs.md`.
const COLUMNS: [(&str, &[&str]); 5] = [
    ("commits", &["commit"]),
    ("reads of a record", &["get", "get_many"]),
    ("queries", &["list", "due"]),
    ("file operations", &["info", "read", "create", "write", "finish", "rename", "put", "delete"]),
    ("node calls", &OF_THE_NODE),
];

const OF_THE_NODE: [&str; 17] = [
    "head",
    "blocks",
    "logs",
    "logs_of",
    "final_block",
    "delivery",
    "data_hash",
    "tallies",
    "backend",
    "transaction",
    "nonce",
    "nonce_at",
    "fees",
    "gas",
    "send",
    "mined",
    "refusal",
];

fn asked(world: &World) -> Asked {
    let replicas = world.replicas.borrow();
    let asked = replicas[0].as_ref().unwrap().process.asked();
    asked.into_iter().map(|(operation, times)| (operation, times as f64)).collect()
}

fn difference(later: &Asked, earlier: &Asked) -> Asked {
    let before = |operation: &String| earlier.get(operation).copied().unwrap_or_default();
    later.iter().map(|(operation, times)| (operation.clone(), times - before(operation))).collect()
}

/// A request that the follower alone makes, once for each block.
const FOR_A_BLOCK: [&str; 3] = ["blocks", "logs_of", "backend"];

/// What a server asks whether or not anybody downloads: so often a block, and so often a second.
struct Anyway {
    a_block: Asked,
    a_second: Asked,
}

impl Anyway {
    /// From what was asked in some time in which nothing happened.
    fn of(asked: &Asked, blocks: f64, seconds: f64) -> Self {
        let of_blocks = |operation: &str| match operation {
            // Once more after each new block, to see whether there is another.
            "head" => blocks,
            _ if FOR_A_BLOCK.contains(&operation) => asked[operation],
            _ => 0.0,
        };
        let a_block = asked.keys().map(|name| (name.clone(), of_blocks(name) / blocks)).collect();
        let a_second =
            asked.iter().map(|(name, times)| (name.clone(), (times - of_blocks(name)) / seconds)).collect();
        Anyway { a_block, a_second }
    }

    fn expected(&self, blocks: f64, seconds: f64) -> Asked {
        let of_time = |operation: &str| self.a_second[operation] * seconds;
        self.a_block.iter().map(|(name, times)| (name.clone(), times * blocks + of_time(name))).collect()
    }
}

/// A block every twelve seconds.
async fn mine(world: Rc<World>) {
    loop {
        sleep(Duration::from_secs(12)).await;
        let now = world.clock.now().seconds();
        world.chain.lock().unwrap().mine(&world.chance, now);
    }
}

/// Until nothing is open.
async fn settled(world: &World) {
    while ["jobs", "transactions"].iter().any(|queue| !world.memory.records(queue).is_empty()) {
        sleep(Duration::from_secs(1)).await;
    }
}

/// How many blocks there are, and what the time is.
fn now(world: &World) -> (f64, f64) {
    (on_chain(world, |chain| chain.head().block.number) as f64, world.clock.elapsed().as_secs_f64())
}

/// The requests that something causes beyond those a server makes anyway.
async fn counted<T>(world: &World, anyway: &Anyway, work: impl Future<Output = T>) -> (Asked, T) {
    let (before, (block, second)) = (asked(world), now(world));
    let done = work.await;
    sleep(Duration::from_secs(30)).await;
    settled(world).await;
    let (last_block, last_second) = now(world);
    let all = difference(&asked(world), &before);
    (difference(&all, &anyway.expected(last_block - block, last_second - second)), done)
}

/// Downloads; answers how many blocks went by until the charge was final.
async fn download(world: &Rc<World>, delivery: Hash) -> u64 {
    let (listing, size) = on_sale(world)[0];
    actors::buy(world, delivery, listing, size).await;
    let (granted, _) = now(world);
    let is_open =
        || world.memory.records("transactions").iter().any(|record| record.key.sort.starts_with("access/"));
    while is_open() {
        sleep(Duration::from_secs(1)).await;
    }
    (now(world).0 - granted) as u64
}

/// What an upload and a download cost, and after how many blocks the download was final.
async fn of_an_upload_and_a_download(world: Rc<World>) -> (Asked, Asked, u64) {
    world.spawner.outside(mine(world.clone()));
    world.spawner.outside(replica::keep_running(world.clone(), 0));
    sleep(Duration::from_secs(60)).await;

    let (before, (block, second)) = (asked(&world), now(&world));
    sleep(Duration::from_secs(30_000)).await;
    let (last_block, last_second) = now(&world);
    let idle = difference(&asked(&world), &before);
    let anyway = Anyway::of(&idle, last_block - block, last_second - second);

    let (upload, ()) = counted(&world, &anyway, actors::publish(&world)).await;
    let delivery = Hash::keccak("delivery");
    let (of_download, blocks) = counted(&world, &anyway, download(&world, delivery)).await;
    let is_open = on_chain(&world, |chain| chain.market().deliveries.contains_key(&delivery));
    assert!(!is_open, "the delivery is not completed");
    (upload, of_download, blocks)
}

/// What a buyer's first downloads, one under each of some deliveries, ask of the stores and of the node before their first
/// bytes are there.
async fn until_the_first_bytes(world: Rc<World>, deliveries: u64) -> Asked {
    world.spawner.outside(mine(world.clone()));
    world.spawner.outside(replica::keep_running(world.clone(), 0));
    actors::publish(&world).await;
    settled(&world).await;
    let (listing, size) = on_sale(&world)[0];
    let deliveries: Vec<Hash> =
        (0..deliveries).map(|number| Hash::keccak(format!("delivery {number}"))).collect();
    let buyer = actors::purchase(&world, &deliveries, size).await;
    // Later, so that the server has seen the purchase.
    sleep(Duration::from_secs(6)).await;
    let before = asked(&world);
    let downloads = deliveries.into_iter().map(|delivery| {
        world.request(move |ctx: Arc<Context>| async move {
            let offer = deliveries::offer(&ctx, buyer, delivery, listing).await?;
            let (content, _) = deliveries::download(&ctx, offer, 0, size).await?;
            Ok::<_, ServiceError>(content.into_stream().next().await)
        })
    });
    for first in join_all(downloads).await {
        assert!(!first.unwrap().unwrap().unwrap().unwrap().is_empty());
    }
    difference(&asked(&world), &before)
}

/// Runs it in a world in which nothing fails.
fn in_a_calm_world<T: 'static, F: Future<Output = T> + 'static>(work: impl FnOnce(Rc<World>) -> F) -> T {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let chance = Arc::new(Chance::new(2));
    let plan = Plan { confirmations: CONFIRMATIONS, rounds: 1, ..Plan::calm() };
    runtime.block_on(async move {
        let world = World::new(plan, chance.clone());
        let spawner = world.spawner.clone();
        executor::run(chance, spawner, work(world)).await.unwrap()
    })
}

fn sum(cost: &Asked, operations: &[&str]) -> f64 {
    operations.iter().filter_map(|operation| cost.get(*operation)).sum()
}

/// A row of the table in `docs/costs.md`.
fn row(name: &str, cost: &Asked) -> String {
    let cells = COLUMNS.map(|(_, operations)| format!(" {:.0} |", sum(cost, operations)));
    format!("| {name} |{}", cells.concat())
}

#[test]
fn uploads_and_downloads_cost_what_the_documentation_says() {
    let (upload, download, blocks) = in_a_calm_world(of_an_upload_and_a_download);
    let of_stores: Vec<&str> = COLUMNS[..4].iter().flat_map(|(_, operations)| *operations).copied().collect();
    assert!(sum(&download, &of_stores) <= 60.0, "store requests of a download: {download:#?}");
    assert!(sum(&download, &OF_THE_NODE) <= 25.0, "node calls of a download: {download:#?}");
    assert!(blocks <= CONFIRMATIONS + 2, "a download was final after {blocks} blocks");
    let documented = std::fs::read_to_string(root().join("docs/costs.md")).unwrap();
    let heads = COLUMNS.map(|(name, _)| format!(" {name} |"));
    for line in
        [format!("| operation |{}", heads.concat()), row("an upload", &upload), row("a download", &download)]
    {
        assert!(documented.lines().any(|documented| documented == line), "docs/costs.md lacks\n{line}");
    }
}

#[test]
fn a_first_download_asks_the_node_three_times_and_commits_once_before_its_first_byte() {
    let asked = in_a_calm_world(|world| until_the_first_bytes(world, 1));
    assert_eq!(sum(&asked, &["commit"]), 1.0, "{asked:#?}");
    assert!(sum(&asked, &OF_THE_NODE) <= 3.0, "{asked:#?}");
}

/// What two downloads of a file ask, one right after the other, once its charge is final or while it is under way.
async fn sent_again(world: Rc<World>, once_final: bool) -> [Asked; 2] {
    world.spawner.outside(mine(world.clone()));
    world.spawner.outside(replica::keep_running(world.clone(), 0));
    actors::publish(&world).await;
    let ((listing, size), delivery) = (on_sale(&world)[0], Hash::keccak("delivery"));
    let buyer = actors::buy(&world, delivery, listing, size).await;
    if once_final {
        sleep(Duration::from_secs(30)).await;
        settled(&world).await;
    }
    let again = async || {
        let before = asked(&world);
        let work = move |ctx: Arc<Context>| async move {
            let offer = deliveries::offer(&ctx, buyer, delivery, listing).await?;
            let (content, mut progress) = deliveries::download(&ctx, offer, 0, size).await?;
            progress.sent(size);
            Ok::<_, ServiceError>(content.into_stream().count().await)
        };
        assert!(world.request(work).await.unwrap().unwrap() > 0);
        difference(&asked(&world), &before)
    };
    [again().await, again().await]
}

/// They conflict over the record of their buyer's promises: each at most once, and no node is asked again for that.
#[test]
fn a_burst_of_downloads_by_one_buyer_is_granted_in_turn() {
    const DOWNLOADS: u64 = 150;
    let asked = in_a_calm_world(|world| until_the_first_bytes(world, DOWNLOADS));
    let downloads = DOWNLOADS as f64;
    assert!(sum(&asked, &["commit"]) <= 2.0 * downloads, "{asked:#?}");
    assert!(sum(&asked, &["delivery"]) <= downloads, "{asked:#?}");
    assert!(sum(&asked, &["head"]) <= downloads / 10.0, "{asked:#?}");
}

#[test]
fn a_file_that_is_paid_for_is_sent_again_without_another_look_at_its_records() {
    let [first, second] = in_a_calm_world(|world| sent_again(world, true));
    assert!(sum(&first, &["get", "list"]) > 0.0, "{first:#?}");
    assert_eq!(sum(&second, &["get", "get_many", "list", "info", "commit"]), 0.0, "{second:#?}");
    assert_eq!(sum(&second, &["read"]), 1.0, "{second:#?}");
}

/// The charge may fail.
#[test]
fn a_file_whose_charge_is_under_way_is_decided_on_each_time() {
    for asked in in_a_calm_world(|world| sent_again(world, false)) {
        assert!(sum(&asked, &["list"]) > 0.0, "{asked:#?}");
    }
}
