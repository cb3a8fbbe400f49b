//! Stack files and the texts of settings.

use super::stack::StackFile;
use super::{definitions, stack_settings};

/// A stack file: whatever it names is a setting that such a file may have.
pub fn stacks(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let Ok(file) = StackFile::parse("a test".to_owned(), text) else { return };
    for name in file.stacks.values().flat_map(|entry| entry.settings.keys()) {
        assert!(stack_settings().any(|setting| setting.name() == name), "{name} is no setting");
    }
}

/// The text of a setting, tried on every one.
pub fn settings(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    for setting in definitions() {
        let _ = setting.accepts(text);
    }
}
