//! Settings for following the chain.

use std::time::Duration;

use super::setting::{Definition, Display, Fallback, Setting};
use super::{Layers, SettingsError, objects, parse};
use crate::domain::{Finality, LargePurchase};

#[derive(Clone, Debug)]
pub struct FollowerSettings {
    pub genesis_block: u64,
    /// Depth at which a fact is final: 0 means as soon as it is mined.
    pub confirmations: u64,
    /// When a large purchase counts as final; `None` if it counts once mined, like any other.
    pub large_purchase: Option<LargePurchase>,
    /// The interval between two polls of the chain's head.
    pub poll: Duration,
    /// The time between two checkpoints of the index; `None`: they are neither written nor used.
    pub checkpoint_interval: Option<Duration>,
    /// A chain whose newest block is older has stalled; `None`: any age is allowed.
    pub max_block_age: Option<Duration>,
}

impl FollowerSettings {
    pub fn from_layers(layers: &Layers) -> Result<Self, SettingsError> {
        Ok(FollowerSettings {
            genesis_block: layers.required(&GENESIS_BLOCK)?,
            confirmations: layers.required(&CONFIRMATIONS)?,
            large_purchase: large_purchase(layers)?,
            poll: layers.required(&POLL_MILLISECONDS)?,
            checkpoint_interval: layers.required(&CHECKPOINT_INTERVAL)?,
            max_block_age: Some(layers.required(&MAX_BLOCK_AGE_SECONDS)?).filter(|age| !age.is_zero()),
        })
    }
}

fn large_purchase(layers: &Layers) -> Result<Option<LargePurchase>, SettingsError> {
    let finality = layers.required(&LARGE_PURCHASE_FINALITY)?;
    let above = layers.optional(&LARGE_PURCHASE_BYTES)?;
    Ok(above.map(|above| LargePurchase { above, finality }))
}

pub(super) static SETTINGS: &[&dyn Definition] = &[
    &GENESIS_BLOCK,
    &CONFIRMATIONS,
    &LARGE_PURCHASE_BYTES,
    &LARGE_PURCHASE_FINALITY,
    &POLL_MILLISECONDS,
    &CHECKPOINT_INTERVAL,
    &MAX_BLOCK_AGE_SECONDS,
];

static GENESIS_BLOCK: Setting<u64> = Setting {
    name: "GENESIS_BLOCK",
    meaning: "the first block to scan for events of the market",
    expected: "a block number",
    fallback: Fallback::Text("0"),
    display: Display::Whole,
    parse: parse::exactly,
};

static CONFIRMATIONS: Setting<u64> = Setting {
    name: "CONFIRMATIONS",
    meaning: "the number of blocks on top of a block that make it final; 0 means final when mined. The stack file \
        sets 0 for `local`, 1 for the test networks and 12 for `mainnet`",
    expected: "a number of blocks, 0 to 255",
    fallback: Fallback::Text("12"),
    display: Display::Whole,
    parse: |text| parse::exactly(text).filter(|blocks| *blocks <= 255),
};

static LARGE_PURCHASE_BYTES: Setting<u64> = Setting {
    name: "LARGE_PURCHASE_BYTES",
    meaning: "a file that is larger than this, together with the buyer's downloads whose charges are not final yet, is \
        delivered only once its purchase is final as CAPI_LARGE_PURCHASE_FINALITY defines; all bytes of a market have \
        one price, so this is a limit on value",
    expected: "a number of bytes, 0 or more",
    fallback: Fallback::Unset,
    display: Display::Whole,
    parse: parse::exactly,
};

static LARGE_PURCHASE_FINALITY: Setting<Finality> = Setting {
    name: "LARGE_PURCHASE_FINALITY",
    meaning: "the block by which a large purchase must be mined: the chain's `safe` or `finalized` block, or the \
        newest block with this many blocks on top",
    expected: "safe, finalized, or a number of blocks from 0 to 256",
    fallback: Fallback::Text("finalized"),
    display: Display::Whole,
    parse: |text| {
        Finality::parse(text)
            .ok()
            .filter(|finality| !matches!(finality, Finality::Blocks(blocks) if *blocks > 256))
    },
};

static POLL_MILLISECONDS: Setting<Duration> = Setting {
    name: "POLL_MILLISECONDS",
    meaning: "the interval at which the server polls for new blocks",
    expected: "a whole number of milliseconds, 1 to 3600000",
    fallback: Fallback::Derived {
        documented: "500 on `local`, else 3000",
        from: |layers| Some(if layers.is_local() { "500" } else { "3000" }.into()),
    },
    display: Display::Whole,
    parse: parse::milliseconds,
};

static CHECKPOINT_INTERVAL: Setting<Option<Duration>> = Setting {
    name: "CHECKPOINT_INTERVAL",
    meaning: "the time between two checkpoints of the index in the object store, from which a new server begins \
        instead of the first block; `off`: they are neither written nor used",
    expected: "a number of seconds, minutes or hours up to 30 days, such as 24h, or off",
    fallback: Fallback::Derived {
        documented: "`24h` with files in S3, else `off`",
        from: |layers| Some(if objects::are_in_s3(layers) { "24h" } else { "off" }.into()),
    },
    display: Display::Whole,
    parse: |text| if text == "off" { Some(None) } else { parse::duration(text).map(Some) },
};

static MAX_BLOCK_AGE_SECONDS: Setting<Duration> = Setting {
    name: "MAX_BLOCK_AGE_SECONDS",
    meaning: "the age of the newest block, by its own timestamp, from which on `/ready` says that the chain \
              has stalled; 0 for chains that mine blocks only on demand",
    expected: "a number of seconds, 0 to 86400",
    fallback: Fallback::Derived {
        documented: "0 on `local`, else 600",
        from: |layers| Some(if layers.is_local() { "0" } else { "600" }.into()),
    },
    display: Display::Whole,
    parse: |text| parse::exactly(text).filter(|age| *age <= 86_400).map(Duration::from_secs),
};
