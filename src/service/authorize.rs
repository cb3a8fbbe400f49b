use super::{Answer, Context};
use crate::domain::Address;
pub struct SignIn {
    pub message: String,
    pub signature: String,
    pub public_key: Address,
}
pub struct TokenPair {
    pub access_token: String,
    pub refresh_token: String,
}
pub async fn nonce(_ctx: &Context) -> Answer<String> {
    todo!()
}
pub async fn sign_in(_ctx: &Context, _sign_in: &SignIn) -> Answer<TokenPair> {
    todo!()
}
pub async fn refresh(_ctx: &Context, _refresh_token: &str) -> Answer<TokenPair> {
    todo!()
}
pub fn caller(_ctx: &Context, _access_token: &str) -> Answer<Address> {
    todo!()
}
