//! How much one caller may ask for.

use std::num::NonZeroU32;

use super::TrustedProxies;

/// Kinds of requests with a limit each, by what they cost.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RequestClass {
    /// One thing, or one page of a list.
    Read,
    /// A search, or a list without end.
    Search,
    SignIn,
    /// An upload, or a consent.
    Write,
    /// A file, or a preview of one.
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

/// The limits of one caller: of an account, and of a network address for requests without a token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CallerLimits {
    /// Requests of each class a minute, in the order of [`RequestClass::ALL`].
    pub per_minute: [NonZeroU32; RequestClass::ALL.len()],
    /// Uploads at the same time.
    pub uploads: usize,
    /// Downloads at the same time.
    pub downloads: usize,
    /// Connections of a network address at the same time.
    pub connections: usize,
}

/// Who may call, and how much.
#[derive(Clone, Debug)]
pub struct RequestLimits {
    pub trusted_proxies: TrustedProxies,
    /// `None`: callers are not limited one by one.
    pub callers: Option<CallerLimits>,
    /// Connections of all callers together.
    pub max_connections: usize,
}
