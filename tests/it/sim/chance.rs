//! Chance that replays: the same seed gives the same numbers on every machine.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// A seeded source of numbers (splitmix64), shared by all parts of a run.
pub struct Chance {
    state: Mutex<u64>,
    drawn: AtomicU64,
}

impl Chance {
    pub fn new(seed: u64) -> Self {
        // Neighbouring seeds are to have nothing in common.
        let chance = Chance {
            state: Mutex::new(seed.wrapping_mul(0xd134_2543_de82_ef95) ^ 0x5851_f42d_4c95_7f2d),
            drawn: AtomicU64::new(0),
        };
        chance.number();
        chance
    }

    pub fn number(&self) -> u64 {
        self.drawn.fetch_add(1, Ordering::Relaxed);
        let mut state = self.state.lock().unwrap();
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// How many numbers were drawn: two runs that agree in it took the same decisions.
    pub fn drawn(&self) -> u64 {
        self.drawn.load(Ordering::Relaxed)
    }

    /// From 0 up to, not including, `bound`.
    pub fn below(&self, bound: u64) -> u64 {
        self.number() % bound.max(1)
    }

    /// From `low` to `high`, both included.
    pub fn between(&self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// Once in `rarity` times; never when it is 0.
    pub fn one_in(&self, rarity: u64) -> bool {
        rarity > 0 && self.below(rarity) == 0
    }

    pub fn pick<'a, T>(&self, of: &'a [T]) -> Option<&'a T> {
        if of.is_empty() { None } else { of.get(self.below(of.len() as u64) as usize) }
    }

    pub fn bytes(&self, length: usize) -> Vec<u8> {
        (0..length.div_ceil(8)).flat_map(|_| self.number().to_le_bytes()).take(length).collect()
    }
}
