use super::{Answer, Context, files::StoredFile};
use crate::domain::*;
pub async fn offer(_ctx: &Context, _caller: Address, _listing: Hash) -> Answer<StoredFile> {
    todo!()
}
