//! What the process was started with.

use std::collections::BTreeMap;
use std::io::{IsTerminal, stderr};

use super::output;
use crate::config::{Layers, SettingsError};

/// The layers of settings of this process, with `changes` in place of what the environment says of the same
/// variables. Warnings about variables that nobody reads go to the standard error output.
pub fn layers(changes: impl IntoIterator<Item = (String, String)>) -> Result<Layers, SettingsError> {
    let mut environment = environment();
    environment.extend(changes);
    let layers = Layers::new(environment, stderr().is_terminal())?;
    for warning in layers.warnings() {
        output::complain(&format!("warning: {warning}"));
    }
    Ok(layers)
}

/// The variables of this process. What is not Unicode is kept with replacement characters, so that it is refused
/// where it is used and nowhere else.
fn environment() -> BTreeMap<String, String> {
    let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect()
}
