//! What the C shim offers.

use crate::context::Context;
use core::ffi::{c_long, c_ulong, c_void};
use core::sync::atomic::AtomicU32;
use wasmjit_device::abi::Info;

/// What a user of the device has: the shim's `struct wj_account`.
#[repr(C)]
pub(crate) struct Account {
    opaque: [u8; 0],
}

// Contexts are opaque to the shim but for their first words.
#[allow(improper_ctypes)]
unsafe extern "C" {
    pub(crate) fn wj_alloc(size: usize, align: usize) -> *mut u8;
    pub(crate) fn wj_free(memory: *mut u8, size: usize);
    pub(crate) fn wj_stack_alloc(size: usize) -> *mut u8;
    pub(crate) fn wj_stack_free(stack: *mut u8);
    pub(crate) fn wj_copy_from_user(to: *mut u8, from: c_ulong, size: usize) -> c_ulong;
    pub(crate) fn wj_copy_to_user(to: c_ulong, from: *const u8, size: usize) -> c_ulong;
    pub(crate) safe fn wj_task_size() -> usize;
    pub(crate) safe fn wj_map(size: usize) -> usize;
    pub(crate) safe fn wj_unmap(start: usize, size: usize);

    pub(crate) fn wj_take_code(account: *mut Account, size: usize) -> bool;
    pub(crate) fn wj_return_code(account: *mut Account, size: usize);
    pub(crate) safe fn wj_code_alloc(size: usize) -> usize;
    pub(crate) safe fn wj_code_alias(code: usize) -> *mut u8;
    pub(crate) safe fn wj_code_publish();
    pub(crate) fn wj_code_free(code: usize, size: usize);

    pub(crate) safe fn wj_cache_lock();
    pub(crate) safe fn wj_cache_trylock() -> bool;
    pub(crate) safe fn wj_cache_unlock();
    pub(crate) safe fn wj_cache_limit() -> usize;
    pub(crate) safe fn wj_cache_limit_per_user() -> usize;
    pub(crate) fn wj_hash(
        hash: *mut u8,
        text: *const u8,
        text_size: usize,
        data: *const u8,
        size: usize,
    ) -> bool;

    pub(crate) safe fn wj_current_account() -> *mut Account;
    pub(crate) safe fn wj_compile_limit() -> u64;
    pub(crate) safe fn wj_processor_time() -> u64;

    pub(crate) safe fn wj_current_context() -> *mut Context;
    pub(crate) safe fn wj_current_task() -> *const c_void;
    pub(crate) safe fn wj_current_mm() -> *const c_void;
    pub(crate) fn wj_mm_drop(mm: *const c_void);
    pub(crate) safe fn wj_mm_is_current(mm: *const c_void) -> bool;
    pub(crate) safe fn wj_attention_word() -> *const AtomicU32;
    pub(crate) safe fn wj_attention_mask() -> u32;
    pub(crate) safe fn wj_watched_word() -> *const u64;
    pub(crate) safe fn wj_task_work_word() -> *const c_void;
    pub(crate) safe fn wj_watched_mask() -> u64;
    pub(crate) safe fn wj_signals_mask() -> u32;
    pub(crate) fn wj_system_call_function(name: *const u8, length: usize) -> usize;
    pub(crate) safe fn wj_cond_resched();
    pub(crate) safe fn wj_signal_pending() -> bool;
    pub(crate) safe fn wj_fatal_signal_pending() -> bool;
    pub(crate) safe fn wj_cpu_features() -> u32;
    pub(crate) fn wj_log(text: *const u8, length: usize);
    pub(crate) safe fn wj_count_module();
    pub(crate) safe fn wj_count_run(reason: u32);
    pub(crate) fn wj_info(info: *mut Info);

    pub(crate) fn wj_run_on(
        context: *mut Context,
        sp: usize,
        function: unsafe extern "C" fn(*mut c_void),
        argument: *mut c_void,
    ) -> c_long;
    pub(crate) fn wj_suspend(context: *mut Context);
    pub(crate) fn wj_resume(context: *mut Context) -> c_long;

    /// Makes a system call for compiled code.
    pub(crate) fn wj_system_call();
    /// Let compiled code use vector registers, or not.
    pub(crate) fn wj_vectors_on();
    pub(crate) fn wj_vectors_off();

    /// The kernel's code for an indirect jump to what `r15` holds.
    pub(crate) fn __x86_indirect_thunk_r15();
}
