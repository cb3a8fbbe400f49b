//! What every object store must do.

pub mod large;
pub mod listing;
pub mod names;
pub mod ranges;
pub mod uploads;

use std::sync::Arc;

use bytes::Bytes;
use capi::store::objects::{ObjectError, Objects};
use futures_util::TryStreamExt;

/// The cases for stores that keep objects in memory.
macro_rules! suite_in_memory {
    ($open:ident) => {
        $crate::stores::tests! { $open, objects:
            uploads {
                an_object_reads_back_as_it_was_written_in_odd_pieces
                an_empty_object_exists
                a_key_is_taken_once
                exactly_one_of_sixteen_rivals_takes_a_key
                an_unfinished_upload_is_not_visible
                an_upload_with_a_gap_cannot_be_finished
                an_aborted_or_dropped_upload_leaves_its_key_free
                sweeping_removes_what_unfinished_uploads_left
                sweeping_spares_what_is_younger_and_what_is_finished
            }
            ranges {
                ranges_end_where_the_object_ends
                what_is_not_there_is_not_read
            }
            names {
                a_renamed_object_is_found_under_its_new_key_only
                renaming_again_succeeds
                renaming_takes_no_key_that_is_taken
                renaming_to_the_same_key_changes_nothing
                deleting_again_succeeds
                keys_that_could_lead_elsewhere_are_refused
            }
            listing {
                objects_are_listed_by_prefix_in_the_order_of_their_keys
                objects_are_listed_page_by_page
                an_object_tells_its_size_and_time
                the_store_answers
            }
        }
    };
}

/// All cases, by module.
macro_rules! suite {
    ($open:ident) => {
        $crate::stores::objects::suite_in_memory!($open);
        $crate::stores::tests! { $open, objects:
            large {
                an_object_of_64_mib_passes_in_constant_memory
            }
        }
    };
}

pub(crate) use suite;
pub(crate) use suite_in_memory;

type Store = Arc<dyn Objects>;

/// Bytes in which a piece at the wrong place shows.
fn content(length: usize) -> Vec<u8> {
    (0..length as u64).map(|position| (position.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

async fn put(store: &Store, key: &str, content: &[u8]) -> Result<(), ObjectError> {
    let mut upload = store.create(key).await?;
    upload.write(Bytes::copy_from_slice(content)).await?;
    upload.finish().await
}

async fn read(store: &Store, key: &str, start: u64, length: u64) -> Result<Vec<u8>, ObjectError> {
    let pieces: Vec<Bytes> = store.read(key, start, length).await?.try_collect().await?;
    assert!(pieces.iter().all(|piece| piece.len() <= 512 << 10), "a piece is too large");
    Ok(pieces.concat())
}

async fn read_all(store: &Store, key: &str) -> Result<Vec<u8>, ObjectError> {
    read(store, key, 0, u64::MAX).await
}

async fn assert_absent(store: &Store, key: &str) {
    assert!(matches!(store.info(key).await, Err(ObjectError::NotFound)));
    assert!(matches!(read_all(store, key).await, Err(ObjectError::NotFound)));
    assert!(store.list(key, None, 10).await.unwrap().is_empty());
}
