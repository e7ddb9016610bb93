//! Ring 0 as a [`Platform`]. Each context has its own; the running one is found
//! by the running task.

use crate::context::{Context, Exit};
use crate::error::Errno;
use crate::sys;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::ptr::NonNull;
use core::sync::atomic::AtomicU32;
use wasmjit_device::abi::{self, Memory};
use wasmjit_jit::LINUX_CPU_FEATURES;
use wasmjit_runtime::codegen::GUARDED_RESERVATION;
use wasmjit_runtime::platform::{Platform, WaitResult, WaitValue};
use wasmjit_runtime::vm::StoreContext;

pub(crate) const PAGE: usize = 4096;

/// Code of its own a context has in multiples of this: of a cache line.
const CODE_UNIT: usize = 64;

/// Bytes of stack that the kernel and the runtime need below compiled code:
/// faults are resolved there, and file systems take part in that.
pub(crate) const STACK_RESERVE: usize = 48 << 10;

/// Names of the processor's features, as the compiler knows them.
pub(crate) fn cpu_features() -> Vec<String> {
    let bits = sys::wj_cpu_features();
    let present = |(i, _): &(usize, &&str)| bits & 1 << i != 0;
    let features = LINUX_CPU_FEATURES.iter().enumerate().filter(present);
    features.map(|(_, &name)| name.into()).collect()
}

/// One context's memories and code.
pub(crate) struct Ring0 {
    /// Memories of the caller's, with the lengths that it has made accessible.
    memories: RefCell<Vec<Memory>>,
    /// How many of them were given out, in order.
    given: Cell<usize>,
    stack_limit: Cell<usize>,
}

// SAFETY: a context is used by one task at a time: its file's lock sees to that.
unsafe impl Send for Ring0 {}
// SAFETY: as above.
unsafe impl Sync for Ring0 {}

impl Ring0 {
    /// For the context that runs.
    pub(crate) fn new(stack_limit: usize) -> Self {
        Self {
            memories: RefCell::new(Vec::new()),
            given: Cell::new(0),
            stack_limit: Cell::new(stack_limit),
        }
    }

    /// More memories, which the next instance gets, first to last. They were
    /// checked.
    pub(crate) fn offer(&self, more: &[Memory]) -> Result<(), Errno> {
        let mut memories = self.memories.borrow_mut();
        let space = memories.try_reserve(more.len());
        space.map_err(|_| Errno::ENOMEM)?;
        self.given.set(memories.len());
        memories.extend_from_slice(more);
        Ok(())
    }

    /// The caller has made so many bytes of each memory accessible.
    pub(crate) fn set_lengths(&self, lengths: &[u64]) {
        for (memory, &length) in self.memories.borrow_mut().iter_mut().zip(lengths) {
            memory.length = memory.length.max(length);
        }
    }

    /// Whether the caller has said that all before `end` is accessible, in the
    /// memory where it lies.
    fn is_accessible(&self, start: u64, end: u64) -> bool {
        self.memories.borrow().iter().any(|memory| {
            let length = memory.length.min(GUARDED_RESERVATION);
            memory.base <= start && end <= memory.base + length
        })
    }
}

// SAFETY: memories are mappings of the caller's, which only code with the means
// to bear their absence touches; code comes from the module's arena.
unsafe impl Platform for Ring0 {
    fn page_size(&self) -> usize {
        PAGE
    }

    fn reserve(&self, bytes: usize) -> Option<NonNull<u8>> {
        if bytes as u64 != GUARDED_RESERVATION {
            return None;
        }
        let memory = *self.memories.borrow().get(self.given.get())?;
        self.given.set(self.given.get() + 1);
        NonNull::new(memory.base as *mut u8)
    }

    /// The caller reserves, and always as much.
    fn reserves_in_full(&self) -> bool {
        true
    }

    unsafe fn commit(&self, start: NonNull<u8>, bytes: usize) -> bool {
        let address = start.as_ptr() as u64;
        if self.is_accessible(address, address + bytes as u64) {
            return true;
        }
        let context = sys::wj_current_context();
        // SAFETY: memories are made and grow on the context's stack only. Who
        // waits elsewhere than in a call of compiled code, waits in vain.
        unsafe {
            if (*context).store_context.is_null() {
                return false;
            }
            Context::ask(context, Exit::Grow(start.as_ptr() as usize, bytes)) != 0
        }
    }

    /// The mapping stays the caller's.
    unsafe fn release(&self, _start: NonNull<u8>, _bytes: usize) {}

    /// The arena is always executable, and written elsewhere: pages do not matter.
    fn code_unit(&self) -> usize {
        CODE_UNIT
    }

    fn reserve_code(&self, bytes: usize) -> Option<NonNull<u8>> {
        // SAFETY: code is reserved on the context's stack; no reference to it is kept.
        let start = unsafe { Context::reserve(sys::wj_current_context(), bytes) };
        NonNull::new(start? as *mut u8)
    }

