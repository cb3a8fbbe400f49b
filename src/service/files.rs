use super::{Answer, Context};
use crate::domain::*;
use crate::store::objects::ByteStream;
pub struct StoredFile {
    pub listing_hash: Hash,
    pub title: Option<String>,
    pub file_type: Option<String>,
    pub size: u64,
    pub data_hash: Option<Hash>,
    pub sha256: Option<String>,
    pub object: String,
}
impl StoredFile {
    pub fn etag(&self) -> String {
        todo!()
    }
}
pub async fn read(_ctx: &Context, _file: &StoredFile, _start: u64, _length: u64) -> Answer<ByteStream> {
    todo!()
}
