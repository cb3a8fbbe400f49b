//! The typed client of this API and of its market, for the command line, tests and load runs.
//!
//! [`Api`] is the HTTP client of a datatrust server. [`Party`] is someone with a key (a maker, a voter, a buyer) who
//! acts on chain and through the API. [`dev`] starts a development market for all of them.

mod account;
mod api;
pub mod dev;
mod download;
mod error;
mod events;
mod local_file;
mod market;
mod model;
mod party;
mod resumable;
mod session;
mod tokens;
mod unfinished;
mod upload;

pub use account::{
    AccountAccess, AccountDelivery, AccountListing, AccountState, AccountVote, At, Poll, Stake, Unclaimed,
};
pub use api::{Api, Filter};
pub use download::{Downloaded, Remote, RemoteFile};
pub use error::ClientError;
pub use events::{Change, ChangeFilter, Changes};
pub use local_file::{LocalFile, Progress};
pub use market::{Head, Market, MarketCounts, MarketParameters, RegisteredBackend, ServerTerms};
pub use model::{
    Application, Entry, Job, Listing, Node, Owed, Page, Readiness, Registration, Task, Transaction,
};
pub use party::{
    Fetched, ListingText, Party, Published, Purchase, Quote, QuoteItem, Resolved, Supported, Verified, Voted,
    delivery_hash, listing_hash,
};
pub use tokens::Tokens;
pub use upload::Upload;

/// Items of `chain` that users of this module also need.
pub use crate::chain::Account;
pub use crate::chain::phrase::Phrase;
pub use crate::chain::wallet::{
    Allowance, Asset, CandidateState, MarketView, Parameters, Proposal, Receipt, Wallet, address_of,
};
pub use crate::chain::{Backend, ChainError};
