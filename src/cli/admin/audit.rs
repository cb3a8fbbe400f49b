//! `capi admin audit`: checks the audit trail in a server's JSON log.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Subcommand;

use crate::cli::output::Output;
use crate::service::audit;

#[derive(clap::Args)]
pub(super) struct AuditArgs {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Check that no entry is missing or was changed
    #[command(after_help = "Example:\n  capi admin audit verify /var/log/capi.json")]
    Verify {
        /// The JSON log of one or more servers [default: standard input]
        log: Option<PathBuf>,
    },
}

pub(super) fn run(args: AuditArgs, output: Output) -> anyhow::Result<()> {
    let AuditCommand::Verify { log } = args.command;
    let reader: Box<dyn BufRead> = match &log {
        Some(path) => Box::new(BufReader::new(
            File::open(path).with_context(|| format!("cannot read {}", path.display()))?,
        )),
        None => Box::new(io::stdin().lock()),
    };
    // A line that is not text is not an entry.
    let lines = reader.split(b'\n').map_while(Result::ok).filter_map(|line| String::from_utf8(line).ok());
    let verdicts = audit::verify(lines);
    output.json(&verdicts)?;
    for (process, verdict) in &verdicts {
        output.text(&format!("process {process}: {} entries", verdict.entries))?;
        for fault in &verdict.faults {
            output.text(&format!("  {fault}"))?;
        }
    }
    if verdicts.is_empty() {
        bail!("the log has no audit entries");
    }
    if verdicts.values().any(|verdict| !verdict.faults.is_empty()) {
        bail!("the audit trail is incomplete or was changed");
    }
    Ok(())
}
