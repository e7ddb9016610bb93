//! Files of one entry that are not in a cache.

use crate::{Absent, Image, Key, entry, folder};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Reads a file that [`write_file`] made, with the same care as for entries of
/// a cache: nobody else may be able to write to it, it must be intact, and
/// belong to `key`.
///
/// # Errors
/// [`Absent`], as for [`Cache::load`](crate::Cache::load).
pub fn read_file(path: &Path, key: &Key) -> Result<Image, Absent> {
    let name = folder::c_string(path.as_os_str())?;
    entry::read(&folder::open_trusted(libc::AT_FDCWD, &name)?, key)
}

/// Writes `parts` to a file of the same form as an entry of a cache. The file
/// appears at once and whole.
///
/// # Errors
/// When the file cannot be written; nothing is left behind then.
pub fn write_file(path: &Path, key: &Key, parts: &[&[u8]]) -> io::Result<()> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(format!(".{}.tmp", std::process::id()));
    let temporary = Path::new(&temporary);
    let file = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(temporary)?;
    let written = entry::write(&file, key, parts).and_then(|()| fs::rename(temporary, path));
    if written.is_err() {
        // The first error is the one that matters.
        let _ = fs::remove_file(temporary);
    }
    written
}
