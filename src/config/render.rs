//! A stack's deployment settings in its tools' formats. Contains no secret; required secrets are only named.

use serde_json::json;

use super::kubernetes;
use super::setting::{Definition, Display, Fallback};
use super::{Found, Layers, Origin, SettingsError, definitions};

/// The output format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RenderFormat {
    /// Variable assignments for container engines and systemd.
    Env,
    /// The `environment` of a Compose service.
    Compose,
    /// The environment file of `capi.service`; secrets are its credentials.
    Systemd,
    /// Objects of Kubernetes.
    Kubernetes,
    /// Parameters of `cf_stack.yml` for the AWS command line.
    CloudFormation,
}

/// Renders the settings of the layers' stack. Refuses an invalid value.
pub fn render(layers: &Layers, format: RenderFormat) -> Result<String, SettingsError> {
    let given = given(layers)?;
    match format {
        RenderFormat::Env => Ok(env(layers, &given)),
        RenderFormat::Compose => Ok(compose(layers, &given)),
        RenderFormat::Systemd => Ok(systemd(layers, &given)),
        RenderFormat::Kubernetes => {
            let missing: Vec<_> = missing(layers).collect();
            Ok(kubernetes::manifests(layers.stack(), &given, &missing))
        }
        RenderFormat::CloudFormation => cloud_formation(layers),
    }
}

type Given = (&'static dyn Definition, String);

fn env(layers: &Layers, given: &[Given]) -> String {
    let mut lines = vec![format!("CAPI_STACK={}", layers.stack())];
    lines.extend(given.iter().map(|(setting, text)| format!("{}={text}", setting.variable())));
    lines.extend(missing(layers).map(|setting| format!("# {}: {}", setting.variable(), setting.meaning())));
    lines.join("\n")
}

/// Each missing secret is the content of a file in /etc/capi/credentials.
fn systemd(layers: &Layers, given: &[Given]) -> String {
    let mut lines = vec![format!("CAPI_STACK={}", layers.stack())];
    lines.extend(given.iter().map(|(setting, text)| format!("{}={text}", setting.variable())));
    for setting in missing(layers) {
        let (variable, meaning) = (setting.variable(), setting.meaning());
        if setting.display() == Display::Whole {
            lines.push(format!("# {variable}: {meaning}"));
        } else {
            lines.push(format!("# /etc/capi/credentials/{variable}: {meaning}"));
            lines.push(format!("{variable}_FILE=/run/credentials/capi.service/capi_{variable}"));
        }
    }
    lines.join("\n")
}

/// Required values come from the engine's own environment.
fn compose(layers: &Layers, given: &[Given]) -> String {
    let mut lines = vec!["environment:".to_owned(), format!("  CAPI_STACK: {}", quoted(layers.stack()))];
    lines.extend(given.iter().map(|(setting, text)| format!("  {}: {}", setting.variable(), quoted(text))));
    lines.extend(missing(layers).map(|setting| {
        let (variable, meaning) = (setting.variable(), setting.meaning().replace(['{', '}'], ""));
        format!("  {variable}: {}", json!(format!("${{{variable}:?{meaning}}}")))
    }));
    lines.join("\n")
}

/// A YAML string in which the engine substitutes nothing.
fn quoted(text: &str) -> String {
    json!(text.replace('$', "$$")).to_string()
}

/// Settings from the stack file and the secret with their values, except secrets. A network address from the secret may
/// contain an access key.
fn given(layers: &Layers) -> Result<Vec<Given>, SettingsError> {
    let open = |setting: &'static dyn Definition| {
        let found = layers.find(setting)?;
        let open = match found.origin {
            Origin::StackFile => true,
            Origin::Secret => setting.display() == Display::Whole,
            Origin::Environment | Origin::SecretFile | Origin::Default => false,
        };
        open.then_some((setting, found))
    };
    let checked = |(setting, found): (&'static dyn Definition, Found)| {
        if setting.accepts(&found.text) {
            return Ok((setting, found.text));
        }
        Err(SettingsError::invalid(setting, &found.text, layers.describe_origin(found.origin)))
    };
    definitions().filter_map(open).map(checked).collect()
}

/// Required settings that must be provided another way.
fn missing(layers: &Layers) -> impl Iterator<Item = &'static dyn Definition> {
    definitions().filter(|setting| match layers.find(*setting) {
        Some(found) => found.origin == Origin::Secret && setting.display() != Display::Whole,
        None => match setting.fallback() {
            Fallback::Unset => false,
            Fallback::Generated { when, .. } => !when(layers),
            Fallback::Required | Fallback::Text(_) | Fallback::Derived { .. } => true,
        },
    })
}

/// The template's names for settings.
const PARAMETERS: [(&str, &str); 4] = [
    ("REGION", "REGION"),
    ("TableName", "TABLE_NAME"),
    ("BucketName", "OBJECT_STORE"),
    ("DNSName", "DNS_NAME"),
];

fn cloud_formation(layers: &Layers) -> Result<String, SettingsError> {
    if layers.is_local() {
        return Err(SettingsError::NoDeployment { stack: layers.stack().to_owned() });
    }
    let mut parameters = layers.deployment();
    parameters.insert("Stack".into(), layers.stack().to_owned());
    for (parameter, setting) in PARAMETERS {
        if let Some(text) = text(layers, setting) {
            parameters.insert(parameter.into(), text.strip_prefix("s3://").unwrap_or(&text).to_owned());
        }
    }
    let list: Vec<_> = parameters
        .iter()
        .map(|(name, value)| json!({"ParameterKey": name, "ParameterValue": value}))
        .collect();
    Ok(format!("{:#}", json!(list)))
}

fn text(layers: &Layers, name: &str) -> Option<String> {
    let setting = definitions().find(|setting| setting.name() == name)?;
    layers.find(setting).map(|found| found.text)
}
