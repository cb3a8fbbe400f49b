use super::{Answer, Context};
pub struct Registration {
    pub registered: bool,
    pub url: String,
}
pub fn registration(_ctx: &Context) -> Answer<Registration> {
    todo!()
}
pub async fn readiness(_ctx: &Context) -> Vec<String> {
    todo!()
}
