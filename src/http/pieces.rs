//! Large bodies in memory, given to their connection in pieces.
//!
//! The HTTP library copies whatever a body gives it, however slowly the client reads. One client after another that reads
//! nothing would have it copy the same body again and again.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use bytes::Bytes;

/// The size of a piece, and of the largest body that is sent at once.
pub(super) const PIECE_BYTES: usize = 64 << 10;

/// What is left of a body.
pub(super) struct Pieces(pub Bytes);

impl MessageBody for Pieces {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.0.len() as u64)
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        let length = self.0.len().min(PIECE_BYTES);
        Poll::Ready((length > 0).then(|| Ok(self.0.split_to(length))))
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    #[tokio::test]
    async fn a_large_body_is_given_in_pieces_and_whole() {
        let whole: Bytes = (0..PIECE_BYTES * 5 / 2).map(|byte| byte as u8).collect::<Vec<_>>().into();
        let (mut body, mut given) = (Pieces(whole.clone()), Vec::new());
        while let Some(Ok(piece)) = poll_fn(|cx| Pin::new(&mut body).poll_next(cx)).await {
            given.push(piece);
        }
        assert_eq!(
            given.iter().map(Bytes::len).collect::<Vec<_>>(),
            [PIECE_BYTES, PIECE_BYTES, PIECE_BYTES / 2]
        );
        assert_eq!(given.concat(), whole);
    }
}
