//! The sessions of an account. Each account has one record, so the number of sessions is bounded and all can be ended
//! at once.
//!
//! A session begins with a sign-in and continues through its refresh tokens. Its entry names the one unspent refresh
//! token; any other refresh token of the session is spent, and presenting it ends the session. Every token, including
//! access tokens, is valid only while its session exists, so signing out takes effect on every replica at once.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::{Context, ServiceError, ServiceResult};
use super::unauthorized;
use crate::domain::{Address, Timestamp};
use crate::store::metadata::typed::{self, Versioned};
use crate::store::metadata::{Key, StoreError, Write};

/// The most sessions of an account. One more ends the oldest.
const MAX_SESSIONS: usize = 32;
const MINUTE: Duration = Duration::from_secs(60);
/// How often a conflicting change of the record is retried.
const MAX_CONFLICT_RETRIES: usize = 32;

#[derive(Debug, Default, Serialize, Deserialize)]
struct Sessions {
    /// The sessions, in the order of their latest use.
    sessions: Vec<Session>,
    /// When sessions began or continued within the last minute, whether they have ended since or not.
    #[serde(default)]
    lately: Vec<Timestamp>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Session {
    pub id: String,
    /// `jti` of the unspent refresh token.
    pub unspent: String,
    pub expires: Timestamp,
}

/// What [`require_open`] needs of [`Sessions`].
#[derive(Deserialize)]
struct Listed<'a> {
    #[serde(borrow)]
    sessions: Vec<Open<'a>>,
}

#[derive(Deserialize)]
struct Open<'a> {
    /// It has no escaped characters.
    id: &'a str,
    expires: Timestamp,
}

/// Begins a session in one commit with `spent`, the write that spends the proof of the account.
pub(super) async fn begin(
    ctx: &Context,
    account: Address,
    session: Session,
    spent: Write,
) -> ServiceResult<()> {
    for _ in 0..MAX_CONFLICT_RETRIES {
        let stored = load(ctx, account).await?;
        require_few_lately(ctx, stored.as_ref())?;
        let write = changed(ctx, account, stored, |record| {
            record.use_now(ctx, session.clone());
            let surplus = record.sessions.len().saturating_sub(MAX_SESSIONS);
            record.sessions.drain(..surplus);
        });
        match ctx.state.commit(vec![spent.clone(), write], ctx.now()).await {
            Ok(()) => return Ok(()),
            Err(StoreError::Conflict) if ctx.state.get(spent.key(), ctx.now()).await?.is_some() => {
                return Err(unauthorized("this sign-in was already used; get a new nonce and sign again"));
            }
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Conflict.into())
}

/// Continues a session, of which `shown` has to be the unspent refresh token. A spent one ends the session.
pub(super) async fn continue_as(
    ctx: &Context,
    account: Address,
    next: Session,
    shown: &str,
) -> ServiceResult<()> {
    let id = &next.id;
    for _ in 0..MAX_CONFLICT_RETRIES {
        let stored = load(ctx, account).await?;
        let session = find(stored.as_ref(), id).cloned();
        let Some(session) = session else { return Err(ended()) };
        if session.unspent != shown {
            end(ctx, account, Some(id)).await?;
            return Err(unauthorized("this refresh token was used before; sign in again"));
        }
        let write = changed(ctx, account, stored, |record| {
            record.sessions.retain(|session| session.id != *id);
            record.use_now(ctx, next.clone());
        });
        match ctx.state.commit(vec![write], ctx.now()).await {
            Ok(()) => return Ok(()),
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Conflict.into())
}

impl Sessions {
    /// Adds a session that begins or continues now.
    fn use_now(&mut self, ctx: &Context, session: Session) {
        self.sessions.push(session);
        let Some(limits) = ctx.policy.sign_ins else { return };
        self.lately.push(ctx.now());
        let surplus = self.lately.len().saturating_sub(limits.account.get() as usize);
        self.lately.drain(..surplus);
    }

    fn forget_old(&mut self, now: Timestamp) {
        self.sessions.retain(|session| session.expires > now);
        self.lately.retain(|at| at.after(MINUTE) > now);
    }

    /// When there is nothing left of it.
    fn expires(&self) -> Option<Timestamp> {
        let sessions = self.sessions.iter().map(|session| session.expires);
        sessions.chain(self.lately.iter().map(|at| at.after(MINUTE))).max()
    }
}

/// Refuses a session if too many have begun or continued in the last minute. Each sign-in stores a spent nonce, so the
/// number of sessions does not bound what an account can have stored.
fn require_few_lately(ctx: &Context, stored: Option<&Versioned<Sessions>>) -> ServiceResult<()> {
    let (Some(limits), Some(stored)) = (ctx.policy.sign_ins, stored) else { return Ok(()) };
    let now = ctx.now();
    let lately = stored.value.lately.iter().filter(|at| at.after(MINUTE) > now).count();
    if lately < limits.account.get() as usize {
        return Ok(());
    }
    let what = format!("{} sign-ins of an account are allowed a minute; try again later", limits.account);
    Err(ServiceError::TooMany { what, retry_after: MINUTE })
}

/// Refuses a token whose session has ended. Every request with a token needs it, so nothing of the record is copied.
pub(super) async fn require_open(ctx: &Context, account: Address, id: &str) -> ServiceResult<()> {
    let record = ctx.state.get(&key(account), ctx.now()).await?;
    let listed = record.as_ref().map(typed::view::<Listed>).transpose()?;
    let mut sessions = listed.into_iter().flat_map(|listed| listed.sessions);
    if sessions.any(|session| session.id == id && session.expires > ctx.now()) {
        return Ok(());
    }
    ctx.verified_tokens.note_ended(id);
    Err(ended())
}

/// Ends one session of an account, or all.
pub(super) async fn end(ctx: &Context, account: Address, id: Option<&str>) -> ServiceResult<()> {
    for _ in 0..MAX_CONFLICT_RETRIES {
        let Some(stored) = load(ctx, account).await? else { return Ok(()) };
        let write = changed(ctx, account, Some(stored), |record| {
            record.sessions.retain(|session| id.is_some_and(|id| session.id != id));
        });
        match ctx.state.commit(vec![write], ctx.now()).await {
            Ok(()) => return Ok(()),
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Conflict.into())
}

/// The write of the record after `change`. The record is deleted when there is nothing left of it.
fn changed(
    ctx: &Context,
    account: Address,
    stored: Option<Versioned<Sessions>>,
    change: impl FnOnce(&mut Sessions),
) -> Write {
    let now = ctx.now();
    let (mut record, stored) = match stored {
        Some(mut stored) => (std::mem::take(&mut stored.value), Some(stored)),
        None => (Sessions::default(), None),
    };
    record.forget_old(now);
    change(&mut record);
    let expires = record.expires();
    match (stored, expires) {
        (Some(stored), None) => stored.delete(),
        (Some(mut stored), Some(expires)) => {
            stored.value = record;
            stored.replace_expiring(expires)
        }
        (None, expires) => typed::create(key(account), &record, None, Some(expires.unwrap_or(now))),
    }
}

fn find<'a>(stored: Option<&'a Versioned<Sessions>>, id: &str) -> Option<&'a Session> {
    stored?.value.sessions.iter().find(|session| session.id == id)
}

async fn load(ctx: &Context, account: Address) -> ServiceResult<Option<Versioned<Sessions>>> {
    Ok(typed::load(&ctx.state, &key(account), ctx.now()).await?)
}

pub(super) fn ended() -> ServiceError {
    unauthorized("this session has ended; sign in again")
}

fn key(account: Address) -> Key {
    Key::new("sessions", account.to_string())
}
