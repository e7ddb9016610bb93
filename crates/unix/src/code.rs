//! Where compiled code lies, readable from a signal handler.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Most ranges: one per engine of the process.
const CAPACITY: usize = 256;

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

static COUNT: AtomicUsize = AtomicUsize::new(0);

/// Makes faults of instructions in `range` traps of the store that runs on the
/// faulting thread. For the code range of an engine, which never gives its
/// address space back. Returns false when there is no room for more ranges.
pub fn register_code(range: Range<usize>) -> bool {
    let known = |entry: &Entry| {
        entry.start.load(Ordering::Relaxed) == range.start
            && entry.end.load(Ordering::Relaxed) == range.end
    };
    let count = COUNT.load(Ordering::Acquire).min(CAPACITY);
    if RANGES[..count].iter().any(known) {
        return true;
    }
    let at = COUNT.fetch_add(1, Ordering::AcqRel);
    let Some(entry) = RANGES.get(at) else {
        COUNT.store(CAPACITY, Ordering::Release);
        return false;
    };
    // The end last: until it is set, the range is empty.
    entry.start.store(range.start, Ordering::Release);
    entry.end.store(range.end, Ordering::Release);
    true
}

/// Whether `pc` lies in compiled code. Safe to call from a signal handler.
pub(crate) fn contains(pc: usize) -> bool {
    let count = COUNT.load(Ordering::Acquire).min(CAPACITY);
    RANGES[..count].iter().any(|entry| {
        let end = entry.end.load(Ordering::Acquire);
        pc < end && pc >= entry.start.load(Ordering::Acquire)
    })
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
    }
}
