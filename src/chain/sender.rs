use super::*;
pub fn open(_: &ChainSettings, _: &SecretString) -> Result<Arc<dyn Sender>, ChainError> {
    todo!()
}
