//! A platform on the heap.

use crate::platform::{Platform, WaitResult, WaitValue};
use crate::vm::StoreContext;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::collections::HashMap;
use std::sync::Mutex;

const PAGE: usize = 4096;

/// Reservations are zeroed allocations, committed from the start.
#[derive(Default)]
pub(crate) struct TestPlatform {
    /// Bytes reserved now, and the size of the reservations by address.
    pub(crate) reserved: AtomicUsize,
    regions: Mutex<HashMap<usize, (usize, usize)>>,
    pub(crate) notified: AtomicU64,
}

// SAFETY: reservations are allocations of the size that was asked for.
unsafe impl Platform for TestPlatform {
    fn page_size(&self) -> usize {
        PAGE
    }

    fn reserve(&self, bytes: usize) -> Option<NonNull<u8>> {
        assert!(bytes > 0 && bytes.is_multiple_of(PAGE));
        if bytes > 1 << 30 {
            return None;
        }
        let layout = Layout::from_size_align(bytes, PAGE).unwrap();
        // SAFETY: the size is not zero.
        let start = NonNull::new(unsafe { alloc_zeroed(layout) })?;
        let mut regions = self.regions.lock().unwrap();
        regions.insert(start.as_ptr().addr(), (bytes, 0));
        self.reserved.fetch_add(bytes, Ordering::Relaxed);
        Some(start)
    }

    unsafe fn commit(&self, start: NonNull<u8>, bytes: usize) -> bool {
        let start = start.as_ptr().addr();
        assert!(bytes > 0 && bytes.is_multiple_of(PAGE) && start.is_multiple_of(PAGE));
        let mut regions = self.regions.lock().unwrap();
        let (_, (reserved, committed)) = regions
            .iter_mut()
            .find(|(base, (reserved, _))| (**base..*base + reserved).contains(&start))
            .map(|(base, region)| {
                assert_eq!(base + region.1, start, "commits follow each other");
                (base, region)
            })
            .expect("commits lie in a reservation");
        *committed += bytes;
        assert!(*committed <= *reserved);
        true
    }

    unsafe fn release(&self, start: NonNull<u8>, bytes: usize) {
        let mut regions = self.regions.lock().unwrap();
        let (reserved, _) = regions.remove(&start.as_ptr().addr()).unwrap();
        assert_eq!(reserved, bytes);
        self.reserved.fetch_sub(bytes, Ordering::Relaxed);
        // SAFETY: this is what `reserve` allocated.
        unsafe {
            let layout = Layout::from_size_align(bytes, PAGE).unwrap();
            dealloc(start.as_ptr(), layout);
        }
    }

    unsafe fn make_executable(&self, _start: NonNull<u8>, _bytes: usize) -> bool {
        false
    }

    fn catches_faults(&self) -> bool {
        false
    }

    fn set_current(&self, context: *mut StoreContext) -> *mut StoreContext {
        std::thread_local! {
            static CURRENT: core::cell::Cell<*mut StoreContext> =
                const { core::cell::Cell::new(core::ptr::null_mut()) };
        }
        CURRENT.replace(context)
    }

    fn stack_limit(&self) -> usize {
        let here = 0_u8;
        (&raw const here).addr() - (256 << 10)
    }

    unsafe fn atomic_wait(
        &self,
        address: *const u8,
        expected: WaitValue,
        _timeout_ns: i64,
        interrupted: &dyn Fn() -> bool,
    ) -> WaitResult {
        // SAFETY: the caller vouches for the address.
        let equal = unsafe {
            match expected {
                WaitValue::Bits32(value) => address.cast::<u32>().read() == value,
                WaitValue::Bits64(value) => address.cast::<u64>().read() == value,
            }
        };
        match (equal, interrupted()) {
            (false, _) => WaitResult::NotEqual,
            (true, false) => WaitResult::TimedOut,
            (true, true) => WaitResult::Interrupted,
        }
    }

    fn atomic_notify(&self, _address: *const u8, count: u32) -> u32 {
        self.notified.fetch_add(count.into(), Ordering::Relaxed);
        count
    }
}
