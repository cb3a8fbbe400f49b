//! Loads the lists when a server starts. One thread reads the file while another fills the lists, because in a large market
//! each of them has seconds of work.

use std::mem;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::super::index::{Position, Snapshot};
use super::series::{Series, Shown};
use super::{ModelError, ReadModel};

/// What is read at a time.
const PIECE: usize = 1024;
/// The most pieces that wait to be taken, some 25 MB. The first are read while the lists take in the index's events.
const PIECES: usize = 64;

/// Part of what the file holds.
enum Piece {
    Shown(Vec<Shown>),
    /// Of titles.
    Labels(Vec<(Series, Position, u64)>),
}

impl ReadModel {
    /// Fills empty lists with the index's events, and with what the file shows.
    pub(super) fn load_shown(&self, snapshot: &Snapshot) -> Result<(), ModelError> {
        thread::scope(|scope| {
            let (sender, pieces) = sync_channel(PIECES);
            let reading = scope.spawn(move || self.read_shown(&sender));
            // If this fails, so does sending, and the thread ends.
            let taken = self.load_events(snapshot).map(|()| self.take(pieces));
            let read = reading.join().unwrap_or_else(|_| Err(ModelError::new("reading the lists panicked")));
            taken.and(read)
        })
    }

    fn take(&self, pieces: Receiver<Piece>) {
        let mut memory = self.memory_mut();
        let mut loading = Default::default();
        for piece in pieces {
            match piece {
                Piece::Shown(all) => all.iter().for_each(|shown| memory.load(&mut loading, shown)),
                Piece::Labels(all) => all.into_iter().for_each(|(series, at, label)| {
                    memory.load_label(&mut loading, series, at, label);
                }),
            }
        }
        memory.loaded(loading);
    }

    fn read_shown(&self, pieces: &SyncSender<Piece>) -> Result<(), ModelError> {
        // Nobody takes them if the index cannot be read.
        let send = |piece| drop(pieces.send(piece));
        let mut all = Vec::with_capacity(PIECE);
        self.disk.for_each_shown(|shown| {
            all.push(shown);
            if all.len() == PIECE {
                send(Piece::Shown(mem::replace(&mut all, Vec::with_capacity(PIECE))));
            }
        })?;
        send(Piece::Shown(all));
        let mut all = Vec::with_capacity(PIECE);
        self.disk.for_each_label(|series, at, label| {
            all.push((series, at, label));
            if all.len() == PIECE {
                send(Piece::Labels(mem::replace(&mut all, Vec::with_capacity(PIECE))));
            }
        })?;
        send(Piece::Labels(all));
        Ok(())
    }
}
