//! Downloads by a link, for programs that send no token.

use std::sync::Arc;

use super::super::authorize::Caller;
use super::super::authorize::tickets::{self, Download, Holder, Ticket};
use super::super::{Context, ServiceError, ServiceResult};
use super::facts::Decided;
use super::gather::Question;
use super::{Offer, considered};
use crate::domain::Hash;
use crate::service::files::StoredFile;

/// A ticket for a file that the caller may currently download. Charges nothing.
pub async fn issue_ticket(
    ctx: &Context,
    caller: &Caller,
    download: Download,
) -> ServiceResult<(Ticket, Arc<StoredFile>)> {
    let Download { delivery, listing } = download;
    let question = Question { caller: caller.account, delivery, listing, was_granted: false };
    let (outcome, facts) = considered(ctx, question).await?;
    let facts = Decided { session: Some(&caller.session), ..Decided::on(&question, &facts) };
    ctx.audit.decided(ctx.now(), caller.account, "ticket", facts, &outcome);
    let file = outcome?.file;
    Ok((tickets::issue(ctx, caller, download, identity(&file)).await?, file))
}

/// What a request with a ticket would send: the same as with its holder's token, as long as it is the same file.
pub async fn offer_to_holder(ctx: &Context, holder: Holder, download: Download) -> ServiceResult<Offer> {
    let Download { delivery, listing } = download;
    let question = Question { caller: holder.account, delivery, listing, was_granted: false };
    let (outcome, facts) = considered(ctx, question).await?;
    let outcome = outcome.and_then(|offer| match identity(&offer.file) == holder.file {
        true => Ok(offer),
        false => Err(ServiceError::Conflict(
            "ticket: the listing has another file now; request a new ticket".to_owned(),
        )),
    });
    let facts = Decided { ticket: true, ..Decided::on(&question, &facts) };
    ctx.audit.decided(ctx.now(), holder.account, "download", facts, &outcome);
    outcome
}

fn identity(file: &StoredFile) -> Hash {
    Hash::keccak(&file.identity)
}
