use super::{Answer, Context};
use crate::domain::*;
use bytes::Bytes;
pub struct Form {
    pub tx_hash: Hash,
    pub listing_hash: Hash,
    pub title: String,
    pub description: String,
    pub license: String,
    pub file_type: String,
    pub md5_sum: String,
    pub owner: Address,
    pub tags: Vec<String>,
    pub filename: Option<String>,
}
pub struct Incoming;
pub struct Staged {
    pub size: u64,
    pub md5: String,
}
pub async fn begin(_ctx: &Context) -> Answer<Incoming> {
    todo!()
}
impl Incoming {
    pub async fn write(&mut self, _bytes: Bytes) -> Answer<()> {
        todo!()
    }
    pub async fn finish(self) -> Answer<Staged> {
        todo!()
    }
    pub async fn abort(self) {
        todo!()
    }
}
impl Staged {
    pub async fn discard(self, _ctx: &Context) {
        todo!()
    }
}
pub async fn receive(_ctx: &Context, _caller: Option<Address>, _form: Form, _file: Staged) -> Answer<TaskId> {
    todo!()
}
