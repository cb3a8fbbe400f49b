//! The minimum rate at which clients must send bodies.

use std::time::Duration;

use actix_multipart::Field;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};

use super::error::HttpError;

/// How long a client may pause while it sends a body.
const READ_TIMEOUT: Duration = Duration::from_secs(60);
/// The minimum average rate, after a grace period of one minute.
const MIN_BYTES_PER_SECOND: u64 = 1024;
const BODY_GRACE: Duration = Duration::from_secs(60);

/// How fast a body arrives. Counts the time spent waiting for the client, and not for this server's storage.
#[derive(Default)]
pub(super) struct Pace {
    waited: Duration,
    bytes: u64,
}

impl Pace {
    /// The next piece of a body. Refused if the client is silent for too long, or slower than the minimum rate.
    pub(super) async fn next<T: Piece, E: Into<HttpError>>(
        &mut self,
        stream: &mut (impl Stream<Item = Result<T, E>> + Unpin),
    ) -> Result<Option<T>, HttpError> {
        let allowed = BODY_GRACE + Duration::from_secs(self.bytes / MIN_BYTES_PER_SECOND);
        let left = allowed.saturating_sub(self.waited).min(READ_TIMEOUT);
        let begun = tokio::time::Instant::now();
        let piece = tokio::time::timeout(left, stream.next()).await.map_err(|_| HttpError::Timeout)?;
        self.waited += begun.elapsed();
        let piece = piece.transpose().map_err(Into::into)?;
        self.bytes += piece.as_ref().map_or(0, |piece| piece.size() as u64);
        Ok(piece)
    }
}

/// What a body consists of: parts, and their bytes.
pub(super) trait Piece {
    fn size(&self) -> usize;
}

impl Piece for Field {
    fn size(&self) -> usize {
        0
    }
}

impl Piece for Bytes {
    fn size(&self) -> usize {
        self.len()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_body_that_trickles_is_refused_and_a_slow_one_is_accepted() {
        let trickle = |bytes: usize, every: u64| {
            Box::pin(stream::unfold((), move |()| async move {
                tokio::time::sleep(Duration::from_secs(every)).await;
                Some((Ok::<_, HttpError>(Bytes::from(vec![b'x'; bytes])), ()))
            }))
        };
        let pieces_taken = async |bytes, every| {
            let (mut body, mut pace, mut taken) = (trickle(bytes, every), Pace::default(), 0);
            while taken < 100 && pace.next(&mut body).await.is_ok() {
                taken += 1;
            }
            taken
        };
        assert_eq!(pieces_taken(1, 50).await, 1);
        assert_eq!(pieces_taken(64 * 1024, 50).await, 100);
        assert_eq!(pieces_taken(1 << 20, 61).await, 0);
    }
}
