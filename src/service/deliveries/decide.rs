//! The decision on a download, from facts gathered earlier. A verdict can be shown without being carried out.
//!
//! Files that the caller has paid for, or was granted, under this delivery are free. Otherwise the live
//! listing is charged, if the delivery is the caller's and covers it. Otherwise the caller may have what they
//! bought in an earlier life of the delivery.

use std::time::Duration;

use super::super::Shortfall;
use super::super::files::StoredFile;
use super::promises::Promised;
use super::verdict::{AccessRecord, Refusal, Verdict};
use crate::chain::DeliveryState;
use crate::domain::{Address, Amount, Finality, Hash};

/// The facts known without asking the chain node.
pub(super) struct Known {
    /// The life that the delivery hash is in.
    pub life: u32,
    /// The caller's accesses to the listing under the delivery hash.
    pub entitlements: Vec<Entitlement>,
    /// The listing's current life, if it is listed.
    pub is_listed: bool,
    pub content: Option<Hash>,
    pub held: HeldFiles,
}

impl Known {
    /// The file that is listed now, if this server holds it.
    pub(super) fn live_file(&self) -> Option<&StoredFile> {
        self.held.of(self.content).filter(|_| self.is_listed)
    }

    /// The accesses that no reorganisation can remove.
    fn lasting(&self) -> impl Iterator<Item = &Entitlement> {
        self.entitlements.iter().filter(|entitlement| entitlement.is_lasting)
    }

    /// Whether there is another access for the file that would be charged.
    fn has_passing(&self) -> bool {
        let mut passing = self.entitlements.iter().filter(|entitlement| !entitlement.is_lasting);
        passing.any(|entitlement| entitlement.life == self.life || entitlement.content == self.content)
    }
}

/// An access that the caller has paid for, or was granted, under a delivery.
#[derive(Clone)]
pub(super) struct Entitlement {
    pub life: u32,
    pub content: Option<Hash>,
    /// Our record of it.
    pub record: Option<AccessRecord>,
    /// It has a record, or its charge is final on chain. A reorganisation can remove any other: the charge for a
    /// download of a former owner of the delivery may fall to the caller for a few blocks.
    pub is_lasting: bool,
}

/// The files of the relevant lives of the listing, if this server holds them.
#[derive(Clone, Default)]
pub(super) struct HeldFiles(pub Vec<(Option<Hash>, Option<StoredFile>)>);

impl HeldFiles {
    fn of(&self, content: Option<Hash>) -> Option<&StoredFile> {
        self.0.iter().find(|(of, _)| *of == content)?.1.as_ref()
    }
}

/// The state of the purchase at one block.
pub(super) struct Standing {
    pub caller: Address,
    pub on_chain: DeliveryState,
    pub promised: Promised,
    /// Every charge whose promise was released is visible at the block.
    pub knows_all_charges: bool,
    /// A download by this other account is being settled under the same life of the delivery.
    pub settling_for: Option<Address>,
    pub lasting: Lasting,
    /// `None` for a download that was granted before: its bytes are sent, so any charge is better than none.
    pub terms: Option<Terms>,
}

/// The state of the purchase at a final block, read for large files.
pub(super) enum Lasting {
    NotAsked,
    /// There is no such block yet, or not every charge is visible at it.
    NotYet(Finality),
    At(Finality, DeliveryState, Promised),
}

/// What the operator asks of a download, because each charge costs gas and buyers decide how many there are.
pub(super) struct Terms {
    /// Downloads of the caller that were charged today (UTC), how many may be, and when the next day begins.
    pub charged_today: u32,
    pub charges_per_day: u32,
    pub day_ends_in: Duration,
    /// `None` without a minimum.
    pub earnings: Option<Earnings>,
}

pub(super) struct Earnings {
    pub earned: Amount,
    pub least: Amount,
}

/// What the caller already has: the file that this life of the delivery was charged for, or the file that is
/// live now.
pub(super) fn free(known: &Known) -> Option<Verdict> {
    let current = known.lasting().find(|entitlement| entitlement.life == known.life);
    let live = || {
        let mut entitlements = known.lasting().filter(|_| known.is_listed);
        entitlements.find(|entitlement| entitlement.content == known.content)
    };
    taken(known, current.or_else(live)?)
}

fn taken(known: &Known, entitlement: &Entitlement) -> Option<Verdict> {
    let file = known.held.of(entitlement.content)?;
    Some(Verdict::Free(file.clone(), entitlement.record.clone()))
}

/// The verdict on a request, from facts of one block.
pub(super) fn decide(known: &Known, standing: &Standing) -> Verdict {
    if let Some(free) = free(known) {
        return free;
    }
    match charge(known, standing) {
        Ok(file) => Verdict::Charge(file.clone()),
        Err(refusal) => {
            let latest = known.lasting().max_by_key(|entitlement| entitlement.life);
            let earlier = latest.filter(|_| refusal.is_definite()).and_then(|latest| taken(known, latest));
            earlier.unwrap_or(Verdict::Refused(refusal))
        }
    }
}

