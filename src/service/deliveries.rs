use super::{Answer, Context, files::StoredFile};
use crate::domain::*;
use crate::store::objects::ByteStream;
use std::sync::Arc;
pub struct Offer {
    pub file: StoredFile,
}
pub async fn offer(_ctx: &Context, _caller: Address, _delivery: Hash, _listing: Hash) -> Answer<Offer> {
    todo!()
}
pub async fn download(_ctx: &Arc<Context>, _offer: Offer, _start: u64, _length: u64) -> Answer<ByteStream> {
    todo!()
}
