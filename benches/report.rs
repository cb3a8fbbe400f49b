//! Writes what was measured into the documentation, with plots.

use std::path::{Path, PathBuf};

use crate::pairs::{ROUNDS, rounds};
use crate::plot::Plot;

const BEGIN: &str = "<!-- measured: `make bench` writes from here -->\n";
const END: &str = "<!-- measured: to here -->\n";

/// What a section measured.
#[derive(Default)]
pub struct Report {
    /// As Markdown.
    pub text: String,
    /// By the names of their files.
    pub plots: Vec<(&'static str, Plot)>,
}

impl Report {
    /// Replaces what an earlier run wrote into the section's place in docs/performance.md, unless this one was too short.
    pub fn publish(self, section: &str) {
        if rounds() < ROUNDS {
            println!("not written to docs/performance.md: {} rounds are too few", rounds());
            return;
        }
        let begin = format!("<!-- measured: `make bench ONLY={section}` writes from here -->\n");
        replace("performance.md", &begin, &self.text);
        for (name, plot) in self.plots {
            std::fs::write(docs().join("images").join(name), plot.svg()).unwrap();
        }
    }
}

/// Replaces what an earlier run wrote into a page of the documentation.
pub fn replace_measured(page: &str, measured: &str) {
    replace(page, BEGIN, measured);
}

fn replace(page: &str, begin: &str, measured: &str) {
    let page = docs().join(page);
    let text = std::fs::read_to_string(&page).unwrap();
    let (before, rest) = text.split_once(begin).expect("the page has a place for what is measured");
    let (_, after) = rest.split_once(END).expect("that place has an end");
    std::fs::write(&page, format!("{before}{begin}{measured}{END}{after}")).unwrap();
    println!("written to {}", page.display());
}

/// A paragraph about the machine. `others` are the programs beside the server.
pub fn circumstances(others: &str) -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').nth(2).unwrap_or("unknown").to_owned();
    format!(
        "\nMeasured on {cores} cores, which the server shares with {others}. The machine's load average over the last 15 \
         minutes was {load}.\n\n"
    )
}

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}

/// With one decimal place where it says something.
pub fn rate(value: f64) -> String {
    if value < 100.0 { format!("{value:.1}") } else { grouped(value.round() as u64) }
}

/// In groups of three digits.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| str::from_utf8(group).unwrap()).collect();
    groups.join(" ")
}
