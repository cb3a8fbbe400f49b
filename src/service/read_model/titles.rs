//! The order of titles. Each shown title has a label, a number that is higher than those of all titles before it, so
//! that items can be sorted without reading titles.
//!
//! A new title gets the number in the middle between its neighbours'. Where no number is left, as many titles around it
//! as necessary are spread out again.

use redb::{AccessGuard, ReadableTable, StorageError, Table, TableDefinition};

use super::super::index::Position;
use super::ModelError;

/// Series, title, place.
pub(super) type TitleKey<'a> = (u8, &'a [u8], u64, u64);
/// The label of each shown title.
pub(super) const TITLES: TableDefinition<'_, TitleKey<'static>, u64> = TableDefinition::new("titles");

/// All labels are below this number.
const END: u64 = 1 << 48;
/// The least number of titles on each side that are spread out.
const MIN_WIDTH: usize = 8;

/// A row of the table.
type Row<'a> = Result<(AccessGuard<'a, TitleKey<'static>>, AccessGuard<'a, u64>), StorageError>;

struct Title {
    text: Vec<u8>,
    at: Position,
    label: u64,
}

/// Adds a title that is not there yet. Returns its label, and the new ones of others.
pub(super) fn add(
    titles: &mut Table<'_, TitleKey<'static>, u64>,
    key: TitleKey<'_>,
) -> Result<Vec<(Position, u64)>, ModelError> {
    let (series, text, block, index) = key;
    let mut width = 0;
    loop {
        let (mut before, mut after) = neighbours(titles, key, width + 1)?;
        let low = if before.len() > width { before.pop() } else { None };
        let high = if after.len() > width { after.pop() } else { None };
        let is_whole = low.is_none() && high.is_none();
        let (low, high) = (low.map_or(0, |title| title.label), high.map_or(END, |title| title.label));
        let count = before.len() + after.len() + 1;
        let gap = (high - low) / (count as u64 + 1);
        if gap < least_gap(count as u64) && !is_whole {
            width = MIN_WIDTH.max(width * 2);
            continue;
        }
        let new = Title { text: text.to_vec(), at: Position { block, index }, label: 0 };
        let mut labels = Vec::with_capacity(count);
        for (number, title) in before.into_iter().rev().chain([new]).chain(after).enumerate() {
            let label = low + gap * (number as u64 + 1);
            let key = (series, title.text.as_slice(), title.at.block, title.at.index);
            titles.insert(key, label).map_err(ModelError::new)?;
            labels.push((title.at, label));
        }
        return Ok(labels);
    }
}

/// How far titles must be apart after so many were spread out: the more there were, the longer it must last. With this
/// distance, a title costs less than ten new labels on average, also where many arrive in the order of the alphabet.
fn least_gap(count: u64) -> u64 {
    count * count.isqrt()
}

/// The nearest titles of the series before and after a place that is not there, the nearest first.
fn neighbours(
    titles: &Table<'_, TitleKey<'static>, u64>,
    key: TitleKey<'_>,
    count: usize,
) -> Result<(Vec<Title>, Vec<Title>), ModelError> {
    let none: &[u8] = &[];
    let before = titles.range((key.0, none, 0, 0)..key).map_err(ModelError::new)?;
    let before = before.rev().take(count).map(title).collect::<Result<_, _>>()?;
    let after = titles.range(key..(key.0 + 1, none, 0, 0)).map_err(ModelError::new)?;
    Ok((before, after.take(count).map(title).collect::<Result<_, _>>()?))
}

fn title(row: Row<'_>) -> Result<Title, ModelError> {
    let (key, label) = row.map_err(ModelError::new)?;
    let (_, text, block, index) = key.value();
    Ok(Title { text: text.to_vec(), at: Position { block, index }, label: label.value() })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use redb::Database;
    use redb::backends::InMemoryBackend;

    use super::*;

    /// Adds titles one after the other, and checks the order of all labels, as they were returned.
    fn check(titles: impl IntoIterator<Item = String>) {
        let database = Database::builder().create_with_backend(InMemoryBackend::new()).unwrap();
        let transaction = database.begin_write().unwrap();
        let mut table = transaction.open_table(TITLES).unwrap();
        // Titles of another series are not in the way.
        add(&mut table, (0, b"m", 0, 0)).unwrap();
        add(&mut table, (2, b"m", 0, 0)).unwrap();
        let (mut sorted, mut labels) = (BTreeMap::new(), BTreeMap::new());
        for (block, title) in (1..).zip(titles) {
            labels.extend(add(&mut table, (1, title.as_bytes(), block, 7)).unwrap());
            sorted.insert((title, block), Position { block, index: 7 });
        }
        let labels: Vec<u64> = sorted.values().map(|at| labels[at]).collect();
        assert!(labels.is_sorted_by(|one, next| one < next), "{labels:?}");
        assert!(labels.iter().all(|label| (1..END).contains(label)));
    }

    #[test]
    fn labels_have_the_order_of_the_titles_whatever_the_order_of_arrival() {
        check((0..500).map(|number| format!("{number:04}")));
        check((0..500).rev().map(|number| format!("{number:04}")));
        // Always between the two newest: the worst case.
        check(
            (0..500)
                .map(|number| if number % 2 == 0 { number } else { 1000 - number })
                .map(|n| format!("{n:04}")),
        );
        check((0..500).map(|number| format!("{:04}", number * 7919 % 10_000)));
    }

    #[test]
    fn equal_titles_are_in_chain_order() {
        check((0..200).map(|number| if number % 3 == 0 { "same".to_owned() } else { format!("{number}") }));
    }
}
