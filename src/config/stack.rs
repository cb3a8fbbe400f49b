//! The stack file: what is known of each stack, under the names of the settings in lower case.

use std::collections::BTreeMap;

use super::SettingsError;
use super::layers::nearest;
use super::setting::{Definition, Display};

const BUILT_IN: &str = include_str!("../../stacks.yml");

/// The stacks by name; each a map from setting names (`RPC_PATH`) to values.
#[derive(Debug, Clone)]
pub struct StackFile {
    /// For messages: where the file comes from.
    pub label: String,
    pub stacks: BTreeMap<String, BTreeMap<String, String>>,
}

impl StackFile {
    /// Reads the built-in file, or the one at `path`. Unknown and misspelt names are refused.
    pub fn read(path: Option<&str>) -> Result<Self, SettingsError> {
        match path {
            None => Self::parse("the built-in stack file".into(), BUILT_IN),
            Some(path) => {
                let label = format!("the stack file {path} (CAPI_STACKS_FILE)");
                let text = std::fs::read_to_string(path)
                    .map_err(|error| broken(&label, format!("cannot be read: {error}")))?;
                Self::parse(label, &text)
            }
        }
    }

    fn parse(label: String, text: &str) -> Result<Self, SettingsError> {
        let raw: BTreeMap<String, BTreeMap<String, String>> = serde_saphyr::from_str(text)
            // A snippet would show values, and break the line.
            .map_err(|error| broken(&label, error.without_snippet().to_string().replace('\n', " ")))?;
        let mut stacks = BTreeMap::new();
        for (stack, entries) in raw {
            let mut values = BTreeMap::new();
            for (key, value) in entries {
                values.insert(setting_name(&label, &stack, &key)?, value);
            }
            stacks.insert(stack, values);
        }
        Ok(StackFile { label, stacks })
    }
}

fn setting_name(label: &str, stack: &str, key: &str) -> Result<String, SettingsError> {
    let names: Vec<String> = stack_settings().map(|setting| setting.name().to_lowercase()).collect();
    if names.iter().any(|name| name == key) {
        return Ok(key.to_uppercase());
    }
    let secret = super::definitions()
        .any(|setting| setting.display() == Display::Secret && setting.name().eq_ignore_ascii_case(key));
    let reason = if secret {
        "is a secret, which does not belong in this file".to_owned()
    } else {
        match nearest(key, names.iter().map(String::as_str)) {
            Some(name) => format!("is not a setting; did you mean `{name}`?"),
            None => "is not a setting".to_owned(),
        }
    };
    Err(broken(label, format!("`{key}` of the stack {stack} {reason}")))
}

/// The settings that may stand in a stack file: all but secrets and those that choose the stack.
pub fn stack_settings() -> impl Iterator<Item = &'static dyn Definition> {
    super::definitions().filter(|setting| {
        setting.display() != Display::Secret && !matches!(setting.name(), "STACK" | "STACKS_FILE")
    })
}

fn broken(label: &str, reason: String) -> SettingsError {
    SettingsError::StackFile { file: label.to_owned(), reason }
}
