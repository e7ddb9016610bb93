//! The process as a [`Platform`].

use crate::{code, faults, machine, memory, parking, stack};
use std::ptr::NonNull;
use std::sync::{Arc, OnceLock};
use wasmjit_runtime::platform::{Platform, WaitResult, WaitValue};
use wasmjit_runtime::vm::StoreContext;

/// Memory, faults and threads of this process.
#[derive(Debug)]
#[non_exhaustive]
pub struct UnixPlatform {}

/// The process's platform. The first call installs handlers for the signals of
/// faulting instructions; see [`crate::register_code`].
pub fn platform() -> Arc<UnixPlatform> {
    static PLATFORM: OnceLock<Arc<UnixPlatform>> = OnceLock::new();
    PLATFORM
        .get_or_init(|| {
            if machine::SUPPORTED {
                faults::install();
            }
            Arc::new(UnixPlatform {})
        })
        .clone()
}

// SAFETY: memory comes from `mmap` as asked for, and the other promises are kept
// by the modules that do the work.
unsafe impl Platform for UnixPlatform {
    fn page_size(&self) -> usize {
        memory::page_size()
    }

    fn reserve(&self, bytes: usize) -> Option<NonNull<u8>> {
        memory::reserve(bytes)
    }

    unsafe fn commit(&self, start: NonNull<u8>, bytes: usize) -> bool {
        // SAFETY: the caller's promise.
        unsafe { memory::commit(start, bytes) }
    }

    unsafe fn release(&self, start: NonNull<u8>, bytes: usize) {
        code::forget(start.as_ptr() as usize);
        // SAFETY: the caller's promise.
        unsafe { memory::release(start, bytes) }
    }

    unsafe fn make_executable(&self, start: NonNull<u8>, bytes: usize) -> bool {
        // SAFETY: the caller's promise.
        unsafe { memory::make_executable(start, bytes) }
    }

    fn catches_faults(&self) -> bool {
        machine::SUPPORTED
    }

    fn set_current(&self, context: *mut StoreContext) -> *mut StoreContext {
        faults::set_current(context)
    }

    fn stack_limit(&self) -> usize {
        stack::limit()
    }

    unsafe fn atomic_wait(
        &self,
        address: *const u8,
        expected: WaitValue,
        timeout_ns: i64,
        interrupted: &dyn Fn() -> bool,
    ) -> WaitResult {
        // SAFETY: the caller's promise.
        unsafe { parking::wait(address, expected, timeout_ns, interrupted) }
    }

    fn atomic_notify(&self, address: *const u8, count: u32) -> u32 {
        parking::notify(address, count)
    }

    fn interrupts_loops(&self) -> bool {
        crate::loops::are_interrupted()
    }

    #[cfg(target_os = "linux")]
    fn interrupt_thread(&self, runner: u64) {
        crate::kick::Thread::from_id(runner).kick();
    }

    fn wake_all(&self) {
        parking::wake_all();
    }

    #[cfg(target_os = "linux")]
    fn stand_aside(&self) {
        crate::signals::leave_to_others();
        crate::linux::leave_descriptors();
    }
}
