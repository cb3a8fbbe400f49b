//! Cost limits for the backend account's transactions.

use super::setting::{Definition, Display, Fallback, Setting};
use super::{Layers, SettingsError, parse};
use crate::domain::Amount;

#[derive(Clone, Copy, Debug)]
pub struct SenderSettings {
    /// The highest price of a unit of gas, in wei.
    pub max_fee: Amount,
    /// The most that the signatures of a day may cost together, in wei.
    pub max_per_day: Amount,
    /// Blocks after which the next transaction in line, if not mined, is replaced at a higher price.
    pub bump_blocks: u64,
    /// The most transactions in flight at once.
    pub max_in_flight: usize,
    /// The percentage of a day's budget that is reserved for announcements and completions.
    pub reserved_percent: u64,
    /// The least that a charge has to earn the backend, in CET wei.
    pub min_earnings: Amount,
    /// Charges of one buyer in a day.
    pub charges_per_buyer: u32,
}

impl SenderSettings {
    pub fn from_layers(layers: &Layers) -> Result<Self, SettingsError> {
        Ok(SenderSettings {
            max_fee: layers.required(&MAX_FEE_GWEI)?,
            max_per_day: layers.required(&MAX_ETH_PER_DAY)?,
            bump_blocks: layers.required(&BUMP_AFTER_BLOCKS)?,
            max_in_flight: layers.required(&MAX_IN_FLIGHT)?,
            reserved_percent: layers.required(&RESERVED_FEES_PERCENT)?,
            min_earnings: layers.required(&MIN_EARNINGS)?,
            charges_per_buyer: layers.required(&CHARGES_PER_BUYER)?,
        })
    }
}

pub(super) static SETTINGS: &[&dyn Definition] = &[
    &MAX_FEE_GWEI,
    &MAX_ETH_PER_DAY,
    &RESERVED_FEES_PERCENT,
    &MIN_EARNINGS,
    &CHARGES_PER_BUYER,
    &BUMP_AFTER_BLOCKS,
    &MAX_IN_FLIGHT,
];

static MAX_FEE_GWEI: Setting<Amount> = Setting {
    name: "MAX_FEE_GWEI",
    meaning: "the maximum fee per gas; while the network asks for more, transactions wait",
    expected: "a number of gwei above 0 with at most 9 decimal places, such as 60 or 1.5",
    fallback: Fallback::Text("300"),
    display: Display::Whole,
    parse: gwei,
};

static MAX_ETH_PER_DAY: Setting<Amount> = Setting {
    name: "MAX_ETH_PER_DAY",
    meaning: "the most that all transactions signed in a day (UTC) may cost, counting each at its maximum; once used \
        up, transactions wait for the next day",
    expected: "a number of ETH above 0 with at most 18 decimal places, such as 0.5",
    fallback: Fallback::Text("2"),
    display: Display::Whole,
    parse: |text| Amount::parse_ether(text).ok().filter(|amount| !amount.is_zero()),
};

static RESERVED_FEES_PERCENT: Setting<u64> = Setting {
    name: "RESERVED_FEES_PERCENT",
    meaning: "the part of `CAPI_MAX_ETH_PER_DAY` that charges leave to announcing uploads and completing deliveries, \
              half each, and that announcements leave to charges, so that neither buyers nor makers can use it up",
    expected: "a percentage, 0 to 99",
    fallback: Fallback::Text("25"),
    display: Display::Whole,
    parse: |text| parse::exactly(text).filter(|percent| *percent < 100),
};

static MIN_EARNINGS: Setting<Amount> = Setting {
    name: "MIN_EARNINGS",
    meaning: "the least that a download must earn the backend, which is its share of the file's price. Set it \
              to what a charge costs in gas; otherwise, buyers of small files can make the backend pay more \
              than it earns",
    expected: "a number of CET with at most 18 decimal places, such as 0.002, or 0",
    fallback: Fallback::Text("0"),
    display: Display::Whole,
    parse: |text| Amount::parse_ether(text).ok(),
};

static CHARGES_PER_BUYER: Setting<u32> = Setting {
    name: "CHARGES_PER_BUYER",
    meaning: "the maximum number of downloads charged per buyer and day (UTC)",
    expected: "a number of downloads, 1 to 1000000",
    fallback: Fallback::Text("1000"),
    display: Display::Whole,
    parse: |text| parse::exactly(text).filter(|count| (1..=1_000_000).contains(count)),
};

static BUMP_AFTER_BLOCKS: Setting<u64> = Setting {
    name: "BUMP_AFTER_BLOCKS",
    meaning: "the number of blocks after which the next transaction in line, if not mined, is replaced at a higher fee",
    expected: "a number of blocks, 1 to 1000",
    fallback: Fallback::Text("6"),
    display: Display::Whole,
    parse: |text| parse::exactly(text).filter(|blocks| (1..=1000).contains(blocks)),
};

static MAX_IN_FLIGHT: Setting<usize> = Setting {
    name: "MAX_IN_FLIGHT",
    meaning: "how many transactions may wait to be mined at once; nodes drop long queues of one account",
    expected: "a number of transactions, 1 to 1000",
    fallback: Fallback::Text("64"),
    display: Display::Whole,
    parse: |text| parse::exactly(text).filter(|count| (1..=1000).contains(count)),
};

/// A gwei is 10^9 wei, so its ninth decimal place is the last.
fn gwei(text: &str) -> Option<Amount> {
    let places = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let price = Amount::parse_ether(text).ok().filter(|_| places <= 9)?;
    Some(price.div_ceil(1_000_000_000)).filter(|price| !price.is_zero())
}
