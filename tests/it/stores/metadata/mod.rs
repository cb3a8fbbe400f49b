//! What every metadata store must do.

pub mod commits;
pub mod concurrency;
pub mod expiry;
pub mod listings;
pub mod model;
pub mod queries;
pub mod queues;

use capi::domain::Timestamp;
use capi::store::metadata::{Due, Key, Metadata, StateStore, StoreError, Version, Write};

/// All cases, by module.
macro_rules! suite {
    ($open:ident) => {
        $crate::stores::tests! { $open, metadata:
            listings {
                a_row_is_created_only_where_there_is_none
                a_row_is_replaced_only_exactly
                writing_the_same_row_again_succeeds
                many_are_answered_in_their_order_with_gaps
                a_row_may_lack_every_field_but_the_hash
                a_full_row_reads_back_whole
                exactly_one_of_many_rivals_creates_a_row
            }
            commits {
                a_record_reads_back_as_it_was_written
                a_record_is_created_only_where_there_is_none
                a_record_is_replaced_and_deleted_only_at_its_version
                a_check_holds_for_the_version_or_the_absence
                several_writes_happen_all_or_not_at_all
                a_key_named_twice_is_refused
                a_hundred_writes_fit_and_one_more_does_not
                no_writes_at_all_succeed
                versions_never_repeat
                values_of_300_kb_fit
                awkward_keys_stay_apart
            }
            queries {
                a_partition_is_listed_in_the_order_of_its_sort_keys
                a_partition_is_listed_page_by_page
                an_empty_partition_lists_nothing
                the_store_answers
            }
            queues {
                the_longest_due_comes_first
                a_record_is_due_from_its_time_on
                a_record_rewritten_without_due_leaves_its_queue
                a_record_rewritten_with_another_due_moves
                a_deleted_record_leaves_its_queue
                the_next_due_is_the_earliest_of_its_queue
            }
            expiry {
                an_expired_record_is_absent_from_all_reads
                an_expired_record_counts_as_absent_in_commits
                a_record_that_replaces_an_expired_one_has_its_own_life
                purging_removes_only_what_has_expired
            }
            concurrency {
                counting_in_turns_loses_nothing
                commits_on_different_keys_all_succeed
                a_refused_commit_does_not_disturb_its_neighbours
            }
            model {
                any_sequence_agrees_with_a_simple_map
            }
        }
    };
}

pub(crate) use suite;

/// Far enough ahead that a store which expires records by its own clock leaves them alone.
const NOW: Timestamp = Timestamp::from_seconds(4_000_000_000);

fn in_ms(milliseconds: u64) -> Timestamp {
    Timestamp(NOW.0 + milliseconds)
}

fn key(sort: &str) -> Key {
    Key::new("partition", sort)
}

fn put(sort: &str, expected: Option<Version>, value: &str) -> Write {
    Write::Put { key: key(sort), expected, value: value.into(), due: None, expires: None }
}

fn with_due(write: Write, queue: &str, at: Timestamp) -> Write {
    let Write::Put { key, expected, value, expires, .. } = write else { panic!("only a put has a due") };
    Write::Put { key, expected, value, due: Some(Due { queue: queue.to_owned(), at }), expires }
}

fn with_expiry(write: Write, at: Timestamp) -> Write {
    let Write::Put { key, expected, value, due, .. } = write else { panic!("only a put has an expiry") };
    Write::Put { key, expected, value, due, expires: Some(at) }
}

async fn commit(store: &Metadata, writes: impl Into<Vec<Write>>) -> Result<(), StoreError> {
    store.state.commit(writes.into(), NOW).await
}

async fn value(store: &Metadata, sort: &str) -> Option<String> {
    let record = store.state.get(&key(sort), NOW).await.unwrap();
    record.map(|record| String::from_utf8(record.value).unwrap())
}

async fn version(state: &dyn StateStore, key: &Key) -> Version {
    state.get(key, NOW).await.unwrap().unwrap().version
}

pub fn assert_conflict(result: Result<(), StoreError>) {
    assert!(matches!(result, Err(StoreError::Conflict)), "{result:?}");
}
