//! Output to the program's caller. A reader that has stopped reading, as in `capi … | head -1`, ends a command quietly.

use std::io::{self, IsTerminal, Write};

use anyhow::Context;
use serde::Serialize;

use super::error::Stopped;

/// The reader has closed standard output.
#[derive(Debug, thiserror::Error)]
#[error("standard output is closed")]
pub(super) struct Closed;

/// Writes one or more lines to standard output.
pub(super) fn print(text: &str) -> anyhow::Result<()> {
    write(format!("{text}\n").as_bytes())
}

/// Writes raw bytes to standard output.
pub(super) fn write(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Closed.into()),
        other => other.context("cannot write to standard output"),
    }
}

/// Copies a file to standard output.
pub(super) fn copy(file: &mut std::fs::File) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match io::copy(file, &mut out).and_then(|_| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Closed.into()),
        other => other.context("cannot write to standard output"),
    }
}

/// Writes a line to standard error.
pub(super) fn error_line(line: &str) {
    // If even this fails, there is no way to report it.
    let _ = writeln!(io::stderr(), "capi: {line}");
}

/// How to show a command's result.
#[derive(clap::Args, Clone, Copy)]
pub(super) struct Output {
    /// Print one line of JSON instead of text
    #[arg(long, global = true)]
    pub json: bool,
    /// Show every cause of an error
    #[arg(long, short, global = true)]
    pub verbose: bool,
    /// A file goes to standard output.
    #[arg(skip)]
    quiet: bool,
}

impl Output {
    /// A sentence or table for people.
    pub(super) fn text(self, text: &str) -> anyhow::Result<()> {
        if self.json || self.quiet { Ok(()) } else { print(text.trim_end()) }
    }

    /// Prints only what the command itself writes.
    pub(super) fn quiet(self) -> Self {
        Output { quiet: true, ..self }
    }

    /// A name and a value for people, in columns.
    pub(super) fn field(self, name: &str, value: impl std::fmt::Display) -> anyhow::Result<()> {
        self.text(&format!("{name:13}{value}"))
    }

    /// The result for programs.
    pub(super) fn json(self, outcome: &impl Serialize) -> anyhow::Result<()> {
        if self.json && !self.quiet { print(&serde_json::to_string(outcome)?) } else { Ok(()) }
    }

    /// A progress note, shown if a person may be waiting.
    pub(super) fn note(self, text: &str) {
        if !self.json {
            error_line(text);
        }
    }
}

/// Asks for confirmation. Without a terminal and without `yes`, it is refused.
pub(super) fn confirm(question: &str, yes: bool) -> anyhow::Result<()> {
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(Stopped(format!("{question} Add --yes to confirm.")).into());
    }
    let mut err = io::stderr();
    write!(err, "{question} [y/N] ").and_then(|()| err.flush())?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    if matches!(answer.trim(), "y" | "Y" | "yes") {
        Ok(())
    } else {
        Err(Stopped("nothing was done".into()).into())
    }
}
