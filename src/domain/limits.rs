//! How much one caller may ask for.

use std::num::NonZeroU32;

use super::TrustedProxies;

/// Classes of requests, by cost; each has its own limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RequestClass {
    /// A single item, or one page of a list.
    Read,
    /// A search, or an unbounded list.
    Search,
    SignIn,
    /// An upload or a consent.
    Write,
    /// A download or a preview.
    Download,
    /// A transaction to watch.
    Watch,
}

impl RequestClass {
    pub const ALL: [RequestClass; 6] = [
        RequestClass::Read,
        RequestClass::Search,
        RequestClass::SignIn,
        RequestClass::Write,
        RequestClass::Download,
        RequestClass::Watch,
    ];

    /// The name as clients read it.
    pub fn name(self) -> &'static str {
        match self {
            RequestClass::Read => "read",
            RequestClass::Search => "search",
            RequestClass::SignIn => "sign-in",
            RequestClass::Write => "write",
            RequestClass::Download => "download",
            RequestClass::Watch => "watch",
        }
    }
}

/// The limits of one caller: an account, or a network address for requests without a token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CallerLimits {
    /// Requests per minute for each class, in the order of [`RequestClass::ALL`].
    pub per_minute: [NonZeroU32; RequestClass::ALL.len()],
    /// Concurrent uploads.
    pub uploads: usize,
    /// Concurrent downloads.
    pub downloads: usize,
    /// Concurrent event streams.
    pub streams: usize,
    /// Concurrent connections from one network address.
    pub connections: usize,
}

/// Who may call, and how often.
#[derive(Clone, Debug)]
pub struct RequestLimits {
    pub trusted_proxies: TrustedProxies,
    /// `None`: there are no limits per caller.
    pub callers: Option<CallerLimits>,
    /// Concurrent connections from all callers together.
    pub max_connections: usize,
}
