//! What does a request cost in a market of a given size? Each question is asked of the server and of a handler that
//! returns the same bytes and does nothing else.

mod table;

use std::time::{Duration, Instant};

use capi::chain;
use capi::chain::follower::{Cursor, Follower, Update};
use capi::service::index::{Identity, Index};

use self::table::{CATCH_UP, IDLE_MEMORY, LOGS, MEMORY, Measured, Results};
use crate::load::{Round, Target};
use crate::made_up::{FirstStart, Market, hash, listed_at, owner};
use crate::pairs::{compare, median, rounds};
use crate::reference::Reference;

/// The sizes that are measured unless others are named.
const LISTINGS: [u64; 5] = [100, 1_000, 10_000, 100_000, 1_000_000];
const QUICK_LISTINGS: u64 = 100_000;
/// Larger markets are not sent as a whole.
const MAX_WHOLE: u64 = 100_000;
const CONNECTIONS: usize = 16;
const SEARCH_GOAL: &str = "≥ 1 000/s, p99 ≤ 20 ms";
/// How many times as long the rounds of what takes long are.
const LONG: u32 = 6;
/// Different requests, where not always the same is asked for.
const MANY: u64 = 10_000;
/// Blocks in one of the updates that the index is timed with, and the number of updates.
const UPDATE_BLOCKS: u64 = 512;
const UPDATES: u64 = 8;
/// Logs that are read from the node to find out how fast that can be.
const LOGS_READ: usize = 400_000;

/// How thoroughly a market is measured.
#[derive(Clone, Copy)]
struct Effort {
    rounds: usize,
    round: Duration,
    restarts: usize,
    /// For how long it is left alone.
    idle: Duration,
}

/// A question and what is expected of the answer.
struct Question {
    text: &'static str,
    paths: Vec<String>,
    /// The client has it already.
    known: bool,
    connections: usize,
    /// Asked in rounds of this many times the usual length.
    long: u32,
    goal: &'static str,
}

impl Question {
    fn new(text: &'static str, goal: &'static str, paths: impl IntoIterator<Item = String>) -> Self {
        let paths = paths.into_iter().collect();
        Question { text, paths, known: false, connections: CONNECTIONS, long: 1, goal }
    }
}

/// Measures markets of the sizes in `LISTINGS`, separated by commas.
pub async fn measure() {
    let named = std::env::var("LISTINGS").unwrap_or_default();
    let named: Vec<u64> = named.split_terminator(',').map(|size| size.trim().parse().unwrap()).collect();
    let sizes = if named.is_empty() { LISTINGS.to_vec() } else { named };
    let effort = Effort {
        rounds: rounds(),
        round: Duration::from_millis(300),
        restarts: 5,
        idle: Duration::from_secs(20),
    };
    measured(&sizes, effort).await.report().publish("scale");
}

/// A look at one market of some size within a minute, which is written nowhere.
pub async fn measure_quickly() {
    let effort =
        Effort { rounds: 1, round: Duration::from_millis(150), restarts: 1, idle: Duration::from_secs(2) };
    print!("{}", measured(&[QUICK_LISTINGS], effort).await.report().text);
}

async fn measured(sizes: &[u64], effort: Effort) -> Results {
    let mut results = Results::default();
    for size in sizes.iter().copied() {
        println!("A market of {size} listings");
        let (mut market, first) = Market::start(size).await;
        start_figures(&mut results, size, &first);
        for question in questions(size) {
            ask(&mut results, &market, &question, effort).await;
        }
        process_figures(&mut results, &mut market, effort).await;
        market.restart_with([("CAPI_ACCESS_LOG", "info")]).await;
        let logged = Question::new(
            "`/health` with the access log: the frame with it",
            "≥ 0.90",
            ["/health".to_owned()],
        );
        ask(&mut results, &market, &logged, effort).await;
        results.add(size, "reading from the node alone, logs/s", reading_speed(&market).await, "");
        results.add(size, "index alone, logs/s", index_speed(&market).await, "≥ 50 000");
    }
    let binary = std::fs::metadata(env!("CARGO_BIN_EXE_capi")).unwrap().len();
    results.add(0, "binary, MB", binary as f64 / 1e6, "≤ 40");
    results
}

