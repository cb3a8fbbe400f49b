//! Loads the lists when a server starts. Threads read the file while another fills the lists, because in a large market
//! each of them has about a second of work.

use std::mem;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::super::index::{Position, Snapshot};
use super::series::{Series, Shown};
use super::{ModelError, ReadModel};

/// What is read at a time.
const PIECE: usize = 1024;
/// The most pieces that wait to be taken, some 25 MB of what is shown and 16 MB of labels. The first are read while the
/// lists take in the index's events.
const PIECES_SHOWN: usize = 64;
const PIECES_OF_LABELS: usize = 512;

/// The label of a title.
type Label = (Series, Position, u64);

impl ReadModel {
    /// Fills empty lists with the index's events, and with what the file shows.
    pub(super) fn load_shown(&self, snapshot: &Snapshot) -> Result<(), ModelError> {
        let (send_shown, shown) = sync_channel(PIECES_SHOWN);
        let (send_label, labels) = sync_channel(PIECES_OF_LABELS);
        thread::scope(|scope| {
            let reading = [
                scope.spawn(move || in_pieces(&send_shown, |send| self.disk.for_each_shown(send))),
                scope.spawn(move || {
                    in_pieces(&send_label, |send| {
                        self.disk.for_each_label(|series, at, label| send((series, at, label)))
                    })
                }),
            ];
            // If this fails, so does sending, and the threads end.
            let taken = self.load_events(snapshot).map(|()| self.take(shown, labels));
            let panicked = || Err(ModelError::new("reading the lists panicked"));
            let read = reading.map(|thread| thread.join().unwrap_or_else(|_| panicked()));
            read.into_iter().fold(taken, Result::and)
        })
    }

    fn take(&self, shown: Receiver<Vec<Shown>>, labels: Receiver<Vec<Label>>) {
        let mut memory = self.memory_mut();
        let mut loading = Default::default();
        shown.iter().flatten().for_each(|shown| memory.load(&mut loading, &shown));
        for (series, at, label) in labels.iter().flatten() {
            memory.load_label(&mut loading, series, at, label);
        }
        memory.loaded(loading);
    }
}

/// Sends what `read` finds, in pieces.
fn in_pieces<T>(
    pieces: &SyncSender<Vec<T>>,
    read: impl FnOnce(&mut dyn FnMut(T)) -> Result<(), ModelError>,
) -> Result<(), ModelError> {
    // Nobody takes them if the index cannot be read.
    let send = |piece| drop(pieces.send(piece));
    let mut piece = Vec::with_capacity(PIECE);
    read(&mut |found| {
        piece.push(found);
        if piece.len() == PIECE {
            send(mem::replace(&mut piece, Vec::with_capacity(PIECE)));
        }
    })?;
    send(piece);
    Ok(())
}
