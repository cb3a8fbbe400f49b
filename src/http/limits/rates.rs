//! Requests per minute, counted for each caller.

use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroU32;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use governor::clock::Clock;
use governor::middleware::StateInformationMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed, StateStore};
use governor::{NotUntil, Quota, RateLimiter};

use crate::domain::{Address, CallerLimits, RequestClass, Source};

/// The number of hash values by which callers are distinguished, which bounds the memory, however many callers there
/// are. The hash is seeded, so nobody can choose whose counter they share.
const BUCKETS: usize = 1 << 16;
/// Counters that are created together, when the first of them is needed: few servers ever need all.
const BLOCK: usize = 1 << 8;
/// All accounts that call from one network address share this many times the limit of one caller, because accounts cost
/// nothing and addresses do.
const ACCOUNTS_PER_ADDRESS: NonZeroU32 = NonZeroU32::new(10).unwrap();

type Limiter = RateLimiter<usize, Buckets, Monotonic, StateInformationMiddleware>;

/// The counts of a class, one for each hash.
struct Buckets(Box<[OnceLock<Box<[InMemoryState]>>]>);

impl Buckets {
    fn new() -> Self {
        Buckets((0..BUCKETS / BLOCK).map(|_| OnceLock::new()).collect())
    }

    fn at(&self, bucket: usize) -> &InMemoryState {
        let bucket = bucket % BUCKETS;
        let block =
            self.0[bucket / BLOCK].get_or_init(|| (0..BLOCK).map(|_| InMemoryState::default()).collect());
        &block[bucket % BLOCK]
    }
}

impl StateStore for Buckets {
    type Key = usize;

    fn measure_and_replace<T, F, E>(&self, bucket: &usize, count: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        self.at(*bucket).measure_and_replace(&NotKeyed::NonKey, count)
    }
}

/// Time since the process began to count.
#[derive(Clone, Debug)]
struct Monotonic(Instant);

impl Clock for Monotonic {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Who sent a request: the authenticated account, if any, and the network address.
#[derive(Clone, Copy)]
pub(super) struct Caller {
    pub account: Option<Address>,
    pub network: Source,
}

impl Caller {
    /// Whose limit the request counts against.
    pub(super) fn source(&self) -> Source {
        self.account.map_or(self.network, Source::Account)
    }
}

/// A caller's remaining requests.
pub(super) struct Allowance {
    /// Requests a minute.
    pub limit: NonZeroU32,
    pub remaining: u32,
    /// How long until a request is allowed again; `None`: this one is.
    pub wait: Option<Duration>,
}

/// The counts of all classes.
pub(super) struct Rates {
    hasher: RandomState,
    clock: Monotonic,
    classes: [ClassRates; RequestClass::ALL.len()],
}

struct ClassRates {
    limit: NonZeroU32,
    callers: Limiter,
    /// Of requests with a token, by their network address.
    networks: Limiter,
}

impl Rates {
    pub(super) fn new(limits: &CallerLimits) -> Self {
        let clock = Monotonic(Instant::now());
        let classes = limits.per_minute.map(|limit| ClassRates {
            limit,
            callers: limiter(limit, &clock),
            networks: limiter(limit.saturating_mul(ACCOUNTS_PER_ADDRESS), &clock),
        });
        Rates { hasher: RandomState::new(), clock, classes }
    }

    /// Counts a request.
    pub(super) fn count(&self, class: RequestClass, caller: Caller) -> Allowance {
        let rates = &self.classes[class as usize];
        let refusal = |until: NotUntil<Duration>| Allowance {
            limit: rates.limit,
            remaining: 0,
            wait: Some(until.wait_time_from(self.clock.now())),
        };
        if caller.account.is_some()
            && let Err(until) = rates.networks.check_key(&self.bucket(caller.network))
        {
            return refusal(until);
        }
        match rates.callers.check_key(&self.bucket(caller.source())) {
            Ok(state) => {
                Allowance { limit: rates.limit, remaining: state.remaining_burst_capacity(), wait: None }
            }
            Err(until) => refusal(until),
        }
    }

