//! Facets: how common the values of items are.

use std::collections::HashMap;

use serde::Serialize;

use super::filter::Filter;
use super::search::Hits;
use super::select::{found, within};
use super::values::{Counted, most_common};
use super::{ModelError, ReadModel, Series};

/// The most values of a facet.
const MAX_VALUES: usize = 50;
/// Up to this many items are counted one by one. Among more, the values are counted in bitmaps.
const MAX_READ: u64 = 500;

/// The most common values, the most common first and equally common ones in the order of their texts.
#[derive(Serialize, Debug, Default)]
pub struct Facets {
    /// The number of items.
    total: u64,
    tags: Vec<Counted>,
    file_types: Vec<Counted>,
    licenses: Vec<Counted>,
}

impl Facets {
    pub fn to_json(&self) -> Result<Vec<u8>, ModelError> {
        serde_json::to_vec(self).map_err(ModelError::new)
    }
}

impl ReadModel {
    /// The facets of what is shown under the filter, and was found by the search if there was one. Blocks.
    pub fn facets(&self, series: Series, filter: &Filter, hits: Option<&Hits>) -> Result<Facets, ModelError> {
        let memory = self.memory();
        let list = memory.list(series);
        let Some((matching, range)) = found(list, filter, hits) else { return Ok(Facets::default()) };
        let ranks = within(matching, range, list);
        let total = ranks.len();
        if total > MAX_READ {
            return Ok(Facets {
                total,
                tags: list.tags.most_common(&ranks, MAX_VALUES),
                file_types: list.file_types.most_common(&ranks, MAX_VALUES),
                licenses: list.licenses.most_common(&ranks, MAX_VALUES),
            });
        }
        let places: Vec<_> = ranks.iter().filter_map(|rank| list.events.get(rank)).collect();
        drop(ranks);
        drop(memory);
        let [mut tags, mut file_types, mut licenses] = [const { Vec::new() }; 3];
        for shown in self.disk.shown(series, places)? {
            tags.extend(shown.described.tags);
            file_types.extend(shown.described.file_type);
            licenses.extend(shown.described.license);
        }
        let [tags, file_types, licenses] =
            [tags, file_types, licenses].map(|values| most_common(counts(values), MAX_VALUES));
        Ok(Facets { total, tags, file_types, licenses })
    }
}

fn counts(values: Vec<String>) -> HashMap<String, u64> {
    let mut counts = HashMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    counts
}
