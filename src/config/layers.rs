//! The sources of values, in this order: environment or a file that it names, secret, stack file, default.

use std::collections::BTreeMap;

use secrecy::zeroize::{Zeroize, Zeroizing};

use super::error::quoted;
use super::parse::given;
use super::setting::{Definition, Display, Fallback, PREFIX, Setting};
use super::stack::{Entry, StackFile};
use super::{SettingsError, definitions, secret, secret_files};
use crate::domain::nearest;

/// One process's sources of settings.
#[derive(Clone)]
pub struct Layers {
    stack: String,
    environment: BTreeMap<String, String>,
    /// Values from files that the environment names.
    secret_files: BTreeMap<String, String>,
    secret: Option<BTreeMap<String, String>>,
    file: StackFile,
    terminal: bool,
}

/// The layer that a value comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    Environment,
    /// A file that the environment names.
    SecretFile,
    Secret,
    StackFile,
    Default,
}

/// A value as text, not yet validated.
pub struct Found {
    pub text: String,
    pub origin: Origin,
}

impl Layers {
    /// Chooses the stack and reads the stack file. `environment` holds whole variable names;
    /// `terminal` says whether a person watches the logs.
    pub fn new(environment: BTreeMap<String, String>, terminal: bool) -> Result<Self, SettingsError> {
        let file = StackFile::read(given(&environment, &super::STACKS_FILE.variable()).as_deref())?;
        let chosen = given(&environment, &super::STACK.variable());
        let origin = if chosen.is_some() { "the environment" } else { "the default" };
        let stack = chosen.unwrap_or_else(|| super::LOCAL.to_owned());
        Self::of(stack, origin, file, environment, terminal)
    }

    /// A stack's settings from only the stack file, which hold wherever it is deployed. `stacks_file` replaces the
    /// built-in file.
    pub fn of_stack(stack: &str, stacks_file: Option<&str>) -> Result<Self, SettingsError> {
        let file = StackFile::read(stacks_file)?;
        Self::of(stack.to_owned(), "the command line", file, BTreeMap::new(), false)
    }

    fn of(
        stack: String,
        origin: &str,
        file: StackFile,
        environment: BTreeMap<String, String>,
        terminal: bool,
    ) -> Result<Self, SettingsError> {
        if !file.stacks.contains_key(&stack) {
            let known = file.stacks.keys().cloned().collect::<Vec<_>>().join(", ");
            return Err(SettingsError::UnknownStack {
                origin: origin.into(),
                name: quoted(Display::Whole, &stack),
                file: file.label,
                known,
            });
        }
        let secret_files = secret_files::read(&environment)?;
        Ok(Layers { stack, environment, secret_files, secret: None, file, terminal })
    }

    /// Adds the stack's secret, the JSON object stored under [`Layers::secret_name`].
    pub fn with_secret(mut self, values: &BTreeMap<String, String>) -> Self {
        self.secret = Some(secret::settings(values));
        self
    }

    pub fn stack(&self) -> &str {
        &self.stack
    }

    pub fn secret_name(&self) -> String {
        format!("capi-{}", self.stack)
    }

    pub fn is_local(&self) -> bool {
        self.stack == super::LOCAL
    }

    pub(super) fn terminal(&self) -> bool {
        self.terminal
    }

    fn entry(&self) -> Option<&Entry> {
        self.file.stacks.get(&self.stack)
    }

    /// The deployment parameters from the stack file.
    pub(super) fn deployment(&self) -> BTreeMap<String, String> {
        self.entry().map(|entry| entry.deployment.clone()).unwrap_or_default()
    }

    /// The value of an optional setting.
    pub fn optional<T>(&self, setting: &Setting<T>) -> Result<Option<T>, SettingsError> {
        let Some(Found { text, origin }) = self.find(setting) else { return Ok(None) };
        let text = Zeroizing::new(text);
        match (setting.parse)(&text) {
            Some(value) => Ok(Some(value)),
            None => Err(SettingsError::invalid(setting, &text, self.describe_origin(origin))),
        }
    }

