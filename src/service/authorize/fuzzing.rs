//! Tokens and sign-in messages.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::SecretString;
use sha2::Sha256;

use super::tokens;
use crate::domain::Address;

/// The key that signed the tokens in the corpus.
const KEY: &str = "the key of the tokens in fuzz/corpus/jwt";

/// A token: accepted only if its last part is the HMAC-SHA256 of the others.
pub fn jwt(data: &[u8]) {
    let Ok(token) = str::from_utf8(data) else { return };
    if tokens::decode(&SecretString::from(KEY), token).is_some() {
        assert!(is_signed(token), "a forged token was accepted: {token}");
    }
}

fn is_signed(token: &str) -> bool {
    let Some((signed, code)) = token.rsplit_once('.') else { return false };
    let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(KEY.as_bytes()) else { return false };
    mac.update(signed.as_bytes());
    URL_SAFE_NO_PAD.decode(code).is_ok_and(|code| mac.verify_slice(&code).is_ok())
}

/// A sign-in message: what the server acts on is what the signed text says, on its own line.
pub fn siwe(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let Ok(message) = text.parse::<siwe::Message>() else { return };
    let lines: Vec<&str> = text.split('\n').collect();
    let first = format!("{} wants you to sign in with your Ethereum account:", message.domain);
    assert_eq!(lines.first(), Some(&first.as_str()));
    assert_eq!(lines.get(1), Some(&Address::new(message.address).to_string().as_str()));
    for line in [format!("URI: {}", message.uri), format!("Nonce: {}", message.nonce)] {
        assert!(lines.contains(&line.as_str()), "the text does not say {line:?}");
    }
    assert!(message.nonce.len() >= 8);
    // Prints back to a message of the same meaning.
    let again = message.to_string().parse::<siwe::Message>();
    assert!(again.is_ok_and(|again| again.nonce == message.nonce && again.address == message.address));
}
