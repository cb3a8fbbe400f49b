//! Finds the Ethereum node's program.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::bail;

const VARIABLE: &str = "CAPI_ANVIL";
/// The path in a checkout where `scripts/install-dev-tools` puts it.
const INSTALLED: &str = ".dev/bin/anvil";

/// The program named by the environment, else that of the current or the program's checkout, else any in PATH.
pub(super) fn find() -> anyhow::Result<PathBuf> {
    if let Some(named) = env::var_os(VARIABLE).filter(|named| !named.is_empty()) {
        let named = PathBuf::from(named);
        if named.is_file() {
            return Ok(named);
        }
        bail!("{VARIABLE}: no program at {}", named.display());
    }
    match in_checkout().or_else(on_path) {
        Some(found) => Ok(found),
        None => bail!(
            "the Ethereum node (anvil) is not installed: run scripts/install-dev-tools in the checkout, \
             or name the program in {VARIABLE}"
        ),
    }
}

fn in_checkout() -> Option<PathBuf> {
    let starts = [env::current_dir().ok(), env::current_exe().ok()];
    let above = |start: &PathBuf| start.ancestors().map(Path::to_owned).collect::<Vec<_>>();
    starts.iter().flatten().flat_map(above).map(|above| above.join(INSTALLED)).find(|file| file.is_file())
}

fn on_path() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|directory| directory.join("anvil")).find(|file| file.is_file())
}
