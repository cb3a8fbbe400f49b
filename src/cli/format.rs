//! Values as people read them.

use std::env;
use std::path::Path;

use unicode_width::UnicodeWidthStr;

use crate::domain::clock::SystemClock;
use crate::domain::{Amount, Clock, Hash, Timestamp};

/// A size such as `1.2 MB`, exact if it is small.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let (mut value, mut unit) = (bytes as f64 / 1000.0, 0);
    while value >= 999.95 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// The distance of a time, in Unix seconds, from `now`: `in 3 min`, `2 h ago`.
pub(super) fn age(time: u64, now: u64) -> String {
    let text = |seconds: u64| match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..86_400 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    };
    if time > now { format!("in {}", text(time - now)) } else { format!("{} ago", text(now - time)) }
}

/// The wall clock, in Unix seconds.
pub(super) fn now() -> u64 {
    SystemClock.now().seconds()
}

/// A time, in Unix seconds, to the second.
pub(super) fn time(seconds: u64) -> String {
    Timestamp::from_seconds(seconds).to_string().replace(".000Z", "Z")
}

pub(super) fn cmt(wei: Amount) -> String {
    format!("{} CMT", wei.to_ether())
}

pub(super) fn cet(wei: Amount) -> String {
    format!("{} CET", wei.to_ether())
}

/// A hash in a table column, shortened but distinguishable.
pub(super) fn short(hash: Hash) -> String {
    let text = hash.to_string();
    format!("{}…{}", &text[..10], &text[text.len() - 4..])
}

/// Untrusted text without terminal control characters.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || is_direction(c) { ' ' } else { c }).collect()
}

/// Characters that change the direction of the text after them.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Columns with a header, as narrow as possible.
pub(super) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let header: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
    let lines = || std::iter::once(&header).chain(rows);
    let width = |column: usize| lines().map(|line| line[column].width()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let line = |cells: &Vec<String>| {
        let padded = |(cell, width): (&String, &usize)| format!("{cell}{}", " ".repeat(width - cell.width()));
        let text: Vec<String> = cells.iter().zip(&widths).map(padded).collect();
        text.join("  ").trim_end().to_owned()
    };
    lines().map(line).collect::<Vec<_>>().join("\n")
}

/// This program as a command to type: its name if it is in PATH, else the path it was started with.
pub(super) fn program() -> String {
    let started = env::args_os().next().unwrap_or_default().to_string_lossy().into_owned();
    if started.is_empty() || !started.contains('/') || is_on_path(&started) {
        return "capi".to_owned();
    }
    let safe = |c: char| c.is_ascii_alphanumeric() || "/._-+".contains(c);
    if started.chars().all(safe) { started } else { format!("'{}'", started.replace('\'', r"'\''")) }
}

fn is_on_path(started: &str) -> bool {
    let Ok(started) = Path::new(started).canonicalize() else { return false };
    let path = env::var_os("PATH").unwrap_or_default();
    let first = env::split_paths(&path).map(|directory| directory.join("capi")).find(|file| file.is_file());
    first.and_then(|file| file.canonicalize().ok()) == Some(started)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_ages_are_short() {
        for (bytes, text) in
            [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_990, "1.0 MB"), (1_250_000, "1.2 MB")]
        {
            assert_eq!(size(bytes), text);
        }
        for (time, text) in [(100, "0 s ago"), (40, "1 min ago"), (100 + 7200, "in 2 h")] {
            assert_eq!(age(time, 100), text);
        }
        assert_eq!(time(0), "1970-01-01T00:00:00Z");
    }

    #[test]
    fn columns_are_aligned_by_what_is_seen() {
        let rows = [vec!["天気".to_owned(), "1".to_owned()], vec!["rain".to_owned(), "22".to_owned()]];
        assert_eq!(table(&["title", "n"], &rows), "title  n\n天気   1\nrain   22");
        assert_eq!(plain("a\u{1b}[1m\u{202e}b"), "a [1m b");
    }
}
