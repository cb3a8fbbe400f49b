use super::{Answer, Context};
use crate::domain::*;
pub async fn watch(_ctx: &Context, _transaction: Hash) -> Answer<TaskId> {
    todo!()
}
pub async fn get(_ctx: &Context, _id: TaskId) -> Answer<Task> {
    todo!()
}
