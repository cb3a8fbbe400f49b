//! Consent to the terms of the market's front end, one record per account.

use std::time::Duration;

use super::{Context, ServiceError, ServiceResult, strangers};
use crate::domain::{Address, Consent};
use crate::store::metadata::typed::{self, Versioned};
use crate::store::metadata::{Key, StoreError};

/// How long a consent is kept, unless its account is a stranger; afterwards, the user is asked again.
const RETENTION: Duration = Duration::from_secs(2 * 365 * 24 * 60 * 60);

/// Stores what the caller agreed to, in place of any earlier consent.
pub async fn put(
    ctx: &Context,
    caller: Address,
    timestamp: u64,
    from_us: bool,
    version: u64,
) -> ServiceResult<Consent> {
    let consent = Consent { owner: caller, timestamp, from_us, version, stored_at: ctx.now() };
    let expires = consent.stored_at.after(strangers::retention(ctx, caller, RETENTION)?);
    loop {
        let write = match load(ctx, caller).await? {
            Some(mut stored) => {
                stored.value = consent.clone();
                stored.replace_expiring(expires)
            }
            None => typed::create(key(caller), &consent, None, Some(expires)),
        };
        match ctx.state.commit(vec![write], ctx.now()).await {
            Ok(()) => return Ok(consent),
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

pub async fn get(ctx: &Context, caller: Address) -> ServiceResult<Consent> {
    let stored = load(ctx, caller).await?;
    stored.map(|stored| stored.value).ok_or_else(|| ServiceError::NotFound("no consent is stored".to_owned()))
}

async fn load(ctx: &Context, owner: Address) -> ServiceResult<Option<Versioned<Consent>>> {
    Ok(typed::load(&ctx.state, &key(owner), ctx.now()).await?)
}

fn key(owner: Address) -> Key {
    Key::new("consents", owner.to_string())
}
