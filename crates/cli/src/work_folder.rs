//! Folders for what is needed for a while.

use crate::failure::Failure;
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// A new folder that only this user may enter, and that goes away with this value.
pub(crate) struct WorkFolder(PathBuf);

impl WorkFolder {
    /// Makes one in `parent`, whose name begins with `name`.
    pub(crate) fn new(parent: &Path, name: &str) -> Result<Self, Failure> {
        // What processes with the same number have left may be there.
        const ATTEMPTS: u32 = 100;
        let mut attempt = 0;
        loop {
            let folder = parent.join(format!("{name}-{}-{attempt}", std::process::id()));
            match fs::DirBuilder::new().mode(0o700).create(&folder) {
                Ok(()) => return Ok(Self(folder)),
                Err(error)
                    if error.kind() == io::ErrorKind::AlreadyExists && attempt < ATTEMPTS =>
                {
                    attempt += 1;
                }
                Err(error) => return Err(Failure::io(&folder, "cannot be made", &error)),
            }
        }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        // What cannot be removed is in nobody's way.
        let _ = fs::remove_dir_all(&self.0);
    }
}
