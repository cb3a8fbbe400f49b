//! `capi doctor`: tries out what a server with these settings needs.

use super::environment::{DevDirArgs, Environment, with_secret};
use super::error::Advice;
use super::output::Output;
use super::{block_on, format};
use crate::app::doctor::{self, Finding, Verdict};
use crate::config::{KeyKeeping, Settings};
use crate::domain::clock::SystemClock;

#[derive(clap::Args)]
#[command(after_help = "Example:\n  CAPI_STACK=mainnet capi doctor")]
pub(super) struct DoctorArgs {
    #[command(flatten)]
    dev: DevDirArgs,
}

pub(super) fn run(args: DoctorArgs, output: Output) -> anyhow::Result<()> {
    let layers = with_secret(Environment::find(&args.dev)?.layers)?;
    let settings = Settings::load(&layers, KeyKeeping::Forget, &SystemClock)?;
    let findings = block_on(async { Ok(doctor::examine(&settings, &SystemClock).await) })?;
    output.text(&table(&findings))?;
    output.json(&findings)?;
    match findings.iter().filter(|finding| finding.verdict == Verdict::Failed).count() {
        0 => Ok(()),
        count => Err(Advice(format!("{count} of {} checks failed", findings.len())).into()),
    }
}

fn table(findings: &[Finding]) -> String {
    let rows: Vec<Vec<String>> = findings.iter().map(row).collect();
    format::table(&["", "check", "found"], &rows)
}

fn row(finding: &Finding) -> Vec<String> {
    let verdict = match finding.verdict {
        Verdict::Ok => "ok",
        Verdict::Warning => "warning",
        Verdict::Failed => "FAILED",
    };
    vec![verdict.to_owned(), finding.subject.to_owned(), format::plain(&finding.detail)]
}
