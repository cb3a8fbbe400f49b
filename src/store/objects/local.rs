use super::*;
pub async fn open(_: &std::path::Path) -> Result<Arc<dyn Objects>, ObjectError> {
    todo!()
}
