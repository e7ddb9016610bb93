//! A limit on the memory that a piece of work may take.
//!
//! A few bytes of input must not make a decoder ask for gigabytes. The counting
//! allocator turns that into the end of the process, which the supervisor
//! reports with the input.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
static LIMIT: AtomicUsize = AtomicUsize::new(usize::MAX);

/// The system's allocator, with a count of the live bytes and a limit on them.
/// A request beyond the limit fails.
pub struct Counting;

impl Counting {
    fn take(bytes: usize) -> bool {
        let live = LIVE.fetch_add(bytes, Relaxed).saturating_add(bytes);
        let limit = LIMIT.load(Relaxed);
        if live > limit {
            LIVE.fetch_sub(bytes, Relaxed);
            // The message that follows allocates, and so does the panic's.
            lift();
            eprintln!("memory limit: {bytes} bytes more would make {live}, allowed are {limit}");
            return false;
        }
        PEAK.fetch_max(live, Relaxed);
        true
    }
}

// SAFETY: all work is the system allocator's; a null pointer means failure.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if !Self::take(layout.size()) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if !Self::take(layout.size()) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's promise.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // The old block stays until the new one is there.
        if !Self::take(size) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's promise.
        let moved = unsafe { System.realloc(pointer, layout, size) };
        let freed = if moved.is_null() { size } else { layout.size() };
        LIVE.fetch_sub(freed, Relaxed);
        moved
    }
}

/// Ends the limit of [`within`]: for what happens when `work` panics.
pub fn lift() {
    LIMIT.store(usize::MAX, Relaxed);
}

/// Runs `work`, which may have `allowance` bytes more than there are now.
/// Returns its result and how many it had at most. Only has an effect in a
/// program whose global allocator is [`Counting`]; one thread at a time.
pub fn within<R>(allowance: usize, work: impl FnOnce() -> R) -> (R, usize) {
    let before = LIVE.load(Relaxed);
    PEAK.store(before, Relaxed);
    LIMIT.store(before.saturating_add(allowance), Relaxed);
    let result = work();
    lift();
    (result, PEAK.load(Relaxed).saturating_sub(before))
}
