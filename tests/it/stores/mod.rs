//! One conformance suite for each store contract, run on every adapter.
//!
//! An adapter's file holds an `open` that answers a new, empty store and whatever must outlive it, and names the suite:
//! `metadata::suite!(open);` or `objects::suite!(open);`.

mod child;
mod dynamodb;
mod embedded;
mod local;
pub mod metadata;
pub mod objects;
mod s3;

/// Makes each case of a suite a test of its own.
macro_rules! tests {
    ($open:ident, $suite:ident: $($module:ident { $($case:ident)+ })+) => {
        $(mod $module {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                let (store, _guard) = super::$open().await;
                crate::stores::$suite::$module::$case(store).await;
            })+
        })+
    };
}

pub(crate) use tests;
