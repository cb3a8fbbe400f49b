//! Setting errors. Each is one line that names the variable and never shows a secret.

use std::path::PathBuf;

use super::Layers;
use super::setting::{Definition, Display};

/// How much is shown of an entry that may be a secret: enough to find it in its list.
const START_OF_ENTRY: usize = 6;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    #[error("{variable} is not set: expected {expected} (looked in {looked_in}){hint}")]
    Missing { variable: String, expected: &'static str, looked_in: String, hint: &'static str },

    #[error("{variable} from {origin} is {value}: expected {expected}")]
    Invalid { variable: String, origin: String, value: String, expected: &'static str },

    #[error("CAPI_STACK from {origin} is {name}: expected one of the stacks of {file}: {known}")]
    UnknownStack { origin: String, name: String, file: String, known: String },

    #[error("the stack {stack} has no deployment: it is a market on the developer's own machine")]
    NoDeployment { stack: String },

    #[error("{file}: {reason}")]
    StackFile { file: String, reason: String },

    #[error("{variable}: {reason}")]
    SecretFile { variable: String, reason: String },

    #[error("the secret {secret} {reason}")]
    Secret { secret: String, reason: String },

    /// The generated key cannot be stored.
    #[error("CAPI_JWT_SECRET_KEY is not set, and the one stored in {} cannot be used: {reason}", file.display())]
    KeptKey { file: PathBuf, reason: String },
}

impl SettingsError {
    pub(super) fn missing(setting: &dyn Definition, layers: &Layers) -> Self {
        SettingsError::Missing {
            variable: setting.variable(),
            expected: setting.expected(),
            looked_in: layers.names(),
            hint: if layers.is_local() { "; `capi dev` starts a market with its server" } else { "" },
        }
    }

    pub(super) fn invalid(setting: &dyn Definition, text: &str, origin: String) -> Self {
        SettingsError::Invalid {
            variable: setting.variable(),
            origin,
            value: wrong_entry(setting, text).unwrap_or_else(|| quoted(setting.display(), text)),
            expected: setting.expected(),
        }
    }
}

/// The first bad entry of a list, for settings that take one. It is shown in part where it may be a secret.
fn wrong_entry(setting: &dyn Definition, text: &str) -> Option<String> {
    let mut entries = text.split(',').map(str::trim).enumerate();
    let entry = |(index, entry): (usize, &str)| {
        let start: String = entry.chars().take(START_OF_ENTRY).collect();
        let shown = match setting.display() {
            Display::Whole if may_hold_a_secret(entry) => format!(" (it starts with {start:?})"),
            Display::Whole => format!(" ({})", quoted(Display::Whole, entry)),
            _ => String::new(),
        };
        format!("wrong in entry {}{shown}", index + 1)
    };
    let is_list = text.contains(',') && text.split(',').any(|part| setting.accepts(part.trim()));
    let wrong = entries.find(|(_, entry)| is_list && !entry.is_empty() && !setting.accepts(entry));
    wrong.map(entry)
}

/// A bad value, shown as far as possible, because a misplaced value may be a key or a password.
pub(super) fn quoted(display: Display, text: &str) -> String {
    if display != Display::Whole || may_hold_a_secret(text) {
        return "not valid (its value is not shown)".into();
    }
    let start: String = text.chars().take(60).collect();
    let more = if start.len() < text.len() { "…" } else { "" };
    format!("{start:?}{more}")
}

fn may_hold_a_secret(text: &str) -> bool {
    let longest_word = text.split(|c: char| !c.is_ascii_alphanumeric()).map(str::len).max().unwrap_or(0);
    longest_word >= 24 || text.contains('@')
}
