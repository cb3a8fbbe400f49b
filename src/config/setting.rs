//! Setting definitions, which drive loading, `capi config show` and the documentation.

use super::Layers;

/// One setting. Its variable is `CAPI_<name>`; its key in the stack file is the name in lower case.
pub struct Setting<T: 'static> {
    pub name: &'static str,
    pub meaning: &'static str,
    /// Ends the sentence "expected …".
    pub expected: &'static str,
    pub fallback: Fallback,
    pub display: Display,
    /// `None` if the text is not as expected.
    pub parse: fn(&str) -> Option<T>,
}

/// What applies if no layer has a value.
pub enum Fallback {
    /// Startup fails.
    Required,
    /// The setting stays unset.
    Unset,
    Text(&'static str),
    /// Follows from other settings; `None` means that it is required.
    Derived {
        documented: &'static str,
        from: fn(&Layers) -> Option<String>,
    },
    /// Generated at the first start and stored, if `when` says so; otherwise required.
    Generated {
        documented: &'static str,
        when: fn(&Layers) -> bool,
    },
}

/// How much of a value may be shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Display {
    Whole,
    /// Network addresses. Credentials, paths and queries are hidden, because they often contain access keys.
    Addresses,
    /// Only whether it is set.
    Secret,
}

/// A setting of any type.
pub trait Definition: Sync {
    fn name(&self) -> &'static str;
    fn meaning(&self) -> &'static str;
    fn expected(&self) -> &'static str;
    fn fallback(&self) -> &Fallback;
    fn display(&self) -> Display;
    fn accepts(&self, text: &str) -> bool;

    fn variable(&self) -> String {
        format!("{PREFIX}{}", self.name())
    }
}

/// The prefix of all of this program's variables.
pub(super) const PREFIX: &str = "CAPI_";

impl<T> Definition for Setting<T> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn meaning(&self) -> &'static str {
        self.meaning
    }

    fn expected(&self) -> &'static str {
        self.expected
    }

    fn fallback(&self) -> &Fallback {
        &self.fallback
    }

    fn display(&self) -> Display {
        self.display
    }

    fn accepts(&self, text: &str) -> bool {
        (self.parse)(text).is_some()
    }
}
