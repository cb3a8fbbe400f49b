//! The facts while an update changes them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use redb::{ReadableTable, Table};

use super::facts::{Entry, Facts};
use super::undo::Replaced;
use super::{IndexError, key};

/// Changes that are held in memory before they are written.
const MAX_PENDING: usize = 50_000;

/// The facts table and what an update changes in it. Some facts change with almost every log: they are written once.
pub(super) struct UpdatedFacts<'a> {
    table: Table<'a, &'static [u8], &'static [u8]>,
    /// Changes that are not in the table yet; `None` removes.
    pending: HashMap<Vec<u8>, Option<Vec<u8>>>,
    /// Their keys of the kind that is read by prefix.
    ranged: BTreeSet<Vec<u8>>,
    /// What the current block replaced, if it may be taken back.
    pub(super) replaced: Option<Replaced>,
}

impl<'a> UpdatedFacts<'a> {
    pub(super) fn of(table: Table<'a, &'static [u8], &'static [u8]>) -> Self {
        UpdatedFacts { table, pending: HashMap::new(), ranged: BTreeSet::new(), replaced: None }
    }

    fn pending_under(&self, prefix: &[u8]) -> Vec<&Vec<u8>> {
        let is_under = |key: &&Vec<u8>| key.starts_with(prefix);
        if prefix.first() == Some(&key::RANGED) {
            return self.ranged.range(prefix.to_vec()..).take_while(is_under).collect();
        }
        self.pending.keys().filter(is_under).collect()
    }

    /// Writes the changes if there are too many to hold.
    pub(super) fn flush_if_large(&mut self) -> Result<(), IndexError> {
        if self.pending.len() > MAX_PENDING { self.flush() } else { Ok(()) }
    }

    /// Writes the changes, in the order of their keys, which the table takes fastest.
    pub(super) fn flush(&mut self) -> Result<(), IndexError> {
        self.ranged.clear();
        let mut pending: Vec<_> = self.pending.drain().collect();
        pending.sort_unstable_by(|(key, _), (other, _)| key.cmp(other));
        for (key, value) in pending {
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
            // What a later log of the same block replaces was never there before the block.
            if !replaced.contains_key(key) {
                replaced.insert(key.to_vec(), self.get(key)?);
            }
            self.replaced = Some(replaced);
        }
        if key.first() == Some(&key::RANGED) {
            self.ranged.insert(key.to_vec());
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
        for key in self.pending_under(prefix) {
            found.insert(key.clone(), self.pending.get(key).cloned().flatten());
        }
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
        let byte = prop_oneof![Just(key::RANGED), key::RANGED - 1..key::RANGED + 2];
        proptest::collection::vec(byte, 1..4)
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
            facts.replaced = Some(Replaced::new());
            let (mut plain, mut replaced) = (Plain::new(), Replaced::new());
            for step in steps {
                match step {
                    Step::Put(key, value) => {
                        facts.put(&key, value.as_deref()).unwrap();
                        let before = change(&mut plain, &key, value);
                        replaced.entry(key).or_insert(before);
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
