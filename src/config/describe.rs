//! The settings for people: what holds now, and the reference page.

use std::fmt::Write;

use serde::Serialize;
use url::Url;

use super::setting::{Definition, Display, Fallback};
use super::{Layers, OTHER_VARIABLES, Origin, SECTIONS, chain, definitions, parse, stack_settings};

/// One setting as it holds now, without anything secret.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Line {
    pub variable: String,
    pub value: String,
    pub origin: String,
}

/// Every setting with its value and where that comes from.
pub fn describe(layers: &Layers) -> Vec<Line> {
    definitions().map(|setting| line(layers, setting)).collect()
}

fn line(layers: &Layers, setting: &dyn Definition) -> Line {
    let (value, origin) = match layers.find(setting) {
        Some(found) if !setting.accepts(&found.text) => ("(not valid)".into(), Some(found.origin)),
        Some(found) => (shown(setting.display(), &found.text), Some(found.origin)),
        None if is_generated(layers, setting) => ("(generated)".into(), Some(Origin::Default)),
        None => ("(not set)".into(), None),
    };
    let origin = match origin {
        Some(Origin::Environment) => "environment",
        Some(Origin::SecretFile) => "file",
        Some(Origin::Secret) => "secret",
        Some(Origin::StackFile) => "stack file",
        Some(Origin::Default) => "default",
        None => "",
    };
    Line { variable: setting.variable(), value, origin: origin.into() }
}

fn is_generated(layers: &Layers, setting: &dyn Definition) -> bool {
    matches!(setting.fallback(), Fallback::Generated { when, .. } if when(layers))
}

fn shown(display: Display, text: &str) -> String {
    match display {
        Display::Whole => text.to_owned(),
        Display::Secret => "(set)".into(),
        Display::Addresses => {
            let urls = text.split(',').filter_map(|part| parse::exactly::<Url>(part.trim()));
            urls.map(|url| chain::public_part(&url)).collect::<Vec<_>>().join(",")
        }
    }
}

/// The reference of all settings, in Markdown: `docs/settings.md`.
pub fn reference() -> String {
    let mut page = String::from(INTRODUCTION);
    for (title, settings) in SECTIONS {
        page += &format!("\n## {title}\n\n| variable | meaning | expected | default |\n|---|---|---|---|\n");
        for setting in *settings {
            page += &row(*setting);
        }
    }
    page += "\n## Other variables\n\n| variable | meaning |\n|---|---|\n";
    for (variable, meaning) in OTHER_VARIABLES {
        page += &format!("| `{variable}` | {meaning} |\n");
    }
    page += "\n## Keys of the stack file\n\n";
    let keys: Vec<String> =
        stack_settings().map(|setting| format!("`{}`", setting.name().to_lowercase())).collect();
    // Writing to a String cannot fail.
    let _ = writeln!(page, "{}.", keys.join(", "));
    page
}

fn row(setting: &dyn Definition) -> String {
    let secret = if setting.display() == Display::Secret { " (secret)" } else { "" };
    let (variable, meaning, expected) = (setting.variable(), setting.meaning(), setting.expected());
    format!("| `{variable}` | {meaning}{secret} | {expected} | {} |\n", default(setting.fallback()))
}

fn default(fallback: &Fallback) -> String {
    match fallback {
        Fallback::Required => "required".into(),
        Fallback::Unset => "unset".into(),
        Fallback::Text(text) => format!("`{text}`"),
        Fallback::Derived { documented, .. } | Fallback::Generated { documented, .. } => (*documented).into(),
    }
}

const INTRODUCTION: &str = "\
# Settings

<!-- Written by `make docs` from the definitions in src/config/; a test compares the two. -->

Every setting is an environment variable that starts with `CAPI_`. The server looks a value up in this order:

1. the environment;
2. the stack's secret, on AWS (`capi-<stack>` in Secrets Manager, a JSON object whose keys are these variables), unless
   `CAPI_SECRETS` says that there is none;
3. the stack's entry of the stack file, where the keys are the names in lower case without `CAPI_`: the built-in
   `stacks.yml`, or the file that `CAPI_STACKS_FILE` names;
4. the default.

An empty value counts as unset. If a value is bad or missing, the server does not start: one line names the variable,
what was expected and where the bad value came from. A variable that starts with `CAPI_` and is not listed here is logged
as a warning at startup.

A setting marked as secret can also come from a file, as systemd, Docker and Kubernetes provide secrets: append `_FILE` to
the name of its variable and set that to the file's path, such as `CAPI_DATATRUST_KEY_FILE`. The addresses in `CAPI_RPC_PATH`,
`CAPI_RPC_WEBSOCKET_URLS`, `CAPI_DB_URL`, `CAPI_S3_URL` and `CAPI_OTLP_ENDPOINT` can too, because they may contain access keys.
Whitespace around the value is ignored. Setting both variables is an error.

`capi config show` prints every setting with its value and origin. It shows secrets as `(set)`, and only the scheme, host
and port of network addresses. `capi config check` says whether a server would start with them.

Secrets made for the server of 2019 keep working: their keys `TABLE_NAME`, `DB_URL`, `RPC_PATH`, `DATATRUST_KEY`,
`LOG_LEVEL` and `JWT_SECRET_KEY` (of 32 bytes or more) mean the variables of the same name, `DNSName`
means `CAPI_DNS_NAME`, and `S3_DESTINATION` is the bucket of `CAPI_OBJECT_STORE`. Other keys are parameters of the deployment.
";
