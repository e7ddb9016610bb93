//! Address space for code.
//!
//! One reservation per engine, so that all of its code is within reach of a
//! direct call and a fault handler can tell it by two comparisons. Pages are
//! handed out once, written, and then made executable: no page is ever both
//! writable and executable, nor writable again.

use alloc::sync::Arc;
use core::ops::Range;
use core::ptr::NonNull;
use spin::Mutex;
use wasmjit_runtime::platform::Platform;

/// Sizes to try, largest first: what direct branches reach, down to what a
/// small address-space limit leaves.
#[cfg(target_arch = "aarch64")]
const SIZES: &[usize] = &[128 << 20, 32 << 20, 8 << 20];
#[cfg(not(target_arch = "aarch64"))]
const SIZES: &[usize] = &[1 << 30, 256 << 20, 64 << 20, 16 << 20];

pub(crate) struct Arena {
    platform: Arc<dyn Platform>,
    base: NonNull<u8>,
    size: usize,
    used: Mutex<usize>,
}

// SAFETY: `base` is an address that the arena owns; pages are handed out under
// the lock, each once.
unsafe impl Send for Arena {}
// SAFETY: as above.
unsafe impl Sync for Arena {}

/// Writable pages that become code or stay data.
pub(crate) struct Pages {
    pub start: NonNull<u8>,
    pub bytes: usize,
}

impl Arena {
    pub(crate) fn new(platform: Arc<dyn Platform>) -> Option<Self> {
        let (base, size) = SIZES
            .iter()
            .find_map(|&size| Some((platform.reserve(size)?, size)))?;
        Some(Self {
            platform,
            base,
            size,
            used: Mutex::new(0),
        })
    }

    pub(crate) fn range(&self) -> Range<usize> {
        let start = self.base.as_ptr() as usize;
        start..start + self.size
    }

    /// Takes at least `bytes` of fresh, writable, zeroed pages.
    pub(crate) fn take(&self, bytes: usize) -> Option<Pages> {
        let bytes = bytes.next_multiple_of(self.platform.page_size());
        let mut used = self.used.lock();
        if bytes > self.size - *used {
            return None;
        }
        // SAFETY: `used` is at most `size`, so the address is in the reservation.
        let start = unsafe { self.base.add(*used) };
        // SAFETY: the range is in the reservation and was not taken before.
        if !unsafe { self.platform.commit(start, bytes) } {
            return None;
        }
        *used += bytes;
        Some(Pages { start, bytes })
    }

    /// Makes pages code.
    ///
    /// # Safety
    /// They must hold finished code, and nothing may write them any more.
    pub(crate) unsafe fn seal(&self, pages: &Pages) -> bool {
        // SAFETY: the pages came from `take`; the rest is the caller's promise.
        unsafe { self.platform.make_executable(pages.start, pages.bytes) }
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        // SAFETY: exactly the range that was reserved; everything that could
        // run code in it holds a reference to the arena's owner.
        unsafe { self.platform.release(self.base, self.size) }
    }
}
