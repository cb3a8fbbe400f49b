//! Measured comparisons, one file per question: `make bench`, or `cargo bench -- downloads`.

#![allow(unreachable_pub, reason = "a program of its own: nothing outside can reach its helpers")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test ends at the first thing that is not as expected"
)]

mod downloads;
mod flood;
mod freshness;
mod large;
mod load;
mod made_up;
mod nginx;
mod pairs;
mod plot;
mod reference;
mod report;
mod scale;
mod settlement;
mod sign_in;
#[path = "../tests/it/support/mod.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod support;
mod uploads;
mod usage;

use std::time::{Duration, Instant};

use tokio::time::timeout;

/// What is measured unless sections are named.
const USUAL: [&str; 6] = ["downloads", "uploads", "sign-in", "freshness", "settlement", "scale"];
/// What is measured only if it is named: a part of what is usual, and what takes a quarter of an hour.
const NAMED: [&str; 2] = ["quick", "flood"];
/// The longest that a section may take.
const TIMEOUT: Duration = Duration::from_secs(60 * 60);

fn main() {
    reference::serve_if_asked();
    flood::attack_if_asked();
    let mut sections: Vec<String> = std::env::args().skip(1).filter(|name| !name.starts_with('-')).collect();
    if let Some(unknown) = sections.iter().find(|name| !USUAL.iter().chain(&NAMED).any(|known| known == name))
    {
        eprintln!("{unknown} is none of {}, {}", USUAL.join(", "), NAMED.join(", "));
        std::process::exit(2);
    }
    if sections.is_empty() {
        sections = USUAL.map(str::to_owned).to_vec();
    }
    rlimit::increase_nofile_limit(u64::MAX).expect("the limit of open files can be raised");
    tokio::runtime::Runtime::new().expect("there are threads").block_on(async {
        for section in sections {
            let begun = Instant::now();
            timeout(TIMEOUT, measure(&section)).await.expect("it ends in time");
            println!("{section} took {} s", begun.elapsed().as_secs());
        }
    });
}

async fn measure(section: &str) {
    match section {
        "downloads" => downloads::measure().await,
        "uploads" => uploads::measure().await,
        "sign-in" => sign_in::measure().await,
        "freshness" => freshness::measure().await,
        "settlement" => settlement::measure().await,
        "scale" => scale::measure().await,
        "quick" => scale::measure_quickly().await,
        _ => flood::measure().await,
    }
}
