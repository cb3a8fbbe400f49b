//! Errors, as one line and as an exit code.

use std::error::Error;
use std::process::ExitCode;

use crate::client::{ChainError, ClientError};
use crate::config::SettingsError;

/// A required input is missing or wrong.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Usage(pub String);

/// A command that stopped before it sent or paid anything, because its caller did not confirm.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Stopped(pub String);

/// What to do about an error, shown without its causes.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Advice(pub String);

pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0  success
  1  refused or failed
  2  wrong usage, or a missing or invalid setting
  3  the server or a chain node is unreachable: try again later
  4  stopped before anything was sent or paid: not confirmed, or the price is above --max-price";

pub(super) fn exit_code(error: &anyhow::Error) -> ExitCode {
    let any = |test: fn(&(dyn Error + 'static)) -> bool| error.chain().any(test);
    if any(|cause| cause.is::<SettingsError>() || cause.is::<Usage>()) {
        ExitCode::from(2)
    } else if any(is_out_of_reach) {
        ExitCode::from(3)
    } else if any(<dyn Error + 'static>::is::<Stopped>) {
        ExitCode::from(4)
    } else {
        ExitCode::from(1)
    }
}

/// Whether the cause is an unreachable server or node.
pub(super) fn is_out_of_reach(cause: &(dyn Error + 'static)) -> bool {
    matches!(
        cause.downcast_ref(),
        Some(ClientError::Unreachable { .. } | ClientError::Chain(ChainError::Unavailable(_)))
    ) || matches!(cause.downcast_ref(), Some(ChainError::Unavailable(_)))
}

/// The error and its root cause in one line, with everything in between if `verbose`.
pub(super) fn describe(error: &anyhow::Error, verbose: bool) -> String {
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    let shown: Vec<&String> = match &causes[..] {
        all if verbose => all.iter().collect(),
        [first, ..] if error.is::<Advice>() => vec![first],
        [first, .., last] => vec![first, last],
        all => all.iter().collect(),
    };
    let mut line = String::new();
    for text in shown {
        // Many errors repeat their cause.
        if !line.contains(text) {
            line += if line.is_empty() { "" } else { ": " };
            line += text;
        }
    }
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn an_error_is_one_line_and_its_causes_are_told_on_request() {
        let error = anyhow!("no such\nfile").context("reading").context("the key cannot be used");
        assert_eq!(describe(&error, false), "the key cannot be used: no such file");
        assert_eq!(describe(&error, true), "the key cannot be used: reading: no such file");
        let error = error.context(Advice("name another key".into()));
        assert_eq!(describe(&error, false), "name another key");
    }

    #[test]
    fn a_cause_that_was_told_is_not_told_again() {
        let error = anyhow!("closed").context("the line is closed");
        assert_eq!(describe(&error, false), "the line is closed");
    }
}
