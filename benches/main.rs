//! Measured comparisons, one file per question: `make bench`, or `cargo bench -- downloads`.

#![allow(unreachable_pub, reason = "a program of its own: nothing outside can reach its helpers")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test ends at the first thing that is not as expected"
)]

mod downloads;
mod flood;
mod load;
mod made_up;
mod pairs;
mod plot;
mod reference;
mod report;
mod scale;
mod settlement;
#[path = "../tests/it/support/mod.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod support;
mod usage;

fn main() {
    reference::serve_if_asked();
    flood::attack_if_asked();
    let named: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let wanted = |question: &str| named.is_empty() || named.iter().any(|name| name == question);
    tokio::runtime::Runtime::new().expect("there are threads").block_on(async {
        if wanted("downloads") {
            downloads::measure().await;
        }
        if wanted("scale") {
            scale::measure().await;
        }
        if wanted("settlement") {
            settlement::measure().await;
        }
        // It takes a quarter of an hour.
        if named.iter().any(|name| name == "flood") {
            flood::measure().await;
        }
    });
}
