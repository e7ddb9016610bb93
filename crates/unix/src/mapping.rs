//! Files in the place of pages of guest memory.
//!
//! A page of guest memory must at no time be nobody's: other threads map memory as
//! well, and what they were given there would be the guest's. `mmap` and `mremap` to
//! a fixed address first unmap what is there and may then fail. What can fail for
//! reasons that lie with the file therefore happens elsewhere, and if the rest fails
//! and the pages cannot be had back, the process ends.

use crate::linux::last_error;
use crate::memory::page_size;
use libc::{
    MAP_ANONYMOUS, MAP_FAILED, MAP_FIXED, MAP_FIXED_NOREPLACE, MAP_NORESERVE, MAP_PRIVATE,
    MAP_SHARED, MREMAP_FIXED, MREMAP_MAYMOVE, PROT_READ, PROT_WRITE, c_int, c_void,
};
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};
use wasmjit_posix::{Errno, Pages, Rights};

/// As [`wasmjit_posix::Kernel::map_shared`].
///
/// # Safety
/// As there.
pub(crate) unsafe fn map(
    start: NonNull<u8>,
    length: usize,
    rights: Rights,
    pages: Pages,
) -> Result<(), Errno> {
    let to = start.as_ptr().cast::<c_void>();
    let length = length
        .checked_next_multiple_of(page_size())
        .filter(|&length| length > 0 && to.addr().is_multiple_of(page_size()))
        .ok_or(Errno::EINVAL)?;
    // SAFETY: a new mapping at an address of the kernel's choice, which takes the place
    // of pages that are the guest's, as the caller promises; or else goes away.
    unsafe {
        let new = elsewhere(length, rights, pages)?;
        let moved = libc::mremap(new, length, length, MREMAP_MAYMOVE | MREMAP_FIXED, to);
        if moved == MAP_FAILED {
            let errno = last_error();
            libc::munmap(new, length);
            restore(to, length);
            return Err(errno);
        }
    }
    Ok(())
}

/// Maps so many bytes, whole pages, where the kernel likes.
fn elsewhere(length: usize, rights: Rights, pages: Pages) -> Result<*mut c_void, Errno> {
    // SAFETY: a new mapping, which nobody knows of.
    let new = unsafe {
        match pages {
            Pages::File { fd, offset } => {
                let rights = match rights {
                    Rights::Read => PROT_READ,
                    Rights::ReadWrite => PROT_READ | PROT_WRITE,
                };
                libc::mmap(ptr::null_mut(), length, rights, MAP_SHARED, fd, offset)
            }
            Pages::Segment(number) => {
                let flags = match rights {
                    Rights::Read => libc::SHM_RDONLY,
                    Rights::ReadWrite => 0,
                };
                // It fails as mmap does.
                libc::shmat(number, ptr::null(), flags)
            }
        }
    };
    if new == MAP_FAILED {
        return Err(last_error());
    }
    if let Pages::Segment(number) = pages
        && segment_size(number) != Some(length)
    {
        // SAFETY: it is the new one.
        unsafe { libc::shmdt(new) };
        return Err(Errno::EINVAL);
    }
    Ok(new)
}

/// Bytes of a segment, in whole pages. While it is attached its number is not another's,
/// as it may have been before.
fn segment_size(number: c_int) -> Option<usize> {
    let mut status = MaybeUninit::<libc::shmid_ds>::uninit();
    // SAFETY: there is room for the status.
    let known = unsafe { libc::shmctl(number, libc::IPC_STAT, status.as_mut_ptr()) } == 0;
    // SAFETY: the kernel has filled it.
    let size = known.then(|| unsafe { status.assume_init() }.shm_segsz)?;
    size.checked_next_multiple_of(page_size())
}

/// As [`wasmjit_posix::Kernel::unmap_shared`].
///
/// # Safety
/// As there.
pub(crate) unsafe fn unmap(start: NonNull<u8>, length: usize) {
    let to = start.as_ptr().cast::<c_void>();
    let length = length.next_multiple_of(page_size());
    // SAFETY: pages of the guest's, as the caller promises.
    if unsafe { anonymous(to, length, MAP_FIXED) } == MAP_FAILED {
        // SAFETY: as above.
        unsafe { restore(to, length) };
    }
}

/// Pages of zeros, as all guest memory has them.
unsafe fn anonymous(at: *mut c_void, length: usize, flags: c_int) -> *mut c_void {
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | flags;
    // SAFETY: the caller's range.
    unsafe { libc::mmap(at, length, PROT_READ | PROT_WRITE, flags, -1, 0) }
}

/// Takes those pages of a range back that are nobody's after a failure.
unsafe fn restore(at: *mut c_void, length: usize) {
    for offset in (0..length).step_by(page_size()) {
        // SAFETY: within the caller's range; replaces nothing.
        let page = unsafe { anonymous(at.byte_add(offset), page_size(), MAP_FIXED_NOREPLACE) };
        let there = page == MAP_FAILED && last_error() == Errno::EEXIST;
        // Kernels before 4.17 take the address for a wish.
        if !there && page != at.wrapping_byte_add(offset) {
            eprintln!("wasmjit: there is no memory left for a mapping");
            std::process::abort();
        }
    }
}
