//! Writing to whoever started the program. A reader that has gone away, as in `capi … | head -1`, ends a command
//! quietly.

use std::io::{self, Write};

use anyhow::Context;
use serde::Serialize;

/// Nobody reads the standard output any more.
#[derive(Debug, thiserror::Error)]
#[error("the standard output is closed")]
pub(super) struct Closed;

/// Writes a line, or several, to the standard output.
pub(super) fn print(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Closed.into()),
        other => other.context("the standard output cannot be written"),
    }
}

/// Writes a line of ours to the standard error output.
pub(super) fn error_line(line: &str) {
    // Where even this cannot be written nobody can be told.
    let _ = writeln!(io::stderr(), "capi: {line}");
}

/// Tells what a command does, to a person or to a program.
#[derive(Clone, Copy)]
pub(super) struct Report {
    /// For a program: one line of JSON.
    pub json: bool,
}

impl Report {
    /// A sentence or table for a person.
    pub(super) fn say(self, text: &str) -> anyhow::Result<()> {
        if self.json { Ok(()) } else { print(text) }
    }

    /// The outcome for a program.
    pub(super) fn line(self, outcome: &impl Serialize) -> anyhow::Result<()> {
        if self.json { print(&serde_json::to_string(outcome)?) } else { Ok(()) }
    }
}
