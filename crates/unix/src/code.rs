//! Where compiled code lies, readable from a signal handler.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Most ranges: one per engine of the process.
const CAPACITY: usize = 256;

/// A range, or nothing where `end` is zero.
struct Entry {
    start: AtomicUsize,
    end: AtomicUsize,
}

static RANGES: [Entry; CAPACITY] = [const {
    Entry {
        start: AtomicUsize::new(0),
        end: AtomicUsize::new(0),
    }
}; CAPACITY];

/// Held while ranges change; signal handlers only read.
static CHANGES: Mutex<()> = Mutex::new(());

/// Makes faults of instructions in `range` traps of the store that runs on the
/// faulting thread, until the address space is given back. For the code range of
/// an engine. Returns false when there is no room for more ranges.
pub fn register_code(range: Range<usize>) -> bool {
    let _changes = lock();
    let is = |entry: &&Entry, start, end| {
        entry.end.load(Ordering::Relaxed) == end
            && (end == 0 || entry.start.load(Ordering::Relaxed) == start)
    };
    if RANGES
        .iter()
        .any(|entry| is(&entry, range.start, range.end))
    {
        return true;
    }
    let Some(entry) = RANGES.iter().find(|entry| is(entry, 0, 0)) else {
        return false;
    };
    // The end last: until it is set, the range is empty.
    entry.start.store(range.start, Ordering::Release);
    entry.end.store(range.end, Ordering::Release);
    true
}

/// Forgets the range that starts at `start`, if it is registered: its address
/// space is about to be given back.
pub(crate) fn forget(start: usize) {
    let _changes = lock();
    for entry in &RANGES {
        let end = entry.end.load(Ordering::Relaxed);
        if end != 0 && entry.start.load(Ordering::Relaxed) == start {
            entry.end.store(0, Ordering::Release);
        }
    }
}

/// Whether `pc` lies in compiled code. Safe to call from a signal handler.
pub(crate) fn contains(pc: usize) -> bool {
    RANGES.iter().any(|entry| {
        let end = entry.end.load(Ordering::Acquire);
        // If the end is the same afterwards, the start belongs to it.
        pc < end
            && pc >= entry.start.load(Ordering::Acquire)
            && end == entry.end.load(Ordering::Acquire)
    })
}

fn lock() -> MutexGuard<'static, ()> {
    CHANGES.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registered_ranges_are_found() {
        assert!(register_code(0x1000..0x2000));
        assert!(register_code(0x1000..0x2000));
        assert!(contains(0x1000) && contains(0x1fff));
        assert!(!contains(0xfff) && !contains(0x2000));
        forget(0x1000);
        assert!(!contains(0x1000));
    }

    #[test]
    fn room_is_used_again() {
        for i in 1..4 * CAPACITY {
            assert!(register_code(i << 16..(i + 1) << 16));
            forget(i << 16);
        }
    }
}
