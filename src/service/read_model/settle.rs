//! When the lists on disk become durable. A crash costs nothing that does not follow from the index, so this is for the sake of
//! the reads, which are slower while changes are not durable.

use std::time::Duration;

use super::{ModelError, ReadModel};

/// Where blocks come faster than this, writing takes more time than the reads save.
const INTERVAL: Duration = Duration::from_secs(10);

impl ReadModel {
    /// Makes the lists on disk durable if they are complete, because until then they change all the time.
    pub(super) fn settle(&self) -> Result<(), ModelError> {
        if self.disk.is_settled() || self.disk.settled_within(INTERVAL) || !self.is_complete() {
            return Ok(());
        }
        let _writing = self.writing();
        self.disk.settle()
    }
}
