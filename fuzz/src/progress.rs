//! Numbers that a worker process shares with the one that watches it.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// How many numbers there are.
const CELLS: usize = 64;
/// Those that every driver has; its own counters follow.
const COMMON: usize = 3;

/// A file of numbers, mapped into memory: they survive the worker's death.
pub struct Progress {
    cells: *const [AtomicU64; CELLS],
}

// SAFETY: the cells are atomic, and stay mapped for as long as `self` is there.
unsafe impl Send for Progress {}
// SAFETY: as above.
unsafe impl Sync for Progress {}

impl Progress {
    /// Makes the file anew.
    pub fn create(path: &Path) -> io::Result<Self> {
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(path)?;
        file.set_len((CELLS * 8) as u64)?;
        Self::map(&file)
    }

    /// Opens a file that [`create`](Self::create) made.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::options().read(true).write(true).open(path)?;
        if file.metadata()?.len() != (CELLS * 8) as u64 {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Self::map(&file)
    }

    fn map(file: &File) -> io::Result<Self> {
        // SAFETY: a new mapping of a file that is long enough.
        let start = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                CELLS * 8,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED,
                file.as_raw_fd(),
                0,
            )
        };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        Ok(Self {
            cells: start.cast_const().cast(),
        })
    }

    fn cell(&self, at: usize) -> &AtomicU64 {
        // SAFETY: mapped for as long as `self` is there.
        unsafe { &(*self.cells)[at] }
    }

    /// The case that is being worked on.
    pub fn current(&self) -> &AtomicU64 {
        self.cell(0)
    }

    /// Cases that are finished.
    pub fn done(&self) -> &AtomicU64 {
        self.cell(1)
    }

    /// Cases that failed in a way that the worker survived.
    pub fn failed(&self) -> &AtomicU64 {
        self.cell(2)
    }

    /// One of the driver's own counters.
    pub fn counter(&self, at: usize) -> &AtomicU64 {
        self.cell(COMMON + at)
    }

    /// Adds one to a counter of the driver's.
    pub fn count(&self, at: usize) {
        self.counter(at).fetch_add(1, Relaxed);
    }

    /// Raises a counter of the driver's to `value`, if it is lower.
    pub fn raise(&self, at: usize, value: u64) {
        self.counter(at).fetch_max(value, Relaxed);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        // SAFETY: mapped by us; nobody can use it any more.
        unsafe { libc::munmap(self.cells.cast_mut().cast(), CELLS * 8) };
    }
}
