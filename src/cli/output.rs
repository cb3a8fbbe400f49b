//! Writing to whoever started the program. A reader that has gone away, as in `capi … | head -1`, ends a command
//! quietly.

use std::io::{self, Write};

use anyhow::Context;

/// Nobody reads the standard output any more.
#[derive(Debug, thiserror::Error)]
#[error("the standard output is closed")]
pub struct Closed;

/// Writes a line, or several, to the standard output.
pub fn print(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Closed.into()),
        other => other.context("the standard output cannot be written"),
    }
}

/// Writes a line of ours to the standard error output.
pub fn complain(line: &str) {
    // Where even this cannot be written nobody can be told.
    let _ = writeln!(io::stderr(), "capi: {line}");
}
