//! Files larger than anyone should keep in memory, made piece by piece.

use std::iter;
use std::sync::LazyLock;

use bytes::Bytes;
use capi::domain::Hash;
use md5::{Digest, Md5};
use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};

use crate::support::server::TestServer;

/// Stands where the file is going to be.
const PLACE: &[u8] = b"the place of the file";

/// What every file repeats.
static PIECE: LazyLock<Bytes> = LazyLock::new(|| {
    let mut piece = vec![0; 256 * 1024];
    StdRng::seed_from_u64(1).fill_bytes(&mut piece);
    piece.into()
});

/// A file of any size.
#[derive(Clone, Copy)]
pub struct LargeFile {
    /// Bytes.
    pub size: usize,
}

impl LargeFile {
    pub fn pieces(self) -> impl Iterator<Item = Bytes> + Send + 'static {
        let whole = iter::repeat_n(PIECE.clone(), self.size / PIECE.len());
        whole.chain(iter::once(PIECE.slice(..self.size % PIECE.len())))
    }

    fn md5(self) -> String {
        let mut digest = Md5::new();
        self.pieces().for_each(|piece| digest.update(piece));
        hex::encode(digest.finalize())
    }
}

/// The form of an upload whose file is a large one.
pub struct LargeForm {
    before: Bytes,
    file: LargeFile,
    after: Bytes,
}

impl LargeForm {
    /// Proposes listings to the market, and makes a form for each, all with the same file.
    pub async fn propose(server: &TestServer, listings: &[Hash], file: LargeFile) -> Vec<Self> {
        let md5 = file.md5();
        let mut forms = Vec::new();
        for listing in listings {
            let form = server.propose(*listing, PLACE).await.with("md5_sum", &md5);
            let body = Bytes::from(form.body());
            let place = body.windows(PLACE.len()).position(|bytes| bytes == PLACE).unwrap();
            let (before, after) = (body.slice(..place), body.slice(place + PLACE.len()..));
            forms.push(LargeForm { before, file, after });
        }
        forms
    }

    /// Bytes of the whole body.
    pub fn length(&self) -> usize {
        self.before.len() + self.file.size + self.after.len()
    }

    /// The body.
    pub fn pieces(&self) -> impl Iterator<Item = Bytes> + Send + use<> {
        let (before, after) = (self.before.clone(), self.after.clone());
        iter::once(before).chain(self.file.pieces()).chain(iter::once(after))
    }
}
