use super::{Answer, Context};
use crate::domain::*;
pub async fn put(
    _ctx: &Context,
    _caller: Address,
    _timestamp: u64,
    _from_us: bool,
    _version: u64,
) -> Answer<Consent> {
    todo!()
}
pub async fn get(_ctx: &Context, _caller: Address) -> Answer<Consent> {
    todo!()
}
