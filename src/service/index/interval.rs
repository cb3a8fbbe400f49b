//! The intervals by which figures are grouped.

use serde::{Deserialize, Serialize};

const HOUR: u64 = 60 * 60;
/// Unix time began on a Thursday; weeks begin on Mondays.
const FIRST_MONDAY: u64 = 4 * 24 * HOUR;

/// The width of an interval.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    Hour = 0,
    Day = 1,
    Week = 2,
}

impl By {
    pub const ALL: [By; 3] = [By::Hour, By::Day, By::Week];

    pub fn seconds(self) -> u64 {
        match self {
            By::Hour => HOUR,
            By::Day => 24 * HOUR,
            By::Week => 7 * 24 * HOUR,
        }
    }

    /// The start of the interval that contains a time, in UTC.
    pub fn start_of(self, time: u64) -> u64 {
        match self {
            By::Hour | By::Day => time - time % self.seconds(),
            By::Week if time < FIRST_MONDAY => 0,
            By::Week => time - (time - FIRST_MONDAY) % self.seconds(),
        }
    }
}