fn questions(size: u64) -> Vec<Question> {
    let of_listing = |number: u64| format!("/listings/{}", hash(number));
    let page = |rest: String| [format!("/listings/?limit=100{rest}")];
    let last = listed_at(size.saturating_sub(100));
    let many = MANY.min(size);
    let spread = move |number: u64| number * (size / many);
    let words = ["rainfall oslo", "traffic", "noise quito", "satellite zurich", "prices tro", "pollen 7"];
    let searches = |texts: usize| {
        (0..texts).map(move |number| {
            let words = words[number % words.len()].replace(' ', "%20");
            format!("/listings/?limit=10&q={number}%20{words}")
        })
    };
    let mut questions = vec![
        Question::new("`/health`: the frame around every request", "≥ 0.90", ["/health".to_owned()]),
        Question::new("one listing", "≥ 0.80, p99 ≤ 2×", [of_listing(size / 2)]),
        Question {
            known: true,
            ..Question::new(
                "one listing that the client has: 304",
                "≥ 0.80, p99 ≤ 2×",
                [of_listing(size / 2)],
            )
        },
        Question::new(
            "one open application",
            "≥ 0.80, p99 ≤ 2×",
            [format!("/candidates/application/{}", hash(size + 1))],
        ),
        Question::new("any of 10 000 listings", "", (0..many).map(|number| of_listing(spread(number)))),
        Question::new("first page of 100", "≥ 0.60", page(String::new())),
        Question::new("last page of 100", "≥ 0.60", page(format!("&cursor={last}"))),
        Question::new("newest 100", "≥ 0.60", page("&sort=newest".to_owned())),
        Question::new("page of an owner", "≥ 0.60", page(format!("&owner={}", owner(7, size)))),
        Question::new("page of a tag", "≥ 0.60", page("&tag=noise".to_owned())),
        Question::new("last page of a tag", "≥ 0.60", page(format!("&tag=noise&cursor={last}"))),
        Question::new(
            "any of 10 000 pages",
            "",
            (0..many).map(|number| format!("/listings/?limit=100&cursor={}", listed_at(spread(number)))),
        ),
        Question::new("first 100 by title", "≥ 0.60", page("&sort=title".to_owned())),
        Question::new(
            "any of 10 000 pages by size",
            "",
            (0..many).map(|number| {
                format!("/listings/?limit=100&sort=-size&cursor=-size.{}.0-0", 1_000 + spread(number))
            }),
        ),
        Question::new(
            "any of 10 000 facets",
            "",
            (0..many).map(|number| format!("/listings/facets?min-size={}", 1_000 + spread(number))),
        ),
        Question::new("search, one text", SEARCH_GOAL, ["/listings/?limit=10&q=rainfall%20oslo".to_owned()]),
        Question::new("search, any of 1 000 texts", SEARCH_GOAL, searches(1_000)),
        Question::new("search, any of 100 000 texts", SEARCH_GOAL, searches(100_000)),
    ];
    if size <= MAX_WHOLE {
        questions.push(Question {
            connections: 1,
            long: LONG,
            ..Question::new("all listings", "≥ 300 MB/s, first byte ≤ 5 ms", ["/listings/".to_owned()])
        });
    }
    questions
}

async fn ask(results: &mut Results, market: &Market, question: &Question, effort: Effort) {
    let first = market.get(&question.paths[0]).await;
    let etag = first.headers().get("etag").map(|etag| etag.to_str().unwrap().to_owned());
    let body = first.bytes().await.unwrap();
    let mut target = Target::of_many(market.address(), question.paths.iter().cloned());
    let reference = match question.known {
        true => {
            target = target.with_header("If-None-Match", &etag.expect("it has an entity tag"));
            Reference::not_modified().await
        }
        false => Reference::from_memory(&body).await,
    };
    let length = effort.round * question.long;
    let round = Round { connections: question.connections, length, cut: false };
    let comparison = compare(&target, &reference.target, round, effort.rounds).await;
    let listings = market.made_up.listings;
    let measured = Measured { listings, question: question.text, goal: question.goal, comparison };
    println!("{measured}");
    results.measured.push(measured);
}

