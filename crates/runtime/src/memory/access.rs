//! Access to linear memories by the runtime itself, which must not fail where
//! compiled code would trap.
//!
//! In a process a range that was checked is accessible. In ring 0 linear memory
//! is a mapping of a user's, which may be gone at any time: there the platform
//! does it, with the kernel's own means.

use crate::platform::Platform;
use crate::trap::TrapCode;
use core::ptr::NonNull;

#[cfg(not(feature = "ring0"))]
const SURE: bool = true;
#[cfg(feature = "ring0")]
const SURE: bool = false;

fn check(done: bool) -> Result<(), TrapCode> {
    if done {
        Ok(())
    } else {
        Err(TrapCode::MemoryOutOfBounds)
    }
}

/// Fills a range.
///
/// # Safety
/// It must be inside a memory of the store that runs on this thread.
#[inline]
pub(crate) unsafe fn fill(
    platform: &dyn Platform,
    to: NonNull<u8>,
    byte: u8,
    length: usize,
) -> Result<(), TrapCode> {
    if SURE {
        // SAFETY: the caller vouches for the range.
        unsafe { to.write_bytes(byte, length) };
        return Ok(());
    }
    // SAFETY: as above.
    check(unsafe { platform.fill_guest(to, byte, length) })
}

/// Copies between ranges, which may overlap.
///
/// # Safety
/// As [`fill`], for both.
#[inline]
pub(crate) unsafe fn copy(
    platform: &dyn Platform,
    to: NonNull<u8>,
    from: NonNull<u8>,
    length: usize,
) -> Result<(), TrapCode> {
    if SURE {
        // SAFETY: the caller vouches for the ranges.
        unsafe { from.copy_to(to, length) };
        return Ok(());
    }
    // SAFETY: as above.
    check(unsafe { platform.copy_guest(to, from, length) })
}

/// Copies bytes of the runtime's to a range.
///
/// # Safety
/// As [`fill`].
#[inline]
pub(crate) unsafe fn write(
    platform: &dyn Platform,
    to: NonNull<u8>,
    from: &[u8],
) -> Result<(), TrapCode> {
    if SURE {
        // SAFETY: the caller vouches for the range.
        unsafe { to.copy_from_nonoverlapping(NonNull::from(from).cast(), from.len()) };
        return Ok(());
    }
    // SAFETY: as above.
    check(unsafe { platform.write_guest(to, from) })
}
