//! How much one caller may ask for, and how many may call.

use std::num::NonZeroU32;

use super::setting::{Definition, Display, Fallback, Setting};
use super::{Layers, SettingsError, parse};
use crate::domain::{CallerLimits, RequestLimits, TrustedProxies};

pub(super) fn from_layers(layers: &Layers) -> Result<RequestLimits, SettingsError> {
    let callers = CallerLimits {
        per_minute: [
            layers.required(&READS_PER_MINUTE)?,
            layers.required(&SEARCHES_PER_MINUTE)?,
            layers.required(&SIGN_INS_PER_MINUTE)?,
            layers.required(&WRITES_PER_MINUTE)?,
            layers.required(&DOWNLOADS_PER_MINUTE)?,
            layers.required(&WATCHES_PER_MINUTE)?,
        ],
        uploads: layers.required(&CONCURRENT_UPLOADS)?,
        downloads: layers.required(&CONCURRENT_DOWNLOADS)?,
        streams: layers.required(&CONCURRENT_STREAMS)?,
        connections: layers.required(&CONNECTIONS_PER_ADDRESS)?,
    };
    Ok(RequestLimits {
        trusted_proxies: layers.optional(&TRUSTED_PROXIES)?.unwrap_or_default(),
        callers: layers.required(&LIMITS)?.then_some(callers),
        max_connections: layers.required(&MAX_CONNECTIONS)?,
    })
}

pub(super) static SETTINGS: &[&dyn Definition] = &[
    &LIMITS,
    &TRUSTED_PROXIES,
    &READS_PER_MINUTE,
    &SEARCHES_PER_MINUTE,
    &SIGN_INS_PER_MINUTE,
    &WRITES_PER_MINUTE,
    &DOWNLOADS_PER_MINUTE,
    &WATCHES_PER_MINUTE,
    &CONCURRENT_UPLOADS,
    &CONCURRENT_DOWNLOADS,
    &CONCURRENT_STREAMS,
    &CONNECTIONS_PER_ADDRESS,
    &MAX_CONNECTIONS,
];

static LIMITS: Setting<bool> = Setting {
    name: "LIMITS",
    meaning: "limit each account, and each network address without a token, to the figures below",
    expected: "true or false",
    fallback: Fallback::Derived {
        documented: "`false` on `local`, where all clients share one address, else `true`",
        from: |layers| Some((!layers.is_local()).to_string()),
    },
    display: Display::Whole,
    parse: parse::switch,
};

static TRUSTED_PROXIES: Setting<TrustedProxies> = Setting {
    name: "TRUSTED_PROXIES",
    meaning: "the proxies in front of this server, whose `X-Forwarded-For` says where requests come from; \
              otherwise, all clients of a proxy share the same limits",
    expected: "addresses and networks such as 10.0.0.0/8, separated by commas",
    fallback: Fallback::Unset,
    display: Display::Whole,
    parse: |text| TrustedProxies::parse(text).ok(),
};

static READS_PER_MINUTE: Setting<NonZeroU32> =
    per_minute("READS_PER_MINUTE", "requests for one thing, or for one page of a list", "3000");
static SEARCHES_PER_MINUTE: Setting<NonZeroU32> = per_minute(
    "SEARCHES_PER_MINUTE",
    "searches, facets, feeds, lists without a `limit`, accounts, and event streams opened",
    "300",
);
static SIGN_INS_PER_MINUTE: Setting<NonZeroU32> =
    per_minute("SIGN_INS_PER_MINUTE", "nonces, sign-ins, refreshes and sign-outs", "60");
static WRITES_PER_MINUTE: Setting<NonZeroU32> = per_minute("WRITES_PER_MINUTE", "uploads and consents", "60");
static DOWNLOADS_PER_MINUTE: Setting<NonZeroU32> =
    per_minute("DOWNLOADS_PER_MINUTE", "downloads, their checks and links, and previews", "600");
static WATCHES_PER_MINUTE: Setting<NonZeroU32> =
    per_minute("WATCHES_PER_MINUTE", "transactions to watch", "120");

static CONCURRENT_UPLOADS: Setting<usize> =
    at_once("CONCURRENT_UPLOADS", "concurrent uploads", Fallback::Text("4"));
static CONCURRENT_DOWNLOADS: Setting<usize> =
    at_once("CONCURRENT_DOWNLOADS", "concurrent downloads and previews", Fallback::Text("16"));
static CONCURRENT_STREAMS: Setting<usize> =
    at_once("CONCURRENT_STREAMS", "concurrent event streams", Fallback::Text("32"));
static CONNECTIONS_PER_ADDRESS: Setting<usize> = at_once(
    "CONNECTIONS_PER_ADDRESS",
    "concurrent connections per network address, except those of trusted proxies",
    Fallback::Text("256"),
);
static MAX_CONNECTIONS: Setting<usize> = at_once(
    "MAX_CONNECTIONS",
    "concurrent connections in total; fewer if the system allows fewer open files, or has less than 512 KiB of \
     memory for each. On a few more, only health checks are answered. Applies whether `CAPI_LIMITS` is on or off",
    Fallback::Text("10000"),
);

const fn per_minute(
    name: &'static str,
    meaning: &'static str,
    fallback: &'static str,
) -> Setting<NonZeroU32> {
    Setting {
        name,
        meaning,
        expected: "a number a minute, 1 or more",
        fallback: Fallback::Text(fallback),
        display: Display::Whole,
        parse: parse::exactly,
    }
}

const fn at_once(name: &'static str, meaning: &'static str, fallback: Fallback) -> Setting<usize> {
    Setting {
        name,
        meaning,
        expected: "a whole number, 1 to 1000000",
        fallback,
        display: Display::Whole,
        parse: |text| parse::exactly(text).filter(|number| (1..=1_000_000).contains(number)),
    }
}
