//! Where a report goes: tried before any work starts, written after every run.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, IsTerminal as _, Write};
use std::os::fd::AsFd as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::harmless::harmless;

/// A file that results are written to, over and over.
///
/// It is opened before the run, so that a path that cannot be written is
/// refused before anything starts. What it held before stays until there is
/// something to replace it with, and a full disk leaves the old content whole.
#[derive(Debug)]
pub struct Destination {
    /// As the user named it.
    path: PathBuf,
    /// A device, a pipe or the like, which cannot be replaced by a rename; or
    /// the file that standard output or standard error goes to, which holds
    /// more than the report.
    stream: Option<File>,
    /// Device and inode, by which two names of one file are known.
    identity: (u64, u64),
    /// Created by us and still empty: removed if nothing is ever written.
    is_fresh: bool,
}

impl Destination {
    /// Makes sure that `path` can be written.
    ///
    /// # Errors
    /// It is a directory, its directory is missing, or permission is lacking.
    pub fn open(path: &Path) -> io::Result<Self> {
        let is_fresh = !path.exists();
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        let metadata = file.metadata()?;
        let identity = identity(&metadata);
        let is_stream = !metadata.is_file() || standard_streams().contains(&identity);
        Ok(Self {
            path: path.to_owned(),
            stream: is_stream.then_some(file),
            identity,
            is_fresh,
        })
    }

    /// As the user named it.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether both are the same file, which cannot hold two reports.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        let can_mix = !self.can_be_replaced() && !other.can_be_replaced();
        self.identity == other.identity && !can_mix
    }

    /// Whether it is the file of that name.
    #[must_use]
    pub fn is_at(&self, path: &Path) -> bool {
        fs::metadata(path).is_ok_and(|found| identity(&found) == self.identity)
    }

    /// Whether every write replaces the last one; a stream can only be
    /// written once, at the end.
    #[must_use]
    pub const fn can_be_replaced(&self) -> bool {
        self.stream.is_none()
    }

    /// Replaces the content. A regular file is written aside and renamed, so
    /// that no reader and no crash ever meets half a report.
    ///
    /// # Errors
    /// The disk is full, or the path was taken away meanwhile.
    pub fn write(&mut self, content: &str) -> io::Result<()> {
        if let Some(stream) = &mut self.stream {
            let content = match stream.is_terminal() {
                true => harmless(content),
                false => content.into(),
            };
            stream.write_all(content.as_bytes())?;
            return stream.flush();
        }
        // Through a symbolic link to what it points to.
        let target = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        let directory = target.parent().unwrap_or_else(|| Path::new("/"));
        let mut aside = match NamedTempFile::with_prefix_in(".sim-export-", directory) {
            Ok(aside) => aside,
            // The file may be writable where its directory is not.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                self.is_fresh = false;
                return fs::write(&target, content);
            }
            Err(error) => return Err(error),
        };
        aside.write_all(content.as_bytes())?;
        aside.as_file().sync_all()?;
        if let Ok(old) = fs::metadata(&target) {
            fs::set_permissions(aside.path(), old.permissions())?;
        }
        aside.persist(&target).map_err(|error| error.error)?;
        self.is_fresh = false;
        Ok(())
    }
}

fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

/// What standard output and standard error are.
fn standard_streams() -> Vec<(u64, u64)> {
    let streams = [
        io::stdout().as_fd().try_clone_to_owned(),
        io::stderr().as_fd().try_clone_to_owned(),
    ];
    let metadata = streams
        .into_iter()
        .flatten()
        .map(|fd| File::from(fd).metadata());
    metadata.flatten().map(|found| identity(&found)).collect()
}

impl Drop for Destination {
    fn drop(&mut self) {
        if self.is_fresh {
            // Nothing was written: leave no empty file behind.
            let _ = fs::remove_file(&self.path);
        }
    }
}
