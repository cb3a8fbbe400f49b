//! Writes what was measured into docs/performance.md, with a plot.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::path::{Path, PathBuf};

use crate::pairs::Comparison;
use crate::plot;

const BEGIN: &str = "<!-- measured: `make bench` writes from here -->\n";
const END: &str = "<!-- measured: to here -->\n";

/// The answer to a question about a market of that size.
pub struct Measured {
    pub listings: u64,
    pub question: &'static str,
    pub goal: &'static str,
    pub comparison: Comparison,
}

/// A figure of the process; of any market where there are 0 listings.
pub struct Figure {
    pub listings: u64,
    pub name: &'static str,
    pub value: f64,
    pub goal: &'static str,
}

/// A name, its goal, and the values for each size.
type Row = (&'static str, &'static str, BTreeMap<u64, Vec<f64>>);

#[derive(Default)]
pub struct Report {
    pub measured: Vec<Measured>,
    pub figures: Vec<Figure>,
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} listings, goal: {})\n{}", self.question, self.listings, self.goal, self.comparison)
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  {}: {:.1} (goal: {})", self.name, self.value, self.goal)
    }
}

impl Report {
    /// Replaces what an earlier run wrote.
    pub fn publish(&self) {
        replace_measured("performance.md", &self.markdown());
        let plots = docs().join("images");
        std::fs::create_dir_all(&plots).unwrap();
        std::fs::write(plots.join("requests.svg"), plot::requests(&self.measured)).unwrap();
    }

    fn markdown(&self) -> String {
        let mut text = circumstances("the load generator and the made-up chain node");
        text.push_str("| listings | question | requests/s | bare | ratio | p99 | bare p99 | goal |\n");
        text.push_str("|---|---|---|---|---|---|---|---|\n");
        for Measured { listings, question, goal, comparison } in &self.measured {
            let Comparison { capi, reference, ratios: [least, median, most] } = comparison;
            let megabytes = match question.starts_with("all") {
                true => format!(" ({:.0} MB/s, first byte {:.1?})", capi.bytes / 1e6, capi.first_byte),
                false => String::new(),
            };
            writeln!(
                text,
                "| {} | {question} | {}{megabytes} | {} | {median:.2} ({least:.2}–{most:.2}) | {:.2?} | {:.2?} | {goal} |",
                grouped(*listings),
                rate(capi.requests),
                rate(reference.requests),
                capi.p99,
                reference.p99
            )
            .unwrap();
        }
        text.push_str("\n![Requests per second against the number of listings](images/requests.svg)\n\n");
        text.push_str(&self.figures_by_size());
        text.push('\n');
        text
    }

    /// A row for each figure, a column for each size.
    fn figures_by_size(&self) -> String {
        let mut sizes: Vec<u64> = self.figures.iter().map(|figure| figure.listings).collect();
        sizes.sort_unstable();
        sizes.dedup();
        sizes.retain(|size| *size > 0);
        let mut rows: Vec<Row> = Vec::new();
        for figure in &self.figures {
            match rows.iter_mut().find(|(name, ..)| *name == figure.name) {
                Some((_, _, values)) => values.entry(figure.listings).or_default().push(figure.value),
                None => {
                    let values = BTreeMap::from([(figure.listings, vec![figure.value])]);
                    rows.push((figure.name, figure.goal, values));
                }
            }
        }
        let titles: String = sizes.iter().map(|size| format!(" {} listings |", grouped(*size))).collect();
        let mut text = format!("| figure |{titles} goal |\n|---|{}---|\n", "---|".repeat(sizes.len()));
        for (name, goal, values) in rows {
            let cells: String = sizes
                .iter()
                .map(|size| {
                    let values = values.get(size).or(values.get(&0)).into_iter().flatten();
                    let values: Vec<String> = values.map(|value| rate(*value)).collect();
                    format!(" {} |", values.join(", "))
                })
                .collect();
            writeln!(text, "| {name} |{cells} {goal} |").unwrap();
        }
        text
    }
}

/// Replaces what an earlier run wrote into a page of the documentation.
pub fn replace_measured(page: &str, measured: &str) {
    let page = docs().join(page);
    let text = std::fs::read_to_string(&page).unwrap();
    let (before, rest) = text.split_once(BEGIN).expect("the page has a place for what is measured");
    let (_, after) = rest.split_once(END).expect("that place has an end");
    std::fs::write(&page, format!("{before}{BEGIN}{measured}{END}{after}")).unwrap();
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
fn rate(value: f64) -> String {
    if value < 100.0 { format!("{value:.1}") } else { grouped(value.round() as u64) }
}

/// In groups of three digits.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| str::from_utf8(group).unwrap()).collect();
    groups.join(" ")
}
