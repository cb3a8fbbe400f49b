//! The facts of a decision, as shown to the caller who asks for them and in the audit trail.

use std::ops::Not;

use serde::Serialize;

use super::decide::{Known, Lasting, Standing};
use super::gather::Question;
use crate::domain::{Address, Amount, Hash};

/// The verdict on a download.
pub struct Check {
    /// `free`, `charge` or `refused`.
    pub verdict: &'static str,
    /// The file's size in bytes, if there is a file to download.
    pub size: Option<u64>,
    /// The reason for a refusal.
    pub reason: Option<String>,
    pub facts: Facts,
}

#[derive(Clone, Debug, Serialize)]
pub struct Facts {
    /// The delivery hash's current life, counted from 0.
    pub life: u32,
    /// Whether the listing is listed.
    pub listed: bool,
    /// Whether this server holds the listed file.
    pub held: bool,
    /// The caller's earlier accesses to the listing under this delivery hash.
    pub accesses: usize,
    /// The state on chain; not read for a file that the caller has already paid for.
    pub purchase: Option<PurchaseFacts>,
}

/// Amounts in bytes.
#[derive(Clone, Debug, Serialize)]
pub struct PurchaseFacts {
    /// The delivery's owner; none if there is no open delivery.
    pub owner: Option<Address>,
    pub requested: Amount,
    pub delivered: Amount,
    /// The caller's unspent bytes over all deliveries.
    pub purchased: Amount,
    /// Bytes promised to the caller's downloads whose charge is not mined yet.
    pub promised: Amount,
    /// The part of these promised under this delivery.
    pub promised_here: Amount,
    /// Whether the purchase counts as final; none if that was not checked.
    pub is_final: Option<bool>,
}

/// What the audit trail says of a decision.
#[derive(Serialize)]
pub(super) struct Decided<'a> {
    pub delivery: Hash,
    pub listing: Hash,
    /// The session that gets a ticket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<&'a str>,
    /// Whether the caller has shown a ticket.
    #[serde(skip_serializing_if = "Not::not")]
    pub ticket: bool,
    pub facts: &'a Facts,
}

impl<'a> Decided<'a> {
    pub(super) fn on(question: &Question, facts: &'a Facts) -> Self {
        let Question { delivery, listing, .. } = *question;
        Decided { delivery, listing, session: None, ticket: false, facts }
    }
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
