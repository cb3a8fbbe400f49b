use super::{Answer, Context};
use crate::domain::*;
use futures_util::Stream;
use std::{pin::Pin, sync::Arc};
pub struct Catalog;
pub struct Query {
    pub owner: Option<Address>,
    pub from_block: u64,
    pub to_block: Option<u64>,
    pub tag: Option<String>,
    pub q: Option<String>,
    pub limit: Option<usize>,
    pub cursor: Option<String>,
}
pub struct ListingView {
    pub listing: Listing,
    pub supply: Option<Amount>,
}
pub struct Page {
    pub items: Pin<Box<dyn Stream<Item = Answer<ListingView>> + Send>>,
    pub from_block: u64,
    pub to_block: u64,
    pub next: Option<String>,
    pub total: Option<u64>,
}
pub async fn list(_ctx: &Arc<Context>, _query: Query) -> Answer<Page> {
    todo!()
}
pub async fn get(_ctx: &Context, _hash: Hash) -> Answer<ListingView> {
    todo!()
}
