//! The stack file: what is known of each stack, under the names of the settings in lower case, and under `deployment`
//! the parameters of its deployment on AWS.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use super::SettingsError;
use super::setting::{Definition, Display};
use crate::domain::nearest;

const BUILT_IN: &str = include_str!("../../stacks.yml");

/// The key of an entry that holds no setting but the parameters of `cf_stack.yml`.
const DEPLOYMENT: &str = "deployment";

/// The stacks by name.
#[derive(Debug, Clone)]
pub struct StackFile {
    /// For messages: where the file comes from.
    pub label: String,
    pub stacks: BTreeMap<String, Entry>,
}

/// What is known of one stack.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// From setting names (`RPC_PATH`) to values.
    pub settings: BTreeMap<String, String>,
    /// From the names of parameters of the deployment's template to values.
    pub deployment: BTreeMap<String, String>,
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

/// As it stands in the file, with the settings under their keys there.
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

    /// Each value is asked for as a text: a number keeps the digits that were written.
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

/// The settings that may stand in a stack file: all but secrets and those that choose the stack.
pub fn stack_settings() -> impl Iterator<Item = &'static dyn Definition> {
    super::definitions().filter(|setting| {
        setting.display() != Display::Secret && !matches!(setting.name(), "STACK" | "STACKS_FILE")
    })
}

fn broken(label: &str, reason: String) -> SettingsError {
    SettingsError::StackFile { file: label.to_owned(), reason }
}
