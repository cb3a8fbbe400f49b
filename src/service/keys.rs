//! The key that authenticates what this server issues and later receives: nonces, tickets and names of watches.
//!
//! It is random, shared by all replicas through the state store, and independent of the key that signs tokens.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretSlice};
use sha2::Sha256;
use tokio::sync::OnceCell;

use super::{Context, ServiceError, ServiceResult};
use crate::store::metadata::typed;
use crate::store::metadata::{Key, StoreError};

/// Bytes of an authentication code: 128 bits.
pub(super) const CODE_BYTES: usize = 16;

/// The key of this deployment, read or created when first needed.
#[derive(Default)]
pub struct ServerKey(OnceCell<SecretSlice<u8>>);

/// What an authentication code is for; a code for one purpose is worthless for another.
#[derive(Clone, Copy)]
pub(super) enum CodePurpose {
    Nonce,
    Ticket,
    Watch,
}

impl CodePurpose {
    fn label(self) -> &'static [u8] {
        match self {
            CodePurpose::Nonce => b"sign-in nonce\n",
            CodePurpose::Ticket => b"download ticket\n",
            CodePurpose::Watch => b"watch\n",
        }
    }
}

/// The authentication code of `message`, as hex digits.
pub(super) async fn code(ctx: &Context, purpose: CodePurpose, message: &str) -> ServiceResult<String> {
    let code = keyed(ctx, purpose, message).await?.finalize().into_bytes();
    Ok(hex::encode(&code[..CODE_BYTES]))
}

/// Whether `code` is the authentication code of `message`, in the same digits; compared in constant time.
pub(super) async fn is_authentic(
    ctx: &Context,
    purpose: CodePurpose,
    message: &str,
    code: &str,
) -> ServiceResult<bool> {
    let mut given = [0; CODE_BYTES];
    let is_upper = |byte: u8| byte.is_ascii_uppercase();
    if code.bytes().any(is_upper) || hex::decode_to_slice(code, &mut given).is_err() {
        return Ok(false);
    }
    Ok(keyed(ctx, purpose, message).await?.verify_truncated_left(&given).is_ok())
}

async fn keyed(ctx: &Context, purpose: CodePurpose, message: &str) -> ServiceResult<Hmac<Sha256>> {
    let key = ctx.key.0.get_or_try_init(|| load_or_create(ctx)).await?;
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key.expose_secret()).map_err(|error| {
        ServiceError::Unavailable { what: "the server's key cannot be used", cause: error.to_string() }
    })?;
    mac.update(purpose.label());
    mac.update(message.as_bytes());
    Ok(mac)
}

async fn load_or_create(ctx: &Context) -> ServiceResult<SecretSlice<u8>> {
    let name = Key::new("keys", "authentication");
    loop {
        if let Some(stored) = typed::load::<String>(&ctx.state, &name, ctx.now()).await? {
            let key = hex::decode(&*Zeroizing::new(stored.value));
            return key.map(SecretSlice::from).map_err(|error| ServiceError::Unavailable {
                what: "the server's key cannot be read",
                cause: error.to_string(),
            });
        }
        let key =
            Zeroizing::new(hex::encode(&*Zeroizing::new([ctx.clock.random(), ctx.clock.random()].concat())));
        match ctx.state.commit(vec![typed::create(name.clone(), &*key, None, None)], ctx.now()).await {
            // Another replica may have come first; the stored key counts.
            Ok(()) | Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
