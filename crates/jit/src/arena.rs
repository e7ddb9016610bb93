//! Address space for code.
//!
//! One reservation per engine, so that all of its code is within reach of a
//! direct call and a fault handler can tell it by two comparisons. Pages are
//! handed out once, written, and then made executable: no page is ever both
//! writable and executable, nor writable again.

use crate::compile::CompiledFunction;
use alloc::string::ToString;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;
use core::ptr::NonNull;
use spin::Mutex;
use wasmjit_runtime::codegen::CompileError;
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

/// Fresh, writable, zeroed pages.
pub(crate) struct Pages {
    pub start: NonNull<u8>,
    /// Where they can be written.
    writable: NonNull<u8>,
    bytes: usize,
}

/// Where the pieces of one batch of code stand in it.
pub(crate) struct Layout {
    /// Offset of each piece.
    pub offsets: Vec<usize>,
    /// Size of the whole.
    pub bytes: usize,
}

impl Layout {
    pub(crate) fn new<'a>(functions: impl Iterator<Item = &'a CompiledFunction>) -> Self {
        let mut bytes = 0usize;
        let offsets = functions
            .map(|function| {
                let start = bytes.next_multiple_of(function.alignment.max(16) as usize);
                bytes = start + function.code.len();
                start
            })
            .collect();
        Self { offsets, bytes }
    }
}

/// What to say when no pages are left.
fn full() -> CompileError {
    CompileError {
        function: None,
        message: "the address space for compiled code is full".to_string(),
    }
}

impl Arena {
    /// With so many bytes, or as many as there can be.
    pub(crate) fn new(platform: Arc<dyn Platform>, bytes: Option<usize>) -> Option<Self> {
        let wanted = bytes.as_ref().map(core::slice::from_ref);
        let (base, size) = wanted
            .unwrap_or(SIZES)
            .iter()
            .find_map(|&size| Some((platform.reserve_code(size)?, size)))?;
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

    /// Takes at least `bytes` of fresh pages, to stay data.
    pub(crate) fn take(&self, bytes: usize) -> Result<Pages, CompileError> {
        let bytes = bytes.next_multiple_of(self.platform.code_unit());
        let mut used = self.used.lock();
        if bytes > self.size - *used {
            return Err(full());
        }
        // SAFETY: `used` is at most `size`, so the address is in the reservation.
        let start = unsafe { self.base.add(*used) };
        // SAFETY: the range is in the reservation and was not taken before.
        let writable = unsafe { self.platform.commit_code(start, bytes) }.ok_or_else(full)?;
        *used += bytes;
        Ok(Pages {
            start,
            writable,
            bytes,
        })
    }

    /// Puts `bytes` of code on fresh pages and makes them executable; returns
    /// its address. `write` gets the bytes, zeroed, and that address.
    pub(crate) fn place(
        &self,
        bytes: usize,
        write: impl FnOnce(&mut [u8], usize) -> Result<(), CompileError>,
    ) -> Result<usize, CompileError> {
        let pages = self.take(bytes)?;
        let address = pages.start.as_ptr() as usize;
        // SAFETY: the pages hold so many zeroed bytes, and nobody else knows
        // them.
        let code = unsafe { core::slice::from_raw_parts_mut(pages.writable.as_ptr(), bytes) };
        write(code, address)?;
        // SAFETY: the pages came from `take` and hold finished code, which
        // nothing writes any more.
        if !unsafe { self.platform.make_executable(pages.start, pages.bytes) } {
            return Err(full());
        }
        Ok(address)
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        // SAFETY: exactly the range that was reserved; everything that could
        // run code in it holds a reference to the arena's owner.
        unsafe { self.platform.release_code(self.base, self.size) }
    }
}
