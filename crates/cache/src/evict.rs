//! Keeping the cache small.

use crate::folder::{self, Folder};
use crate::{Cleared, Key};
use std::io;
use std::time::Duration;

/// Age at which a file that is being written must have been abandoned.
const ABANDONED: Duration = Duration::from_secs(60 * 60);

/// Removes the least recently used entries, but not the one under `keep`, until
/// the rest is within `limit` bytes with some room to spare.
pub(crate) fn make_room(folder: &Folder, limit: u64, keep: &Key) -> io::Result<()> {
    for file in folder.temporaries()? {
        if file.used.elapsed().is_ok_and(|age| age > ABANDONED) {
            folder.remove(&file.name)?;
        }
    }
    let mut entries = folder.entries()?;
    let mut total: u64 = entries.iter().map(|entry| entry.size).sum();
    if total <= limit {
        return Ok(());
    }
    // Room to spare, so that not every new entry has to look for victims.
    let target = limit - limit / 10;
    let keep = folder::entry_name(keep);
    entries.sort_by_key(|entry| entry.used);
    for entry in entries.iter().filter(|entry| entry.name != keep) {
        if total <= target {
            break;
        }
        folder.remove(&entry.name)?;
        total -= entry.size;
    }
    Ok(())
}

/// Removes every file that the cache made.
pub(crate) fn clear(folder: &Folder) -> io::Result<Cleared> {
    let mut cleared = Cleared {
        entries: 0,
        bytes: 0,
    };
    for entry in folder.entries()? {
        folder.remove(&entry.name)?;
        cleared.entries += 1;
        cleared.bytes += entry.size;
    }
    for file in folder.temporaries()? {
        folder.remove(&file.name)?;
    }
    Ok(cleared)
}
