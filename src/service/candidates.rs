use super::{Answer, Context, listings};
use crate::domain::*;
use std::sync::Arc;
pub struct HashPage {
    pub items: Vec<Hash>,
    pub from_block: u64,
    pub to_block: u64,
}
pub fn list(
    _ctx: &Context,
    _kind: Option<Kind>,
    _owner: Option<Address>,
    _from_block: u64,
    _to_block: Option<u64>,
) -> Answer<HashPage> {
    todo!()
}
pub async fn applications(_ctx: &Arc<Context>, _query: listings::Query) -> Answer<listings::Page> {
    todo!()
}
pub struct ApplicationView {
    pub listing: Listing,
    pub candidate: Candidate,
    pub tally: Option<Tally>,
}
pub async fn application(_ctx: &Context, _hash: Hash) -> Answer<ApplicationView> {
    todo!()
}