/// The live file, if the delivery is the caller's and covers it.
fn charge<'a>(known: &'a Known, standing: &Standing) -> Result<&'a StoredFile, Refusal> {
    let Standing { caller, on_chain, promised, .. } = standing;
    // It would be charged a second time.
    if known.has_passing() {
        return Err(Refusal::ChargeNotFinal);
    }
    if known.entitlements.iter().any(|entitlement| entitlement.life == known.life) {
        return Err(Refusal::NotHeld);
    }
    if on_chain.owner.is_zero() {
        return Err(Refusal::NoDelivery);
    }
    if on_chain.owner != *caller {
        return Err(Refusal::OfAnother);
    }
    let file = known.live_file().ok_or(Refusal::NotListed)?;
    if let Some(buyer) = standing.settling_for {
        return Err(Refusal::SettlingFor(buyer));
    }
    if !standing.knows_all_charges {
        return Err(Refusal::NodeBehind);
    }
    let size = Amount::from(file.size);
    require_room(on_chain, promised, size)?;
    standing.terms.as_ref().map_or(Ok(()), require_terms)?;
    match &standing.lasting {
        Lasting::NotAsked => Ok(file),
        Lasting::NotYet(finality) => Err(Refusal::NotFinal(*finality)),
        Lasting::At(finality, then, promised) => {
            let covered = then.owner == *caller && require_room(then, promised, size).is_ok();
            if covered { Ok(file) } else { Err(Refusal::NotFinal(*finality)) }
        }
    }
}

fn require_terms(terms: &Terms) -> Result<(), Refusal> {
    let Terms { charged_today, charges_per_day, day_ends_in, ref earnings } = *terms;
    if charged_today >= charges_per_day {
        return Err(Refusal::ChargedOften { charges_per_day, day_ends_in });
    }
    match *earnings {
        Some(Earnings { earned, least }) if earned < least => Err(Refusal::EarnsTooLittle { earned, least }),
        _ => Ok(()),
    }
}

