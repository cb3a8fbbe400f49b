//! Positions in the chain, as clients send them back: cursors, and the ids of server-sent events.

use super::listings::{cursor_text, parse_position};

/// What is accepted reads the same after it was printed.
pub fn position(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let Ok(position) = parse_position("cursor", text) else { return };
    assert!(matches!(parse_position("cursor", &cursor_text(position)), Ok(again) if again == position));
    assert!(text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-'), "{text:?} is no position");
}
