//! `capi manual`: completions and manual pages, for packages.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Command, Subcommand};
use clap_complete::Shell;

#[derive(clap::Args)]
pub(super) struct ManualArgs {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Subcommand)]
enum Kind {
    /// Print a shell's completions
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write a manual page for each command
    Pages {
        /// Directory to write the pages to
        directory: PathBuf,
    },
}

pub(super) fn run(args: ManualArgs, mut program: Command) -> anyhow::Result<()> {
    match args.kind {
        Kind::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut program, "capi", &mut script);
            super::output::write(&script)
        }
        Kind::Pages { directory } => std::fs::create_dir_all(&directory)
            .and_then(|()| clap_mangen::generate_to(program, &directory))
            .with_context(|| format!("cannot write to {}", directory.display())),
    }
}
