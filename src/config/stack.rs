//! The stack file: each stack's settings under their names in lower case, and its AWS deployment parameters under
//! `deployment`.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use super::SettingsError;
use super::setting::{Definition, Display};
use crate::domain::nearest;

const BUILT_IN: &str = include_str!("../../stacks.yml");

/// The key for parameters of `cf_stack.yml` instead of a setting.
const DEPLOYMENT: &str = "deployment";

/// The stacks by name.
#[derive(Debug, Clone)]
pub struct StackFile {
    /// The file's origin, for messages.
    pub label: String,
    pub stacks: BTreeMap<String, Entry>,
}

/// One stack's entry.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// Values by setting name (`RPC_PATH`).
    pub settings: BTreeMap<String, String>,
    /// Values by template parameter.
    pub deployment: BTreeMap<String, String>,
}

impl StackFile {
    /// Reads the built-in file, or the one at `path`. Refuses unknown names.
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

    pub(super) fn parse(label: String, text: &str) -> Result<Self, SettingsError> {
        let raw: BTreeMap<String, Entry> = serde_saphyr::from_str(text)
            // A snippet would show values, and break the line.
            .map_err(|error| broken(&label, error.without_snippet().to_string().replace('\n', " ")))?;
        let mut stacks = BTreeMap::new();
        for (stack, Entry { settings: keys, deployment }) in raw {
            let mut settings = BTreeMap::new();
            for (key, value) in keys {
                settings.insert(setting_name(&label, &stack, &key)?, value);
            }
            stacks.insert(stack, Entry { settings, deployment });
        }
        Ok(StackFile { label, stacks })
    }
}

/// An entry as written in the file, with the file's keys.
impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntryVisitor)
    }
}

struct EntryVisitor;

impl<'de> Visitor<'de> for EntryVisitor {
    type Value = Entry;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the settings of a stack")
    }

    /// Reads each value as text, so that a number keeps its digits as written.
    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Entry, M::Error> {
        let mut entry = Entry::default();
        while let Some(key) = map.next_key::<String>()? {
            if key == DEPLOYMENT {
                entry.deployment = map.next_value()?;
            } else {
                entry.settings.insert(key, map.next_value()?);
            }
        }
        Ok(entry)
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

/// The settings allowed in a stack file: all except secrets and those that choose the stack.
pub fn stack_settings() -> impl Iterator<Item = &'static dyn Definition> {
    super::definitions().filter(|setting| {
        setting.display() != Display::Secret && !matches!(setting.name(), "STACK" | "STACKS_FILE")
    })
}

fn broken(label: &str, reason: String) -> SettingsError {
    SettingsError::StackFile { file: label.to_owned(), reason }
}