/// The file must fit into the buyer's unspent bytes and into the delivery's undelivered bytes, each minus the
/// promises.
fn require_room(on_chain: &DeliveryState, promised: &Promised, size: Amount) -> Result<(), Refusal> {
    let undelivered = on_chain.requested.saturating_sub(on_chain.delivered);
    let of_buyer = on_chain.purchased.saturating_sub(promised.by_buyer);
    let of_delivery = undelivered.saturating_sub(promised.of_delivery);
    if size <= of_buyer && size <= of_delivery {
        return Ok(());
    }
    let purchased = on_chain.purchased;
    let shortfall = Shortfall { required: size, purchased, undelivered, promised: promised.by_buyer };
    Err(Refusal::NotEnough(Box::new(shortfall)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALLER: Address = Address::new([1; 20]);
    const SIZE: u64 = 10;

    fn content(name: u8) -> Option<Hash> {
        Some(Hash::new([name; 32]))
    }

    fn file(of: Option<Hash>) -> StoredFile {
        StoredFile {
            listing_hash: Hash::ZERO,
            title: None,
            file_type: None,
            size: SIZE,
            data_hash: None,
            sha256: None,
            object: String::new(),
            identity: format!("{of:?}"),
        }
    }

    /// The second life of a delivery hash. The listing is live with content 2, and the server holds files 1
    /// and 2.
    fn known(entitlements: &[(u32, u8)]) -> Known {
        let entitlement = |(life, of): &(u32, u8)| Entitlement {
            life: *life,
            content: content(*of),
            record: None,
            is_lasting: true,
        };
        let held = [1, 2].map(|of| (content(of), Some(file(content(of)))));
        Known {
            life: 1,
            entitlements: entitlements.iter().map(entitlement).collect(),
            is_listed: true,
            content: content(2),
            held: HeldFiles(held.to_vec()),
        }
    }

    fn state(bytes: u64) -> DeliveryState {
        let bytes = Amount::from(bytes);
        DeliveryState { owner: CALLER, requested: bytes, delivered: Amount::ZERO, purchased: bytes }
    }

    fn promised(bytes: u64) -> Promised {
        Promised { by_buyer: Amount::from(bytes), of_delivery: Amount::from(bytes) }
    }

    fn covering() -> Standing {
        Standing {
            caller: CALLER,
            on_chain: state(SIZE),
            promised: promised(0),
            knows_all_charges: true,
            settling_for: None,
            lasting: Lasting::NotAsked,
            terms: None,
        }
    }

    /// `free 1`, `charge 2`, or the refusal's message.
    fn verdict(known: &Known, standing: &Standing) -> String {
        let number = |file: &StoredFile| if file.identity == format!("{:?}", content(1)) { 1 } else { 2 };
        match decide(known, standing) {
            Verdict::Free(file, _) => format!("free {}", number(&file)),
            Verdict::Charge(file) => format!("charge {}", number(&file)),
            Verdict::Refused(refusal) => refusal.to_string(),
        }
    }

    #[test]
    fn what_was_bought_is_free_and_the_rest_is_charged() {
        for (entitlements, expected) in [
            (&[][..], "charge 2"),
            (&[(1, 1)], "free 1"),
            (&[(1, 2)], "free 2"),
            (&[(0, 2)], "free 2"),
            (&[(0, 1)], "charge 2"),
            (&[(0, 2), (1, 1)], "free 1"),
        ] {
            assert_eq!(verdict(&known(entitlements), &covering()), expected, "{entitlements:?}");
        }
    }

    #[test]
    fn what_was_bought_earlier_stays_when_the_live_file_cannot_be_had() {
        let empty = Standing { on_chain: state(SIZE - 1), ..covering() };
        assert_eq!(verdict(&known(&[(0, 1)]), &empty), "free 1");
        let removed = Known { is_listed: false, ..known(&[(0, 1)]) };
        assert_eq!(verdict(&removed, &covering()), "free 1");
        let behind = Standing { knows_all_charges: false, ..covering() };
        assert!(verdict(&known(&[(0, 1)]), &behind).contains("behind"), "that may change at once");
    }

    /// A reorganisation gave a delivery with a charge in flight to the caller, and the charge was mined.
    #[test]
    fn a_charge_that_may_be_removed_gives_nothing_and_is_not_repeated() {
        let unfinal = |entitlements| {
            let mut known = known(entitlements);
            known.entitlements[0].is_lasting = false;
            known
        };
        for charged in [&[(1, 2)], &[(1, 1)], &[(0, 2)]] {
            assert!(verdict(&unfinal(charged), &covering()).contains("not final"), "{charged:?}");
        }
        assert_eq!(verdict(&unfinal(&[(0, 1)]), &covering()), "charge 2", "another file of an earlier life");
        let empty = Standing { on_chain: state(SIZE - 1), ..covering() };
        assert!(verdict(&unfinal(&[(0, 1)]), &empty).contains("not enough bytes"));
        assert_eq!(verdict(&unfinal(&[(0, 1), (1, 2)]), &covering()), "free 2", "this one is final");
    }

    #[test]
    fn a_life_that_was_charged_for_a_file_that_is_gone_is_not_charged_again() {
        let mut gone = known(&[(1, 1)]);
        gone.held.0.remove(0);
        assert!(verdict(&gone, &covering()).contains("no longer stored"));
    }

    #[test]
    fn only_the_owner_of_an_open_delivery_is_charged() {
        let of = |owner| Standing { on_chain: DeliveryState { owner, ..state(SIZE) }, ..covering() };
        assert!(verdict(&known(&[]), &of(Address::ZERO)).contains("no open delivery"));
        assert!(verdict(&known(&[]), &of(Address::new([2; 20]))).contains("another account"));
        let settling = Standing { settling_for: Some(Address::new([2; 20])), ..covering() };
        assert!(verdict(&known(&[]), &settling).contains("being settled"));
    }

    #[test]
    fn bytes_that_are_promised_cannot_be_promised_again() {
        let with = |bytes| Standing { on_chain: state(2 * SIZE), promised: promised(bytes), ..covering() };
        assert_eq!(verdict(&known(&[]), &with(SIZE)), "charge 2");
        assert!(verdict(&known(&[]), &with(SIZE + 1)).contains("not enough bytes"));
        let behind = Standing { knows_all_charges: false, ..with(0) };
        assert!(verdict(&known(&[]), &behind).contains("behind"));
    }

    #[test]
    fn a_download_is_charged_only_on_the_operators_terms() {
        let under = |charged_today, earned: u64| {
            let (earned, least) = (Amount::from(earned), Amount::from(5_u64));
            let day_ends_in = Duration::from_secs(60);
            let earnings = Some(Earnings { earned, least });
            Standing {
                terms: Some(Terms { charged_today, charges_per_day: 3, day_ends_in, earnings }),
                ..covering()
            }
        };
        assert_eq!(verdict(&known(&[]), &under(2, 5)), "charge 2");
        assert!(verdict(&known(&[]), &under(3, 5)).contains("try again tomorrow"));
        assert!(verdict(&known(&[]), &under(2, 4)).contains("has to earn"));
        assert!(
            verdict(&known(&[(0, 1)]), &under(3, 5)).contains("try again tomorrow"),
            "not the file of before"
        );
        assert_eq!(verdict(&known(&[(0, 1)]), &under(2, 4)), "free 1");
        assert_eq!(verdict(&known(&[(1, 1)]), &under(9, 0)), "free 1");
    }

    #[test]
    fn a_large_purchase_counts_from_the_block_that_stays() {
        let finality = Finality::Blocks(3);
        let with = |lasting| Standing { lasting, ..covering() };
        assert_eq!(verdict(&known(&[]), &with(Lasting::At(finality, state(SIZE), promised(0)))), "charge 2");
        for lasting in [
            Lasting::NotYet(finality),
            Lasting::At(finality, state(SIZE - 1), promised(0)),
            Lasting::At(finality, state(SIZE), promised(1)),
            Lasting::At(finality, DeliveryState { owner: Address::ZERO, ..state(SIZE) }, promised(0)),
        ] {
            assert!(verdict(&known(&[]), &with(lasting)).contains("not final yet"));
        }
    }
}