fn start_figures(results: &mut Results, size: u64, first: &FirstStart) {
    let FirstStart { rows_written, caught_up, complete, logs } = first;
    println!("  rows written in {rows_written:.1?}");
    results.add(size, LOGS, *logs as f64, "");
    results.add(size, CATCH_UP, caught_up.as_secs_f64(), "");
    results.add(size, "catching up from genesis, logs/s", *logs as f64 / caught_up.as_secs_f64(), "");
    results.add(size, "lists and search complete after, s", complete.as_secs_f64(), "");
}

async fn process_figures(results: &mut Results, market: &mut Market, effort: Effort) {
    let size = market.made_up.listings;
    let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let (resident, anonymous) = market.memory();
    results.add(size, MEMORY, mebibytes(resident), "≤ 250 with 1 000 000");
    results.add(size, "of it not files, MiB", mebibytes(anonymous), "");
    let (mut ready, mut listed) = (Vec::new(), Vec::new());
    for _ in 0..effort.restarts {
        let (until_ready, until_listed) = market.restart().await;
        ready.push(until_ready.as_secs_f64() * 1e3);
        listed.push(until_listed.as_secs_f64() * 1e3);
    }
    results.add(size, "restart until ready, ms", median(ready), "≤ 300 with 10 000, ≤ 2 000 with 1 000 000");
    results.add(size, "restart until lists and search answer, ms", median(listed), "");
    let load = market.idle_load(effort.idle).await;
    results.add(size, "idle, % of a core", load * 100.0, "≤ 0.5");
    let (resident, anonymous) = market.memory();
    results.add(size, IDLE_MEMORY, mebibytes(resident), "≤ 40 with no listings");
    results.add(size, "of the idle memory not files, MiB", mebibytes(anonymous), "");
}

/// Logs that can be read from the node per second, if nothing is done with them.
async fn reading_speed(market: &Market) -> f64 {
    let reader = chain::open(&market.settings.chain).unwrap();
    let (mut follower, mut cursor, mut read) = (Follower::new(), Cursor::new(0), 0);
    let begun = Instant::now();
    while read < LOGS_READ
        && let Some(update) = follower.next(reader.as_ref(), &cursor).await.unwrap()
    {
        cursor.advance(&update);
        if let Update::Apply { logs, .. } = update {
            read += logs.len();
        }
    }
    read as f64 / begun.elapsed().as_secs_f64()
}

/// Logs that the index takes in per second, from updates that are fetched already.
async fn index_speed(market: &Market) -> f64 {
    let settings = &market.settings.chain;
    let reader = chain::open(settings).unwrap();
    let head = market.made_up.head();
    let mut updates = Vec::new();
    for number in 0..UPDATES {
        let from = number * UPDATE_BLOCKS;
        if from > head {
            break;
        }
        let to = head.min(from + UPDATE_BLOCKS - 1);
        let (logs, blocks) = (reader.logs(from, to).await.unwrap(), reader.blocks(to, to).await.unwrap());
        updates.push(Update::Apply { blocks, from, to, logs });
    }
    let directory = tempfile::TempDir::new().unwrap();
    let identity = Identity { chain_id: settings.chain_id, genesis_block: 0, contracts: &settings.contracts };
    let index = Index::open(&directory.path().join("index.redb"), &identity).unwrap();
    let begun = Instant::now();
    let mut logs = 0;
    for update in &updates {
        index.apply(update).unwrap();
        if let Update::Apply { logs: applied, .. } = update {
            logs += applied.len();
        }
    }
    logs as f64 / begun.elapsed().as_secs_f64()
}
