//! The tables and plots of what markets of several sizes cost.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use crate::pairs::Comparison;
use crate::plot::Plot;
use crate::report::{Report, circumstances, grouped, rate};

pub(super) const CATCH_UP: &str = "catching up from genesis, s";
pub(super) const LOGS: &str = "logs";
pub(super) const MEMORY: &str = "memory after the load, MiB";
pub(super) const IDLE_MEMORY: &str = "idle memory, MiB";

/// The answer to a question about a market of that size.
pub(super) struct Measured {
    pub(super) listings: u64,
    pub(super) question: &'static str,
    pub(super) goal: &'static str,
    pub(super) comparison: Comparison,
}

/// A figure of the process; of any market where there are 0 listings.
pub(super) struct Figure {
    pub(super) listings: u64,
    pub(super) name: &'static str,
    pub(super) value: f64,
    pub(super) goal: &'static str,
}

/// A name, its goal, and the values for each size.
type Row = (&'static str, &'static str, BTreeMap<u64, f64>);

#[derive(Default)]
pub(super) struct Results {
    pub(super) measured: Vec<Measured>,
    figures: Vec<Figure>,
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

impl Results {
    pub(super) fn add(&mut self, listings: u64, name: &'static str, value: f64, goal: &'static str) {
        let figure = Figure { listings, name, value, goal };
        println!("{figure}");
        self.figures.push(figure);
    }

    pub(super) fn report(&self) -> Report {
        let mut text = circumstances("the load generator and the made-up chain node");
        text.push_str(&self.answers());
        text.push_str("\n![Requests per second against the number of listings](images/requests.svg)\n\n");
        text.push_str(&self.figures_by_size());
        text.push_str(
            "\n![Memory against the number of listings](images/memory.svg)\n\n\
             ![Catch-up time against the number of logs](images/catch-up.svg)\n\n",
        );
        let plots = vec![
            ("requests.svg", self.requests()),
            ("memory.svg", self.memory()),
            ("catch-up.svg", self.catch_up()),
        ];
        Report { text, plots }
    }

    fn answers(&self) -> String {
        let mut text =
            "| listings | question | requests/s | bare | ratio | p99 | bare p99 | goal |\n".to_owned();
        text.push_str("|---|---|---|---|---|---|---|---|\n");
        for Measured { listings, question, goal, comparison } in &self.measured {
            let Comparison { capi, reference, ratio, .. } = comparison;
            let megabytes = match question.starts_with("all") {
                true => format!(" ({:.0} MB/s, first byte {:.1?})", capi.bytes / 1e6, capi.first_byte),
                false => String::new(),
            };
            writeln!(
                text,
                "| {} | {question} | {}{megabytes} | {} | {ratio} | {:.2?} | {:.2?} | {goal} |",
                grouped(*listings),
                rate(capi.requests),
                rate(reference.requests),
                capi.p99,
                reference.p99
            )
            .unwrap();
            if let Some(slower) = self.against_1_000(question, *listings, capi.requests) {
                writeln!(
                    text,
                    "| {} | its speed beside that with 1 000 listings | | | {slower:.2} | | | ≥ 0.80 |",
                    grouped(*listings)
                )
                .unwrap();
            }
        }
        text
    }

    /// How fast a page of a market of a million is beside the same page of a market of a thousand.
    fn against_1_000(&self, question: &str, listings: u64, requests: f64) -> Option<f64> {
        if listings < 1_000_000 || !question.contains("page") || question.starts_with("any") {
            return None;
        }
        let mut small = self.measured.iter().filter(|measured| measured.listings == 1_000);
        let small = small.find(|measured| measured.question == question)?;
        Some(requests / small.comparison.capi.requests)
    }

    /// A row for each figure, a column for each size.
    fn figures_by_size(&self) -> String {
        let mut sizes: Vec<u64> = self.figures.iter().map(|figure| figure.listings).collect();
        sizes.sort_unstable();
        sizes.dedup();
        sizes.retain(|size| *size > 0);
        let mut rows: Vec<Row> = Vec::new();
        for &Figure { listings, name, value, goal } in &self.figures {
            let row = rows.iter().position(|(known, ..)| *known == name).unwrap_or_else(|| {
                rows.push((name, goal, BTreeMap::new()));
                rows.len() - 1
            });
            rows[row].2.insert(listings, value);
        }
        let titles: String = sizes.iter().map(|size| format!(" {} listings |", grouped(*size))).collect();
        let mut text = format!("| figure |{titles} goal |\n|---|{}---|\n", "---|".repeat(sizes.len()));
        for (name, goal, values) in rows {
            let value = |size: &u64| values.get(size).or(values.get(&0)).map(|value| rate(*value));
            let cells: String =
                sizes.iter().map(|size| format!(" {} |", value(size).unwrap_or_default())).collect();
            writeln!(text, "| {name} |{cells} {goal} |").unwrap();
        }
        text
    }

    fn requests(&self) -> Plot {
        let mut plot = Plot::new("listings", "requests a second");
        for Measured { listings, question, comparison, .. } in &self.measured {
            let name = question.replace('`', "");
            let name = name.split(':').next().unwrap_or_default();
            plot.add(name, *listings as f64, comparison.capi.requests);
        }
        plot
    }

    fn memory(&self) -> Plot {
        let mut plot = Plot::new("listings", "MiB");
        for figure in &self.figures {
            if [MEMORY, IDLE_MEMORY].contains(&figure.name) {
                let name = figure.name.trim_end_matches(", MiB");
                plot.add(name, figure.listings as f64, figure.value);
            }
        }
        plot
    }

    fn catch_up(&self) -> Plot {
        let mut plot = Plot::new("logs", "seconds until caught up");
        let of = |name: &str, listings: u64| {
            let mut figures = self.figures.iter().filter(|figure| figure.name == name);
            figures.find(|figure| figure.listings == listings).map(|figure| figure.value)
        };
        for figure in self.figures.iter().filter(|figure| figure.name == LOGS) {
            if let Some(seconds) = of(CATCH_UP, figure.listings) {
                plot.add("from genesis", figure.value, seconds);
            }
        }
        plot
    }
}
