//! Secrets from files (`CAPI_<SETTING>_FILE`), as systemd, Docker and Kubernetes provide them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;

use super::error::quoted;
use super::parse::given;
use super::setting::{Definition, Display};
use super::{SettingsError, definitions};

/// A larger file is not a secret but was named by mistake.
const MAX_BYTES: u64 = 64 * 1024;

/// The settings that may be in files: secrets, and addresses, which often contain access keys.
pub(super) fn allowed() -> impl Iterator<Item = &'static dyn Definition> {
    definitions().filter(|setting| setting.display() != Display::Whole)
}

/// The variable that names a setting's file.
pub(super) fn variable(setting: &dyn Definition) -> String {
    format!("{}_FILE", setting.variable())
}

/// The contents of the files that the environment names, by setting name.
pub(super) fn read(
    environment: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, SettingsError> {
    let mut values = BTreeMap::new();
    for setting in allowed() {
        let variable = variable(setting);
        let Some(path) = given(environment, &variable) else { continue };
        let refused = |reason: String| SettingsError::SecretFile { variable: variable.clone(), reason };
        if given(environment, &setting.variable()).is_some() {
            return Err(refused(format!("{} is also set: set only one of them", setting.variable())));
        }
        let text = content(&path).map_err(|reason| {
            // The value may be the secret itself, given by mistake instead of its file.
            refused(format!("the file {} {reason}", quoted(Display::Whole, &path)))
        })?;
        values.insert(setting.name().to_owned(), text);
    }
    Ok(values)
}

fn content(path: &str) -> Result<String, String> {
    let file = File::open(path).map_err(|error| format!("cannot be read: {error}"))?;
    let mut text = String::new();
    match file.take(MAX_BYTES + 1).read_to_string(&mut text) {
        Err(error) => Err(format!("cannot be read: {error}")),
        Ok(read) if read as u64 > MAX_BYTES => Err(format!("has more than {MAX_BYTES} bytes")),
        Ok(_) if text.trim().is_empty() => Err("is empty".to_owned()),
        Ok(_) => Ok(text),
    }
}
