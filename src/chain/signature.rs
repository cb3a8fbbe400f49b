use crate::domain::{Address, Hash};
pub fn recover(_digest: Hash, _signature: &[u8]) -> Option<Address> { None }
