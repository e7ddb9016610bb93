//! Address space from `mmap`.

use libc::{MAP_ANON, MAP_FAILED, MAP_PRIVATE, PROT_EXEC, PROT_NONE, PROT_READ, PROT_WRITE};
use std::ptr::{self, NonNull};
use std::sync::OnceLock;

/// Does not count against the limit of memory until it is used.
const NO_RESERVE: libc::c_int = if cfg!(any(target_os = "linux", target_os = "macos")) {
    libc::MAP_NORESERVE
} else {
    0
};

/// Size of a page.
pub(crate) fn page_size() -> usize {
    static SIZE: OnceLock<usize> = OnceLock::new();
    // SAFETY: asks for a constant of the system.
    *SIZE.get_or_init(|| unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as usize)
}

/// Reserves address space without access rights.
pub(crate) fn reserve(bytes: usize) -> Option<NonNull<u8>> {
    let flags = MAP_PRIVATE | MAP_ANON | NO_RESERVE;
    // SAFETY: a new mapping at an address of the kernel's choice.
    let start = unsafe { libc::mmap(ptr::null_mut(), bytes, PROT_NONE, flags, -1, 0) };
    if start == MAP_FAILED {
        return None;
    }
    NonNull::new(start.cast())
}

/// Makes pages of a reservation readable and writable.
///
/// # Safety
/// The range must lie in a reservation and be page-aligned.
pub(crate) unsafe fn commit(start: NonNull<u8>, bytes: usize) -> bool {
    // SAFETY: the caller's range.
    unsafe { libc::mprotect(start.as_ptr().cast(), bytes, PROT_READ | PROT_WRITE) == 0 }
}

/// Gives a reservation back.
///
/// # Safety
/// It must be one, no longer used.
pub(crate) unsafe fn release(start: NonNull<u8>, bytes: usize) {
    // SAFETY: the caller's reservation. It cannot fail for a whole mapping.
    unsafe { libc::munmap(start.as_ptr().cast(), bytes) };
}

/// Turns writable pages into executable ones.
///
/// # Safety
/// The range must be committed, page-aligned, and hold finished code.
pub(crate) unsafe fn make_executable(start: NonNull<u8>, bytes: usize) -> bool {
    // SAFETY: the caller's range.
    unsafe {
        synchronise_caches(start.as_ptr(), bytes);
        libc::mprotect(start.as_ptr().cast(), bytes, PROT_READ | PROT_EXEC) == 0
    }
}

/// x86-64 keeps its instruction caches coherent by itself.
#[cfg(not(target_arch = "aarch64"))]
unsafe fn synchronise_caches(_start: *mut u8, _bytes: usize) {}

/// Writes data caches back and discards what instruction caches hold.
///
/// # Safety
/// The range must be mapped.
#[cfg(target_arch = "aarch64")]
unsafe fn synchronise_caches(start: *mut u8, bytes: usize) {
    use std::arch::asm;
    let end = start as usize + bytes;
    // SAFETY: cache maintenance by address, allowed to user space; the line
    // sizes come from CTR_EL0.
    unsafe {
        let ctr: usize;
        asm!("mrs {}, ctr_el0", out(reg) ctr, options(nomem, nostack));
        let data_line = 4usize << ((ctr >> 16) & 15);
        let code_line = 4usize << (ctr & 15);
        let mut at = start as usize & !(data_line - 1);
        while at < end {
            asm!("dc cvau, {}", in(reg) at, options(nostack));
            at += data_line;
        }
        asm!("dsb ish", options(nostack));
        let mut at = start as usize & !(code_line - 1);
        while at < end {
            asm!("ic ivau, {}", in(reg) at, options(nostack));
            at += code_line;
        }
        asm!("dsb ish", "isb", options(nostack));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserve_commit_release() {
        let size = 1 << 30;
        let start = reserve(size).expect("address space");
        // SAFETY: the reservation above, used only here.
        unsafe {
            assert!(commit(start, page_size()));
            assert_eq!(start.read(), 0);
            start.write(1);
            release(start, size);
        }
        assert!(reserve(usize::MAX & !(page_size() - 1)).is_none());
    }
}
