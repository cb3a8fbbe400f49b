//! The JSON form of a position in the chain.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::Hash;
use crate::service::index::{EventFacts, Placed, Position};

/// A position in the chain.
#[derive(Serialize, ToSchema)]
pub(super) struct At {
    block: u64,
    /// Unix seconds.
    #[schema(required)]
    time: Option<u64>,
    #[schema(value_type = Option<String>, required)]
    transaction: Option<Hash>,
}

impl At {
    pub(super) fn of((position, event): &Placed<EventFacts>) -> Self {
        At::known(*position, Some(event))
    }

    /// The position of a whole block.
    pub(super) fn block(block: u64, time: u64) -> Self {
        At { block, time: Some(time), transaction: None }
    }

    pub(super) fn known(position: Position, event: Option<&EventFacts>) -> Self {
        At {
            block: position.block,
            time: event.map(|event| event.time),
            transaction: event.map(|event| event.transaction),
        }
    }
}
