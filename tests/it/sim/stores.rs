//! The model of the stores is held to the contracts of the real ones.

use std::sync::Arc;

use capi::domain::clock::SystemClock;
use capi::store::metadata::Metadata;
use capi::store::objects::Objects;

use super::model_store::Memory;

mod metadata {
    use super::*;

    async fn open() -> (Metadata, ()) {
        let memory = Memory::new(Arc::new(SystemClock), 1 << 18);
        (Metadata { listings: memory.clone(), state: memory, export: None }, ())
    }

    crate::stores::metadata::suite!(open);
}

mod objects {
    use super::*;

    async fn open() -> (Arc<dyn Objects>, ()) {
        (Memory::new(Arc::new(SystemClock), 1 << 18), ())
    }

    crate::stores::objects::suite_in_memory!(open);
}
