//! The level and format of logs.

use tracing_subscriber::filter::Targets;

use super::setting::{Definition, Display, Fallback, Setting};
use super::{Layers, SettingsError, parse};

#[derive(Clone, Debug)]
pub struct LogSettings {
    /// A level, or levels by module.
    pub level: String,
    pub json: bool,
}

/// Which requests get a line in the access log.
#[derive(Clone, Copy, Debug)]
pub struct AccessLogSettings {
    pub level: AccessLogLevel,
    /// One in so many; at least 1.
    pub every: u64,
}

/// The level of these lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AccessLogLevel {
    Off,
    Debug,
    Info,
}

impl AccessLogSettings {
    pub(super) fn from_layers(layers: &Layers) -> Result<Self, SettingsError> {
        Ok(AccessLogSettings {
            level: layers.required(&ACCESS_LOG)?,
            every: layers.required(&ACCESS_LOG_EVERY)?,
        })
    }
}

impl LogSettings {
    pub fn from_layers(layers: &Layers) -> Result<Self, SettingsError> {
        Ok(LogSettings { level: layers.required(&LOG_LEVEL)?, json: layers.required(&LOG_FORMAT)? })
    }
}

/// Whether a collector reads the logs, as far as this is known before the settings are validated.
pub(super) fn are_json(layers: &Layers) -> bool {
    layers.required(&LOG_FORMAT).unwrap_or_default()
}

pub(super) static SETTINGS: &[&dyn Definition] = &[&LOG_LEVEL, &LOG_FORMAT, &ACCESS_LOG, &ACCESS_LOG_EVERY];

static LOG_LEVEL: Setting<String> = Setting {
    name: "LOG_LEVEL",
    meaning: "what to log: a level, or levels by module such as `info,capi::chain=debug`",
    expected: "error, warn, info, debug, trace, off, or levels by module such as info,capi::chain=debug",
    fallback: Fallback::Text("info"),
    display: Display::Whole,
    parse: filter,
};

static LOG_FORMAT: Setting<bool> = Setting {
    name: "LOG_FORMAT",
    meaning: "`text` on standard error, or `json`, one object per line on standard output",
    expected: "text or json",
    fallback: Fallback::Derived {
        documented: "`text` on a terminal, else `json`",
        from: |layers| Some(if layers.terminal() { "text" } else { "json" }.into()),
    },
    display: Display::Whole,
    parse: |text| match text {
        "json" => Some(true),
        "text" => Some(false),
        _ => None,
    },
};

static ACCESS_LOG: Setting<AccessLogLevel> = Setting {
    name: "ACCESS_LOG",
    meaning: "the level of the line that each request leaves in the log, with its id, status and duration; \
        `CAPI_LOG_LEVEL` decides whether the level is shown",
    expected: "off, debug or info",
    fallback: Fallback::Text("debug"),
    display: Display::Whole,
    parse: |text| match text {
        "off" => Some(AccessLogLevel::Off),
        "debug" => Some(AccessLogLevel::Debug),
        "info" => Some(AccessLogLevel::Info),
        _ => None,
    },
};

static ACCESS_LOG_EVERY: Setting<u64> = Setting {
    name: "ACCESS_LOG_EVERY",
    meaning: "log one request in this many; requests that fail with a status of 500 or above are always \
              logged",
    expected: "a whole number, at least 1",
    fallback: Fallback::Text("1"),
    display: Display::Whole,
    parse: |text| parse::exactly(text).filter(|every| *every >= 1),
};

/// Also accepts the levels of Python's `logging`, which existing stacks' secrets use.
fn filter(text: &str) -> Option<String> {
    let filter = match text.to_ascii_uppercase().as_str() {
        "WARNING" | "30" => "warn".to_owned(),
        "CRITICAL" | "FATAL" | "50" | "40" => "error".to_owned(),
        "NOTSET" | "INFO" | "20" => "info".to_owned(),
        "10" => "debug".to_owned(),
        _ => text.to_owned(),
    };
    is_filter(&filter).then_some(filter)
}

/// Requires each part of a filter to name a level. Otherwise a misspelt level would count as a module's name and silence
/// everything else.
fn is_filter(text: &str) -> bool {
    let names_level = |part: &str| {
        let level = part.rsplit('=').next().unwrap_or(part).trim();
        level.eq_ignore_ascii_case("off") || level.parse::<tracing::Level>().is_ok()
    };
    text.split(',').all(names_level) && text.parse::<Targets>().is_ok()
}