    unsafe fn commit_code(&self, start: NonNull<u8>, bytes: usize) -> Option<NonNull<u8>> {
        let alias = NonNull::new(sys::wj_code_alias(start.as_ptr() as usize))?;
        // SAFETY: a range of the arena that is this context's and not in use.
        unsafe { alias.write_bytes(0, bytes) };
        Some(alias)
    }

    unsafe fn release_code(&self, start: NonNull<u8>, _bytes: usize) {
        let context = sys::wj_current_context();
        // A context that is being closed, which is not the one that runs, gives its room
        // back itself.
        if !context.is_null() {
            // SAFETY: the context that runs; no reference to it is kept.
            drop(unsafe { Context::take_room(context, start.as_ptr() as usize) });
        }
    }

    unsafe fn make_executable(&self, _start: NonNull<u8>, _bytes: usize) -> bool {
        sys::wj_code_publish();
        true
    }

    fn catches_faults(&self) -> bool {
        true
    }

    fn set_current(&self, store: *mut StoreContext) -> *mut StoreContext {
        let context = sys::wj_current_context();
        // SAFETY: code is run by the context of this task only; the store is null or
        // valid.
        unsafe {
            (*context).vectors = match store.is_null() {
                true => core::ptr::null_mut(),
                false => &raw mut (*store).vectors,
            };
            core::ptr::replace(&raw mut (*context).store_context, store)
        }
    }

    fn stack_limit(&self) -> usize {
        self.stack_limit.get()
    }

    fn attention(&self) -> *const AtomicU32 {
        sys::wj_attention_word()
    }

    fn attend(&self) -> bool {
        sys::wj_cond_resched();
        if !sys::wj_signal_pending() {
            return false;
        }
        let context = sys::wj_current_context();
        // SAFETY: called by code, on the context's stack.
        unsafe { Context::ask(context, Exit::Attention) != 0 }
    }

    /// The caller waits: other threads of its wait and notify there, too.
    unsafe fn atomic_wait(
        &self,
        address: *const u8,
        expected: WaitValue,
        timeout_ns: i64,
        _interrupted: &dyn Fn() -> bool,
    ) -> WaitResult {
        let context = sys::wj_current_context();
        let exit = Exit::Wait(address.addr(), expected, timeout_ns);
        // SAFETY: called by code, on the context's stack.
        match unsafe { Context::ask(context, exit) } {
            abi::WOKEN => WaitResult::Woken,
            abi::NOT_EQUAL => WaitResult::NotEqual,
            abi::TIMED_OUT => WaitResult::TimedOut,
            _ => WaitResult::Interrupted,
        }
    }

    fn atomic_notify(&self, address: *const u8, count: u32) -> u32 {
        let context = sys::wj_current_context();
        // SAFETY: as above.
        let woken = unsafe { Context::ask(context, Exit::Notify(address.addr(), count)) };
        woken as u32
    }

    unsafe fn fill_guest(&self, to: NonNull<u8>, byte: u8, length: usize) -> bool {
        let chunk = [byte; CHUNK];
        chunks(length).all(|(offset, count)| {
            // SAFETY: the range is inside the memory.
            unsafe { put(to.add(offset), &chunk[..count]) }
        })
    }

    unsafe fn copy_guest(&self, to: NonNull<u8>, from: NonNull<u8>, length: usize) -> bool {
        let mut chunk = [0; CHUNK];
        let mut copy = |(offset, count): (usize, usize)| {
            // SAFETY: both ranges are inside memories.
            unsafe {
                get(&mut chunk[..count], from.add(offset)) && put(to.add(offset), &chunk[..count])
            }
        };
        if to <= from {
            chunks(length).all(copy)
        } else {
            // The end first: what comes later is not written before it is read.
            let mut end = length;
            while end > 0 {
                let count = end.min(CHUNK);
                end -= count;
                if !copy((end, count)) {
                    return false;
                }
            }
            true
        }
    }

    unsafe fn write_guest(&self, to: NonNull<u8>, from: &[u8]) -> bool {
        // SAFETY: the caller's promise.
        unsafe { put(to, from) }
    }
}

/// Bytes that are copied at once between places in user space.
const CHUNK: usize = 1024;

/// Offsets and lengths of the pieces of a range.
fn chunks(length: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..length)
        .step_by(CHUNK)
        .map(move |offset| (offset, CHUNK.min(length - offset)))
}

/// # Safety
/// The range must be inside a linear memory.
unsafe fn put(to: NonNull<u8>, from: &[u8]) -> bool {
    // SAFETY: copies to user space, which may fail.
    unsafe { sys::wj_copy_to_user(to.as_ptr() as u64, from.as_ptr(), from.len()) == 0 }
}

/// # Safety
/// As [`put`].
unsafe fn get(to: &mut [u8], from: NonNull<u8>) -> bool {
    // SAFETY: copies from user space, which may fail.
    unsafe { sys::wj_copy_from_user(to.as_mut_ptr(), from.as_ptr() as u64, to.len()) == 0 }
}