    /// The value of a required setting.
    pub fn required<T>(&self, setting: &Setting<T>) -> Result<T, SettingsError> {
        self.optional(setting)?.ok_or_else(|| SettingsError::missing(setting, self))
    }

    /// The text of a setting and its origin. Empty texts count as unset.
    pub fn find(&self, setting: &dyn Definition) -> Option<Found> {
        let name = setting.name();
        let found = |text, origin| Some(Found { text, origin });
        if let Some(text) = given(&self.environment, &setting.variable()) {
            return found(text, Origin::Environment);
        }
        if let Some(text) = given(&self.secret_files, name) {
            return found(text, Origin::SecretFile);
        }
        if let Some(text) = self.secret.as_ref().and_then(|secret| given(secret, name)) {
            return found(text, Origin::Secret);
        }
        if let Some(text) = self.entry().and_then(|entry| given(&entry.settings, name)) {
            return found(text, Origin::StackFile);
        }
        let default = match setting.fallback() {
            Fallback::Text(text) => Some((*text).to_owned()),
            Fallback::Derived { from, .. } => from(self),
            Fallback::Required | Fallback::Unset | Fallback::Generated { .. } => None,
        };
        default.and_then(|text| found(text, Origin::Default))
    }

    /// Checks every given value, even one that this configuration does not use.
    pub(super) fn check_all(&self) -> Result<(), SettingsError> {
        for setting in definitions() {
            let Some(Found { text, origin }) = self.find(setting) else { continue };
            let text = Zeroizing::new(text);
            if !setting.accepts(&text) {
                return Err(SettingsError::invalid(setting, &text, self.describe_origin(origin)));
            }
        }
        Ok(())
    }

    /// Warnings about unknown variables with our prefix, which are most likely typing mistakes.
    pub fn warnings(&self) -> Vec<String> {
        let files = secret_files::allowed().map(secret_files::variable);
        let known: Vec<String> = definitions().map(Definition::variable).chain(files).collect();
        let elsewhere = super::OTHER_VARIABLES.iter().map(|(name, _)| *name);
        let known: Vec<&str> = known.iter().map(String::as_str).chain(elsewhere).collect();
        let unknown = |name: &&String| name.starts_with(PREFIX) && !known.contains(&name.as_str());
        self.environment
            .keys()
            .filter(unknown)
            .map(|name| match nearest(name, known.iter().copied()) {
                Some(near) => format!("the variable {name} is not a setting; did you mean {near}?"),
                None => format!("the variable {name} is not a setting; `capi config show` lists them"),
            })
            .collect()
    }

    pub(super) fn describe_origin(&self, origin: Origin) -> String {
        match origin {
            Origin::Environment => "the environment".into(),
            Origin::SecretFile => "a file that the environment names".into(),
            Origin::Secret => format!("the secret {}", self.secret_name()),
            Origin::StackFile => format!("{}, stack {}", self.file.label, self.stack),
            Origin::Default => "the default".into(),
        }
    }

    /// The layers searched, for the message that a value is missing.
    pub(super) fn names(&self) -> String {
        let secret = self.secret.is_some().then_some(Origin::Secret);
        let layers = [Some(Origin::Environment), secret, Some(Origin::StackFile)];
        layers.into_iter().flatten().map(|origin| self.describe_origin(origin)).collect::<Vec<_>>().join("; ")
    }
}

/// Secrets may be among the values. Once settings are loaded, only these keep them.
impl Drop for Layers {
    fn drop(&mut self) {
        let secret = self.secret.iter_mut().flat_map(BTreeMap::values_mut);
        let others = self.environment.values_mut().chain(self.secret_files.values_mut());
        others.chain(secret).for_each(Zeroize::zeroize);
    }
}
