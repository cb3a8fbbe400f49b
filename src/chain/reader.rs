use super::*;
pub fn open(_: &ChainSettings) -> Result<Arc<dyn Reader>, ChainError> {
    todo!()
}
