//! Loads two servers in turn. On a busy machine, the throughput of one is meaningful only in comparison with the other's
//! in the same minute.

use std::fmt;
use std::time::Duration;

use crate::load::{Load, Target, load};

const ROUNDS: usize = 5;

/// How two servers compare.
pub struct Comparison {
    /// Of the rounds with the median throughput.
    pub capi: Load,
    pub reference: Load,
    /// Of requests per second: the least, the median and the most.
    pub ratios: [f64; 3],
}

/// Loads both in turn on so many connections. The first round warms them up.
pub async fn compare(capi: &Target, reference: &Target, connections: usize, round: Duration) -> Comparison {
    let mut pairs = Vec::new();
    for number in 0..=ROUNDS {
        let pair = (load(capi, connections, round).await, load(reference, connections, round).await);
        if number > 0 {
            pairs.push(pair);
        }
    }
    let mut ratios: Vec<f64> =
        pairs.iter().map(|(capi, reference)| capi.requests / reference.requests).collect();
    ratios.sort_by(f64::total_cmp);
    Comparison {
        capi: median(pairs.iter().map(|(capi, _)| *capi)),
        reference: median(pairs.iter().map(|(_, reference)| *reference)),
        ratios: [ratios[0], ratios[ROUNDS / 2], ratios[ROUNDS - 1]],
    }
}

fn median(loads: impl Iterator<Item = Load>) -> Load {
    let mut loads: Vec<Load> = loads.collect();
    loads.sort_by(|one, other| one.requests.total_cmp(&other.requests));
    loads[loads.len() / 2]
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
        let [least, median, most] = self.ratios;
        write!(f, "  ratio      {median:.2} ({least:.2} to {most:.2} in {ROUNDS} rounds)")
    }
}
