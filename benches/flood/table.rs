//! The table in docs/security.md.

use std::fmt::Write;
use std::time::Duration;

use super::Measured;
use crate::report::{circumstances, grouped};

pub(super) fn markdown(all: &[Measured], length: Duration) -> String {
    let mut text = circumstances("the floods, the honest parties and the chain node");
    writeln!(
        text,
        "Each flood lasted {} s. In brackets: how many times the quiet p99, and the answers by status.\n",
        length.as_secs()
    )
    .unwrap();
    text.push_str(
        "| flood | requests/s | read p99 | bare read p99 | download p99 | charge p99 | upload p99 | failed | memory, at most | disk | recovered after |\n",
    );
    text.push_str("|---|---|---|---|---|---|---|---|---|---|---|\n");
    let Some(quiet) = all.first() else { return text };
    for measured in all {
        let Measured { name, honest, memory, disk, .. } = measured;
        let of = |pick: fn(&Measured) -> Duration| compared(pick(measured), pick(quiet));
        writeln!(
            text,
            "| {name} | {} | {} | {} | {} | {} | {} | {} | {} MiB | {} MiB | {} |",
            answers(measured, length),
            of(|of| of.honest.reads.p99()),
            of(|of| of.bare.p99()),
            of(|of| of.honest.downloads.p99()),
            of(|of| of.honest.settlements.p99()),
            of(|of| of.honest.uploads.p99()),
            honest.failures,
            memory >> 20,
            disk >> 20,
            recovered(measured)
        )
        .unwrap();
    }
    text.push('\n');
    text
}

/// A line for whoever watches.
pub(super) fn line(measured: &Measured, quiet: &Measured) -> String {
    format!(
        "{}: read {} (bare {}), download {}, charge {}, upload {}, {} failed, {} MiB",
        measured.name,
        compared(measured.honest.reads.p99(), quiet.honest.reads.p99()),
        compared(measured.bare.p99(), quiet.bare.p99()),
        compared(measured.honest.downloads.p99(), quiet.honest.downloads.p99()),
        compared(measured.honest.settlements.p99(), quiet.honest.settlements.p99()),
        compared(measured.honest.uploads.p99(), quiet.honest.uploads.p99()),
        measured.honest.failures,
        measured.memory >> 20
    )
}

fn compared(time: Duration, quiet: Duration) -> String {
    let ratio = time.as_secs_f64() / quiet.as_secs_f64().max(f64::MIN_POSITIVE);
    format!("{:.1} ms ({ratio:.1}×)", time.as_secs_f64() * 1e3)
}

/// The rate, and the share of each status.
fn answers(measured: &Measured, length: Duration) -> String {
    let sent = &measured.sent;
    let total: u64 = sent.answers.values().sum();
    let rate = (total + sent.closed) as f64 / length.as_secs_f64();
    let mut parts: Vec<String> =
        sent.answers.iter().map(|(status, count)| format!("{status}: {}", grouped(*count))).collect();
    if sent.closed > 0 {
        parts.push(format!("closed: {}", grouped(sent.closed)));
    }
    if parts.is_empty() {
        "0".to_owned()
    } else {
        format!("{} ({})", grouped(rate.round() as u64), parts.join(", "))
    }
}

fn recovered(measured: &Measured) -> String {
    match measured.recovery {
        Some(time) => format!("{:.1} s", time.as_secs_f64()),
        None if measured.sent.answers.is_empty() && measured.sent.closed == 0 => String::new(),
        None => "not in time".to_owned(),
    }
}
