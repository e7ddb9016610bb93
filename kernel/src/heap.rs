//! The kernel's allocator. Never used where sleeping is not allowed: Rust runs
//! outside the section of compiled code only.

use crate::sys;
use core::alloc::{GlobalAlloc, Layout};

struct KernelHeap;

// SAFETY: the shim's functions are the kernel's allocator, with the alignment
// asked for.
unsafe impl GlobalAlloc for KernelHeap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: a plain allocation.
        unsafe { sys::wj_alloc(layout.size(), layout.align()) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: came from `alloc`.
        unsafe { sys::wj_free(memory, layout.size()) }
    }
}

#[global_allocator]
static HEAP: KernelHeap = KernelHeap;