    fn bucket(&self, source: Source) -> usize {
        self.hasher.hash_one(source) as usize % BUCKETS
    }
}

fn limiter(limit: NonZeroU32, clock: &Monotonic) -> Limiter {
    Limiter::new(Quota::per_minute(limit), Buckets::new(), clock.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(limit: u32) -> Rates {
        let limit = NonZeroU32::new(limit).unwrap();
        let limits =
            CallerLimits { per_minute: [limit; 6], uploads: 1, downloads: 1, streams: 1, connections: 1 };
        Rates::new(&limits)
    }

    fn at(address: &str) -> Caller {
        Caller { account: None, network: Source::network(address.parse().unwrap()) }
    }

    fn account(number: u8, address: &str) -> Caller {
        let account = Address::parse(&format!("{number:040x}")).unwrap();
        Caller { account: Some(account), ..at(address) }
    }

    fn allowed(rates: &Rates, caller: Caller, requests: u32) -> u32 {
        (0..requests).filter(|_| rates.count(RequestClass::Read, caller).wait.is_none()).count() as u32
    }

    #[test]
    fn each_caller_and_each_class_has_its_own_count() {
        let rates = rates(2);
        assert_eq!(allowed(&rates, at("192.0.2.1"), 5), 2);
        assert_eq!(allowed(&rates, at("192.0.2.2"), 5), 2);
        assert_eq!(allowed(&rates, account(1, "192.0.2.1"), 5), 2);
        assert!(rates.count(RequestClass::Search, at("192.0.2.1")).wait.is_none());
    }

    #[test]
    fn a_network_of_ipv6_counts_as_one() {
        let rates = rates(2);
        assert_eq!(allowed(&rates, at("2001:db8::1"), 2), 2);
        assert_eq!(allowed(&rates, at("2001:db8::2"), 2), 0);
    }

    #[test]
    fn all_accounts_at_one_address_share_a_limit() {
        let rates = rates(2);
        let all: u32 = (1..100).map(|number| allowed(&rates, account(number, "192.0.2.1"), 2)).sum();
        assert_eq!(all, 2 * ACCOUNTS_PER_ADDRESS.get());
        assert_eq!(allowed(&rates, account(200, "192.0.2.2"), 2), 2);
    }

    #[test]
    fn a_refusal_tells_when_to_come_back_and_an_answer_what_is_left() {
        let rates = rates(2);
        let first = rates.count(RequestClass::Read, at("192.0.2.1"));
        assert_eq!((first.limit.get(), first.remaining, first.wait), (2, 1, None));
        allowed(&rates, at("192.0.2.1"), 1);
        let wait = rates.count(RequestClass::Read, at("192.0.2.1")).wait.unwrap();
        assert!(wait <= Duration::from_secs(30), "{wait:?}");
    }

    #[test]
    fn counters_are_created_when_they_are_needed() {
        let buckets = Buckets::new();
        let created = || buckets.0.iter().filter(|block| block.get().is_some()).count();
        assert_eq!(created(), 0);
        for bucket in [0, BLOCK - 1, 2 * BLOCK, BUCKETS] {
            buckets.at(bucket);
        }
        assert_eq!(created(), 2);
        assert!(std::ptr::eq(buckets.at(7), buckets.at(BUCKETS + 7)));
    }

    #[test]
    fn memory_is_bounded_however_many_callers_there_are() {
        let rates = rates(2);
        let networks =
            (0..3 * BUCKETS as u32).map(|number| at(&std::net::Ipv4Addr::from(number).to_string()));
        let buckets: std::collections::HashSet<usize> =
            networks.map(|caller| rates.bucket(caller.network)).collect();
        assert!(buckets.len() > BUCKETS / 2 && buckets.iter().all(|bucket| *bucket < BUCKETS));
    }
}
