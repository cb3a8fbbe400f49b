//! Strangers: accounts that have never taken part in the market. Accounts cost nothing, so anyone can have any number of
//! them. What is stored for a stranger is therefore stored for a day, and only so many strangers sign in.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use super::index::AccountCounts;
use super::{Context, ServiceError, ServiceResult};
use crate::domain::{Address, CallerLimits, Clock, RequestClass};

/// How long a session or a consent of a stranger is kept.
const RETENTION: Duration = Duration::from_secs(24 * 60 * 60);
/// As many callers' limits are the limit of all strangers.
const STEADY_CALLERS: NonZeroU32 = NonZeroU32::new(5).unwrap();
const CALLERS_AT_ONCE: NonZeroU32 = NonZeroU32::new(200).unwrap();

/// How often accounts sign in, whatever network addresses they come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SignInLimits {
    /// A minute, for one account.
    pub account: NonZeroU32,
    /// A minute, for all strangers together.
    pub strangers: NonZeroU32,
    /// As many strangers at once, if there were fewer before.
    pub strangers_at_once: NonZeroU32,
}

impl SignInLimits {
    /// An account has as many as one caller, for each of which it takes two requests.
    pub fn of(callers: &CallerLimits) -> Self {
        let requests = callers.per_minute[RequestClass::SignIn as usize];
        let account = NonZeroU32::new(requests.get() / 2).unwrap_or(NonZeroU32::MIN);
        SignInLimits {
            account,
            strangers: account.saturating_mul(STEADY_CALLERS),
            strangers_at_once: account.saturating_mul(CALLERS_AT_ONCE),
        }
    }
}

/// Counts the sign-ins of strangers to this process.
pub struct Strangers(Option<Limiter>);

type Limiter = RateLimiter<NotKeyed, InMemoryState, ServerTime, NoOpMiddleware<Duration>>;

impl Strangers {
    /// `None`: there is no limit.
    pub fn new(limits: Option<SignInLimits>, clock: &Arc<dyn Clock>) -> Self {
        Strangers(limits.map(|limits| {
            let quota = Quota::per_minute(limits.strangers).allow_burst(limits.strangers_at_once);
            Limiter::direct_with_clock(quota, ServerTime(clock.clone()))
        }))
    }
}

#[derive(Clone)]
struct ServerTime(Arc<dyn Clock>);

impl GovernorClock for ServerTime {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_millis(self.0.now().0)
    }
}

/// Counts a sign-in of an account, if it is a stranger. Returns how long to keep its session, `longest` or less.
pub(super) fn admit(ctx: &Context, account: Address, longest: Duration) -> ServiceResult<Duration> {
    let Some(limiter) = limiter_of(ctx, account)? else { return Ok(longest) };
    limiter.check().map_err(|until| {
        let wait = until.wait_time_from(ServerTime(ctx.clock.clone()).now());
        ServiceError::TooMany {
            what: "many accounts that are new to this market sign in; try again later".to_owned(),
            retry_after: Duration::from_secs(wait.as_secs() + 1),
        }
    })?;
    Ok(longest.min(RETENTION))
}

/// How long to keep something of an account: `longest`, or less if it is a stranger and strangers are limited.
pub(super) fn retention(ctx: &Context, account: Address, longest: Duration) -> ServiceResult<Duration> {
    Ok(limiter_of(ctx, account)?.map_or(longest, |_| longest.min(RETENTION)))
}

/// Whether an account is a stranger, and strangers are limited.
pub(super) fn is_limited(ctx: &Context, account: Address) -> ServiceResult<bool> {
    Ok(limiter_of(ctx, account)?.is_some())
}

/// The limit that the account comes under, if it is a stranger and strangers are limited.
fn limiter_of(ctx: &Context, account: Address) -> ServiceResult<Option<&Limiter>> {
    let Some(limiter) = &ctx.strangers.0 else { return Ok(None) };
    Ok((!is_known(ctx, account)?).then_some(limiter))
}

/// Whether the account has proposed a listing, voted, or bought anything in this market, or operates this server.
fn is_known(ctx: &Context, account: Address) -> ServiceResult<bool> {
    let counts = ctx.index.read()?.account_counts(account)?;
    Ok(counts != AccountCounts::default() || ctx.is_operator(account))
}
