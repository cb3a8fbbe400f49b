//! How often something may happen.

use std::time::{Duration, Instant};

/// Once per interval, and several times at once after a pause.
#[derive(Clone, Debug)]
pub struct Pace {
    interval: Duration,
    /// How far what happens may be ahead.
    burst: Duration,
    /// When all that has happened would have happened at this interval.
    level: Instant,
}

impl Pace {
    pub fn new(interval: Duration, at_once: u32, now: Instant) -> Self {
        let burst = interval * at_once;
        Pace { interval, burst, level: now.checked_sub(burst).unwrap_or(now) }
    }

    /// From when on it may happen `count` times more.
    pub fn due(&self, count: u32, now: Instant) -> Instant {
        let earliest = now.checked_sub(self.burst).unwrap_or(now);
        self.level.max(earliest) + self.interval * count
    }

    /// It has happened as often as was `due` at that time.
    pub fn advance(&mut self, due: Instant) {
        self.level = due;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_happen_at_once_and_the_others_one_by_one() {
        let (begun, interval) = (Instant::now(), Duration::from_millis(50));
        let mut pace = Pace::new(interval, 3, begun);
        let mut happen = |now| {
            let due = pace.due(1, now);
            pace.advance(due);
            due.saturating_duration_since(now)
        };
        assert_eq!([(); 5].map(|()| happen(begun)), [0, 0, 0, 50, 100].map(Duration::from_millis));
        let later = begun + Duration::from_secs(9);
        assert_eq!(
            [(); 4].map(|()| happen(later)),
            [0, 0, 0, 50].map(Duration::from_millis),
            "after a pause"
        );
    }

    #[test]
    fn whoever_gives_up_delays_nobody() {
        let begun = Instant::now();
        let pace = Pace::new(Duration::from_secs(1), 1, begun);
        assert_eq!(pace.due(5, begun), pace.due(5, begun));
    }
}
