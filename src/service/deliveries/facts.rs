//! The facts of a decision as they are told: to the caller who asks for them, and in the audit trail.

use serde::Serialize;

use super::decide::{Known, Lasting, Standing};
use crate::domain::{Address, Amount};

/// What a download would come to.
pub struct Check {
    /// `free`, `charge` or `refused`.
    pub verdict: &'static str,
    /// Bytes of the file, where there is one to be had.
    pub size: Option<u64>,
    /// Why it is refused.
    pub reason: Option<String>,
    pub facts: Facts,
}

#[derive(Clone, Debug, Serialize)]
pub struct Facts {
    /// Which life the delivery hash is in, counted from 0.
    pub life: u32,
    /// Whether the listing is listed.
    pub listed: bool,
    /// Whether this server holds the listed file.
    pub held: bool,
    /// The caller's earlier accesses to the listing under this delivery hash.
    pub accesses: usize,
    /// What the chain says; not asked about what the caller has already.
    pub purchase: Option<PurchaseFacts>,
}

/// Amounts in bytes.
#[derive(Clone, Debug, Serialize)]
pub struct PurchaseFacts {
    /// The delivery's owner; none when there is no open delivery.
    pub owner: Option<Address>,
    pub requested: Amount,
    pub delivered: Amount,
    /// Unspent, of the caller, over all deliveries.
    pub purchased: Amount,
    /// To downloads of the caller whose charge is not mined yet.
    pub promised: Amount,
    /// Of these, under this delivery.
    pub promised_here: Amount,
    /// Whether the purchase counts as final; none where that is not asked.
    pub is_final: Option<bool>,
}

impl Facts {
    pub(super) fn of(known: &Known, standing: Option<&Standing>) -> Self {
        Facts {
            life: known.life,
            listed: known.is_listed,
            held: known.live_file().is_some(),
            accesses: known.entitlements.len(),
            purchase: standing.map(PurchaseFacts::of),
        }
    }
}

impl PurchaseFacts {
    fn of(standing: &Standing) -> Self {
        let Standing { on_chain, promised, .. } = standing;
        PurchaseFacts {
            owner: Some(on_chain.owner).filter(|owner| !owner.is_zero()),
            requested: on_chain.requested,
            delivered: on_chain.delivered,
            purchased: on_chain.purchased,
            promised: promised.by_buyer,
            promised_here: promised.of_delivery,
            is_final: match standing.lasting {
                Lasting::NotAsked => None,
                Lasting::NotYet(_) => Some(false),
                Lasting::At(..) => Some(true),
            },
        }
    }
}
