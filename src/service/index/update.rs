//! The facts while an update changes them.

use std::collections::BTreeMap;
use std::ops::Bound;

use redb::{ReadableTable, Table};

use super::IndexError;
use super::facts::{Entry, Facts};

/// Changes that are held in memory before they are written.
const MAX_PENDING: usize = 50_000;

/// Keys and what stood there before, in the order of writing.
pub(super) type Replaced = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// The facts table and what an update changes in it. Some facts change with almost every log: they are written once.
pub(super) struct UpdatedFacts<'a> {
    table: Table<'a, &'static [u8], &'static [u8]>,
    /// Changes that are not in the table yet; `None` removes.
    pending: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    /// What the current block replaced, if it may be taken back.
    pub(super) replaced: Option<Replaced>,
}

impl<'a> UpdatedFacts<'a> {
    pub(super) fn of(table: Table<'a, &'static [u8], &'static [u8]>) -> Self {
        UpdatedFacts { table, pending: BTreeMap::new(), replaced: None }
    }

    /// Writes the changes if there are too many to hold.
    pub(super) fn flush_if_large(&mut self) -> Result<(), IndexError> {
        if self.pending.len() > MAX_PENDING { self.flush() } else { Ok(()) }
    }

    /// Writes the changes, in the order of their keys, which the table takes fastest.
    pub(super) fn flush(&mut self) -> Result<(), IndexError> {
        for (key, value) in std::mem::take(&mut self.pending) {
            match value {
                Some(value) => {
                    drop(self.table.insert(key.as_slice(), value.as_slice()).map_err(IndexError::new)?);
                }
                None => drop(self.table.remove(key.as_slice()).map_err(IndexError::new)?),
            }
        }
        Ok(())
    }
}

impl Facts for UpdatedFacts<'_> {
    type Error = IndexError;

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        match self.pending.get(key) {
            Some(value) => Ok(value.clone()),
            None => Ok(self.table.get(key).map_err(IndexError::new)?.map(|value| value.value().to_vec())),
        }
    }

    fn put(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), IndexError> {
        if let Some(mut replaced) = self.replaced.take() {
            replaced.push((key.to_vec(), self.get(key)?));
            self.replaced = Some(replaced);
        }
        self.pending.insert(key.to_vec(), value.map(<[u8]>::to_vec));
        Ok(())
    }

    fn under(&self, prefix: &[u8]) -> Result<Vec<Entry>, IndexError> {
        let mut found = BTreeMap::new();
        for row in self.table.range(prefix..).map_err(IndexError::new)? {
            let (key, value) = row.map_err(IndexError::new)?;
            if !key.value().starts_with(prefix) {
                break;
            }
            found.insert(key.value().to_vec(), Some(value.value().to_vec()));
        }
        let pending = self.pending.range::<[u8], _>((Bound::Included(prefix), Bound::Unbounded));
        let pending = pending.take_while(|(key, _)| key.starts_with(prefix));
        found.extend(pending.map(|(key, value)| (key.clone(), value.clone())));
        Ok(found.into_iter().filter_map(|(key, value)| Some((key, value?))).collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use redb::Database;
    use redb::backends::InMemoryBackend;

    use super::super::FACTS;
    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        Put(Vec<u8>, Option<Vec<u8>>),
        Flush,
    }

    /// Few keys, so that they are often changed again, and many begin with another one.
    fn keys() -> impl Strategy<Value = Vec<u8>> {
        proptest::collection::vec(0..3_u8, 1..4)
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let value = proptest::option::of(proptest::collection::vec(any::<u8>(), 0..3));
        let put = (keys(), value).prop_map(|(key, value)| Step::Put(key, value));
        proptest::collection::vec(prop_oneof![6 => put, 1 => Just(Step::Flush)], 0..40)
    }

    type Plain = BTreeMap<Vec<u8>, Vec<u8>>;

    fn change(plain: &mut Plain, key: &[u8], value: Option<Vec<u8>>) -> Option<Vec<u8>> {
        match value {
            Some(value) => plain.insert(key.to_vec(), value),
            None => plain.remove(key),
        }
    }

    fn stored(facts: &UpdatedFacts<'_>) -> Plain {
        let rows = facts.table.iter().unwrap().map(Result::unwrap);
        rows.map(|(key, value)| (key.value().to_vec(), value.value().to_vec())).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn facts_read_the_same_before_and_after_they_are_written(steps in steps(), asked in keys()) {
            let database = Database::builder().create_with_backend(InMemoryBackend::new()).unwrap();
            let transaction = database.begin_write().unwrap();
            let mut facts = UpdatedFacts::of(transaction.open_table(FACTS).unwrap());
            facts.replaced = Some(Vec::new());
            let (mut plain, mut replaced) = (Plain::new(), Replaced::new());
            for step in steps {
                match step {
                    Step::Put(key, value) => {
                        facts.put(&key, value.as_deref()).unwrap();
                        replaced.push((key.clone(), change(&mut plain, &key, value)));
                    }
                    Step::Flush => facts.flush().unwrap(),
                }
                prop_assert_eq!(facts.get(&asked).unwrap(), plain.get(&asked).cloned());
                let under = plain.iter().filter(|(key, _)| key.starts_with(&asked));
                let under: Vec<Entry> = under.map(|(key, value)| (key.clone(), value.clone())).collect();
                prop_assert_eq!(facts.under(&asked).unwrap(), under);
            }
            facts.flush().unwrap();
            prop_assert_eq!(stored(&facts), plain);
            prop_assert_eq!(facts.replaced.take(), Some(replaced));
        }
    }

    #[test]
    fn changes_are_held_until_there_are_too_many() {
        let database = Database::builder().create_with_backend(InMemoryBackend::new()).unwrap();
        let transaction = database.begin_write().unwrap();
        let mut facts = UpdatedFacts::of(transaction.open_table(FACTS).unwrap());
        for number in 0..MAX_PENDING {
            facts.put(&number.to_be_bytes(), Some(b"")).unwrap();
        }
        facts.flush_if_large().unwrap();
        assert!(stored(&facts).is_empty());
        facts.put(&MAX_PENDING.to_be_bytes(), Some(b"")).unwrap();
        facts.flush_if_large().unwrap();
        assert_eq!(stored(&facts).len(), MAX_PENDING + 1);
    }
}
