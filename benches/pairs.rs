//! Loads two servers in turn. On a busy machine, the throughput of one is meaningful only in comparison with the other's
//! in the same minute.

use std::fmt;

use crate::load::{Load, Round, Target, load};

/// The rounds of a comparison, unless `ROUNDS` says otherwise.
pub const ROUNDS: usize = 5;

pub fn rounds() -> usize {
    let named = std::env::var("ROUNDS").unwrap_or_default();
    if named.is_empty() { ROUNDS } else { named.parse().expect("ROUNDS is a number") }
}

/// The least, the median and the most of some ratios.
#[derive(Clone, Copy)]
pub struct Ratio([f64; 3]);

impl Ratio {
    pub fn of(ratios: impl IntoIterator<Item = f64>) -> Self {
        let mut ratios: Vec<f64> = ratios.into_iter().collect();
        ratios.sort_by(f64::total_cmp);
        Ratio([ratios[0], ratios[ratios.len() / 2], ratios[ratios.len() - 1]])
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ratio([least, median, most]) = self;
        write!(f, "{median:.2} ({least:.2}–{most:.2})")
    }
}

pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let Ratio([_, median, _]) = Ratio::of(values);
    median
}

/// How two servers compare.
pub struct Comparison {
    /// Of the rounds with the median throughput.
    pub capi: Load,
    pub reference: Load,
    /// Of the throughputs.
    pub ratio: Ratio,
    /// Of the processor time for each byte.
    pub cost: Ratio,
}

/// Loads both in turn. Another round before the others warms them up.
pub async fn compare(capi: &Target, reference: &Target, round: Round, rounds: usize) -> Comparison {
    let mut pairs = Vec::new();
    for number in 0..=rounds {
        let pair = (load(capi, round).await, load(reference, round).await);
        if number > 0 {
            pairs.push(pair);
        }
    }
    let speed = |load: &Load| if round.cut { load.bytes } else { load.requests };
    let middle = |loads: &mut [Load]| {
        loads.sort_by(|one, other| speed(one).total_cmp(&speed(other)));
        loads[loads.len() / 2]
    };
    let ratio = |figure: &dyn Fn(&Load) -> f64| {
        Ratio::of(pairs.iter().map(|(capi, reference)| figure(capi) / figure(reference)))
    };
    let (mut of_capi, mut of_reference): (Vec<Load>, Vec<Load>) = pairs.iter().copied().unzip();
    Comparison {
        capi: middle(&mut of_capi),
        reference: middle(&mut of_reference),
        ratio: ratio(&speed),
        cost: ratio(&|load| load.cores / load.bytes),
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, load) in [("capi", self.capi), ("reference", self.reference)] {
            let Load { requests, bytes, p99, first_byte, .. } = load;
            let megabytes = bytes / 1e6;
            writeln!(
                f,
                "  {name:<10} {requests:>9.1} requests/s {megabytes:>8.1} MB/s, p99 {p99:.1?}, first byte {first_byte:.1?}"
            )?;
        }
        write!(f, "  ratio      {}", self.ratio)
    }
}
