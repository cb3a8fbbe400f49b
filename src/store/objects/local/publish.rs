//! Creates, renames and removes names. Each change is durable when it returns, and can be repeated after any crash.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::super::ObjectError;
use super::{is_missing, missing_or_unavailable, unavailable};
use crate::store::private;

/// How often a directory may vanish, because its last object is removed, before the new name is in it.
const ATTEMPTS: usize = 100;

/// Gives the file at `from` the additional name `to`, below `root`.
pub(super) fn link(root: &Path, from: &Path, to: &Path) -> Result<(), ObjectError> {
    let linked = link_in_new_directories(from, to);
    linked.inspect_err(|_| prune(root, to)).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => ObjectError::AlreadyExists,
        _ if !from.exists() => missing_or_unavailable(from, error),
        _ => unavailable(to, error),
    })?;
    sync_directories(root, to).inspect_err(|_| drop(fs::remove_file(to)))
}

fn link_in_new_directories(from: &Path, to: &Path) -> io::Result<()> {
    let attempt = || create_directories(to).and_then(|()| fs::hard_link(from, to));
    for _ in 1..ATTEMPTS {
        match attempt() {
            Err(error) if is_missing(&error) && from.exists() => {}
            done => return done,
        }
    }
    attempt()
}

fn create_directories(to: &Path) -> io::Result<()> {
    let created = to.parent().map_or(Ok(()), private::create_directories);
    created.map_err(|error| match error.kind() {
        // The error is about a directory on the path, or a file in its place, and not about the key itself.
        io::ErrorKind::AlreadyExists => io::ErrorKind::NotADirectory.into(),
        _ => error,
    })
}

/// Moves an object to an unused key.
pub(super) fn rename(root: &Path, from: &Path, to: &Path) -> Result<(), ObjectError> {
    if from == to {
        return fs::metadata(from).map(drop).map_err(|error| missing_or_unavailable(from, error));
    }
    match link(root, from, to) {
        Ok(()) => delete(root, from),
        // An earlier attempt got this far; at most the removal of the old name is missing.
        Err(ObjectError::AlreadyExists) if same_file(from, to) => delete(root, from),
        Err(ObjectError::AlreadyExists | ObjectError::NotFound) if !from.exists() && to.exists() => Ok(()),
        Err(error) => Err(error),
    }
}

fn same_file(one: &Path, other: &Path) -> bool {
    let identity = |path| fs::metadata(path).map(|metadata: fs::Metadata| (metadata.dev(), metadata.ino()));
    matches!((identity(one), identity(other)), (Ok(one), Ok(other)) if one == other)
}

/// Removes an object and the directories it leaves empty.
pub(super) fn delete(root: &Path, path: &Path) -> Result<(), ObjectError> {
    match fs::symlink_metadata(path) {
        // A directory is not an object.
        Ok(metadata) if metadata.is_dir() => return Ok(()),
        Ok(_) => {}
        Err(error) if is_missing(&error) => return Ok(()),
        Err(error) => return Err(unavailable(path, error)),
    }
    match fs::remove_file(path) {
        Err(error) if !is_missing(&error) => return Err(unavailable(path, error)),
        _ => {}
    }
    sync_parent(path)?;
    prune(root, path);
    Ok(())
}

/// Removes the empty directories between `path` and `root`.
fn prune(root: &Path, path: &Path) {
    for directory in path.ancestors().skip(1).take_while(|directory| *directory != root) {
        if fs::remove_dir(directory).is_err() {
            break;
        }
    }
}

/// Makes a new name durable, with those of the directories above it.
fn sync_directories(root: &Path, path: &Path) -> Result<(), ObjectError> {
    let mut above = path.ancestors().skip(1).take_while(|directory| directory.starts_with(root));
    above.try_for_each(|directory| sync(directory).map_err(|error| unavailable(directory, error)))
}

fn sync_parent(path: &Path) -> Result<(), ObjectError> {
    match path.parent().map_or(Ok(()), sync) {
        // Another removal has removed the whole directory.
        Err(error) if !is_missing(&error) => Err(unavailable(path, error)),
        _ => Ok(()),
    }
}

fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}
