//! A platform that never makes code executable.

use std::ptr::NonNull;
use wasmjit_runtime::platform::{Platform, WaitResult, WaitValue};
use wasmjit_runtime::vm::StoreContext;

/// Memory for compiled code that is only looked at. Whoever jumps into it
/// faults, which proves that images are not executed while they are read.
pub struct Inert;

const PAGE: usize = 4096;

impl Inert {
    fn protect(start: NonNull<u8>, bytes: usize, rights: libc::c_int) -> bool {
        // SAFETY: the callers pass ranges of their own reservations.
        unsafe { libc::mprotect(start.as_ptr().cast(), bytes, rights) == 0 }
    }
}

// SAFETY: memory comes from `mmap` as asked for. No code ever runs, so there are
// no faults to catch and no stacks to limit.
unsafe impl Platform for Inert {
    fn page_size(&self) -> usize {
        PAGE
    }

    fn reserve(&self, bytes: usize) -> Option<NonNull<u8>> {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_NORESERVE;
        // SAFETY: a new mapping harms nobody.
        let start =
            unsafe { libc::mmap(std::ptr::null_mut(), bytes, libc::PROT_NONE, flags, -1, 0) };
        (start != libc::MAP_FAILED).then(|| NonNull::new(start.cast()))?
    }

    unsafe fn commit(&self, start: NonNull<u8>, bytes: usize) -> bool {
        Self::protect(start, bytes, libc::PROT_READ | libc::PROT_WRITE)
    }

    unsafe fn release(&self, start: NonNull<u8>, bytes: usize) {
        // SAFETY: the caller gives up the whole reservation.
        unsafe { libc::munmap(start.as_ptr().cast(), bytes) };
    }

    unsafe fn make_executable(&self, start: NonNull<u8>, bytes: usize) -> bool {
        Self::protect(start, bytes, libc::PROT_READ)
    }

    fn catches_faults(&self) -> bool {
        false
    }

    fn set_current(&self, _context: *mut StoreContext) -> *mut StoreContext {
        std::ptr::null_mut()
    }

    fn stack_limit(&self) -> usize {
        0
    }

    unsafe fn atomic_wait(
        &self,
        _address: *const u8,
        _expected: WaitValue,
        _timeout_ns: i64,
        _interrupted: &dyn Fn() -> bool,
    ) -> WaitResult {
        WaitResult::NotEqual
    }

    fn atomic_notify(&self, _address: *const u8, _count: u32) -> u32 {
        0
    }
}
