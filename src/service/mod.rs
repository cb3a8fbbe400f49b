//! The use cases of the server, one file per resource, named as in `http/`.

pub mod accounts;
pub mod admin;
pub mod audit;
pub mod authorize;
pub mod backup;
pub mod candidates;
pub mod checkpoints;
pub mod consent;
pub mod deliveries;
pub mod development;
pub mod error;
pub mod events;
pub mod files;
pub mod follow;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
pub mod heads;
pub mod index;
pub mod jobs;
pub mod listings;
pub mod market;
pub mod observe;
pub mod previews;
pub mod read_model;
pub mod rebuild;
pub mod series;
pub mod status;
pub mod tasks;
pub mod transactions;
pub mod uploads;
pub mod watches;
pub mod work;

mod context;
mod disk;
mod figures;
mod freshness;
mod keys;
mod sidecars;
mod strangers;
mod traces;

pub use authorize::{BurntNonces, VerifiedTokens};
pub use context::{Context, FactsVersion, PendingUploadLimits, Policy, TokenPolicy};
pub use deliveries::{PaidFiles, Turns};
pub use disk::Disk;
pub use error::{ServiceError, Shortfall};
pub use figures::Figures;
pub use keys::ServerKey;
pub use previews::Previewers;
pub use strangers::{SignInLimits, Strangers};
pub use transactions::{BudgetState, SenderPolicy};
pub use uploads::UploadQuota;
pub use watches::Watches;

/// The result of a use case.
pub type ServiceResult<T> = Result<T, ServiceError>;
