//! What the lists no longer show.

use super::super::index::Position;
use super::ReadModel;
use super::series::Series;

/// Some events of several series that are not shown any more.
pub struct Past {
    /// The newest first.
    pub places: Vec<Position>,
    /// The total number of such events.
    pub total: u64,
}

impl ReadModel {
    /// The newest `limit` events before a position (`None`: of all) that are not shown.
    pub fn past(&self, series: &[Series], before: Option<Position>, limit: usize) -> Past {
        let memory = self.memory();
        let mut past = Past { places: Vec::new(), total: 0 };
        for series in series {
            let list = memory.list(*series);
            past.places.extend(list.newest_hidden(before, limit));
            past.total += list.hidden_count();
        }
        past.places.sort_unstable();
        past.places.reverse();
        past.places.truncate(limit);
        past
    }

    /// Every event of a series, in chain order, shown or not.
    pub fn every(&self, series: Series) -> Vec<Position> {
        self.memory().list(series).events.iter().collect()
    }
}
