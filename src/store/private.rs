//! New files and directories, which only their owner can read: they hold what people pay for, and secrets.
//!
//! What root creates gets the owner of the directory that it is in. Otherwise the server, which runs as another user,
//! could not change what root's `capi admin restore` or `capi admin backup` wrote.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, fchown};
use std::path::Path;

const ROOT: u32 = 0;

/// Creates the file, which must not exist.
pub(super) fn create(path: &Path) -> io::Result<File> {
    let file = options().create_new(true).open(path)?;
    hand_over(&file, path)?;
    Ok(file)
}

/// Opens the file for reading and writing; creates it if it is missing.
pub(super) fn open_or_create(path: &Path) -> io::Result<File> {
    match create(path) {
        // It may be another's, and a link to anywhere: only a new file is handed over.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            options().create(true).truncate(false).open(path)
        }
        created => created,
    }
}

/// Creates the directory, and those above it that are missing.
pub(super) fn create_directories(path: &Path) -> io::Result<()> {
    // What a relative path of one name begins with.
    if path.as_os_str().is_empty() {
        return Ok(());
    }
    match (create_directory(path), path.parent()) {
        (Err(error), Some(above)) if error.kind() == io::ErrorKind::NotFound => {
            create_directories(above)?;
            create_directory(path)
        }
        (done, _) => done,
    }
}

/// Creates the directory, unless it exists.
fn create_directory(path: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => hand_over(&open_directory(path)?, path),
        Err(_) if path.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(0o600);
    options
}

/// Not what a link leads to: in the meantime, the owner of the directory above can have put one there.
fn open_directory(path: &Path) -> io::Result<File> {
    let flags = rustix::fs::OFlags::DIRECTORY | rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::CLOEXEC;
    let opened = rustix::fs::open(path, flags, rustix::fs::Mode::empty());
    Ok(opened.map(File::from)?)
}

/// Gives what was just created at `path` to the owner of the directory that it is in.
fn hand_over(created: &File, path: &Path) -> io::Result<()> {
    let is_of_root = |metadata: &Metadata| metadata.uid() == ROOT;
    if !is_of_root(&created.metadata()?) {
        return Ok(());
    }
    let directory = fs::metadata(parent(path))?;
    if is_of_root(&directory) {
        return Ok(());
    }
    match fchown(created, Some(directory.uid()), Some(directory.gid())) {
        // The root of a container may lack the right, or not know the user. The server there runs as that root, too.
        Err(error)
            if matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::InvalidInput) =>
        {
            Ok(())
        }
        done => done,
    }
}

/// The directory that `path` names an entry of.
fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{chown, symlink};

    use tempfile::TempDir;

    use super::*;

    /// A directory, and the user that it belongs to: not the one that runs the test, where that is root.
    fn directory() -> (TempDir, u32) {
        let directory = tempfile::tempdir().unwrap();
        if owner(directory.path()) == ROOT {
            chown(directory.path(), Some(12_345), Some(12_346)).unwrap();
        }
        let owner = owner(directory.path());
        (directory, owner)
    }

    fn owner(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().uid()
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn what_is_created_is_private_and_belongs_to_the_owner_of_its_directory() {
        let (directory, user) = directory();
        let inner = directory.path().join("one/two");
        create_directories(&inner).unwrap();
        create_directories(&inner).unwrap();
        let (new, opened) = (inner.join("new"), inner.join("opened"));
        create(&new).unwrap();
        open_or_create(&opened).unwrap();
        assert_eq!(create(&new).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        for (path, expected) in
            [(directory.path().join("one"), 0o700), (inner, 0o700), (new, 0o600), (opened, 0o600)]
        {
            assert_eq!((owner(&path), mode(&path)), (user, expected), "{}", path.display());
        }
    }

    #[test]
    fn an_existing_file_keeps_its_owner_and_its_content_also_behind_a_link() {
        let (directory, _) = directory();
        let elsewhere = tempfile::tempdir().unwrap();
        let file = elsewhere.path().join("file");
        fs::write(&file, "content").unwrap();
        let before = (owner(&file), mode(&file));
        let link = directory.path().join("link");
        symlink(&file, &link).unwrap();
        open_or_create(&link).unwrap();
        assert_eq!((owner(&file), mode(&file)), before);
        assert_eq!(fs::read_to_string(&file).unwrap(), "content");
    }

    #[test]
    fn a_relative_path_needs_no_directory() {
        create_directories(Path::new("")).unwrap();
        create_directories(Path::new("src")).unwrap();
        assert_eq!(parent(Path::new("file")), Path::new("."));
    }

    #[test]
    fn a_file_in_the_place_of_a_directory_is_an_error() {
        let (directory, _) = directory();
        let file = directory.path().join("file");
        create(&file).unwrap();
        assert_eq!(create_directories(&file).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(create_directories(&file.join("below")).unwrap_err().kind(), io::ErrorKind::NotADirectory);
    }
}
