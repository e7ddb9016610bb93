//! What the builtins do. The shims in [`crate::arch`] call these.
//!
//! Every function gets the calling instance's context, whose store runs on this
//! thread. The index arguments come from validated code.

use crate::backtrace::{self, Start};
use crate::builtins::PENDING_TRAP;
use crate::exception;
use crate::frames::find_handler;
use crate::func::set_pending;
use crate::instance::{self, InstanceData};
use crate::memory::{MemoryData, access};
use crate::platform::{WaitResult, WaitValue};
use crate::store::StoreInner;
use crate::table::TableData;
use crate::trap::{Trap, TrapCode, TrapReason};
use crate::value::ExnRef;
use crate::vm::{RawValue, StoreContext, VMContext, VMFuncRef, VMHostFunction, VMTag};
use core::ptr::NonNull;

/// Result of a builtin without a value, or the failing value.
const FAILED: u64 = u64::MAX;

/// # Safety
/// `vmctx` must be the context of an instance.
unsafe fn instance_of<'a>(vmctx: *mut VMContext) -> &'a InstanceData {
    // SAFETY: the context's `instance` is set when it is made.
    unsafe { &*(*vmctx).instance.cast::<InstanceData>() }
}

/// # Safety
/// `vmctx` must be the context of an instance, whose store runs code on this
/// thread, and the result not be used across anything that may use the store
/// in another way.
unsafe fn store_of<'a>(vmctx: *mut VMContext) -> &'a mut StoreInner {
    // SAFETY: the context's `store` is set when it is made, and so is the
    // store context's.
    unsafe { &mut *(*(*vmctx).store).store.cast::<StoreInner>() }
}

/// Leaves a pending trap.
///
/// # Safety
/// As [`store_of`].
#[cold]
unsafe fn trap_with(vmctx: *mut VMContext, trap: impl Into<Trap>) {
    // SAFETY: the caller vouches for the context.
    unsafe { set_pending(store_of(vmctx), trap.into()) };
}

/// The status for the shim.
///
/// # Safety
/// As [`store_of`].
unsafe fn status<T: Into<Trap>>(vmctx: *mut VMContext, result: Result<(), T>) -> u64 {
    match result {
        Ok(()) => 0,
        Err(trap) => {
            // SAFETY: the caller vouches for the context.
            unsafe { trap_with(vmctx, trap) };
            1
        }
    }
}

/// The value for the shim.
///
/// # Safety
/// As [`store_of`].
unsafe fn value_or_trap<T: Into<Trap>>(vmctx: *mut VMContext, result: Result<u64, T>) -> u64 {
    match result {
        Ok(value) => value,
        Err(trap) => {
            // SAFETY: the caller vouches for the context.
            unsafe { trap_with(vmctx, trap) };
            PENDING_TRAP
        }
    }
}

/// `memory.grow`: the old size in pages, or all ones.
///
/// # Safety
/// `vmctx` must be the context of an instance whose store runs on this thread,
/// and the indices be those of its module.
pub unsafe extern "C" fn memory_grow(vmctx: *mut VMContext, memory: u32, pages: u64) -> u64 {
    // SAFETY: see the module's documentation.
    unsafe {
        let memory = instance_of(vmctx).memory(memory);
        MemoryData::grow(memory, store_of(vmctx), pages).unwrap_or(FAILED)
    }
}

/// `memory.fill`: 0, or 1 after a trap.
///
/// # Safety
/// `vmctx` must be the context of an instance whose store runs on this thread,
/// and the indices be those of its module.
pub unsafe extern "C" fn memory_fill(
    vmctx: *mut VMContext,
    memory: u32,
    address: u64,
    value: u32,
    length: u64,
) -> u64 {
    // SAFETY: see the module's documentation; the range is inside the memory.
    unsafe {
        let memory = instance_of(vmctx).memory(memory).as_ref();
        let result = match memory.range(address, length) {
            Some(start) => {
                let platform = &**store_of(vmctx).engine.platform();
                access::fill(platform, start, value as u8, length as usize)
            }
            None => Err(TrapCode::MemoryOutOfBounds),
        };
        status(vmctx, result)
    }
}

/// `memory.copy`: 0, or 1 after a trap.
///
/// # Safety
/// `vmctx` must be the context of an instance whose store runs on this thread,
/// and the indices be those of its module.
pub unsafe extern "C" fn memory_copy(
    vmctx: *mut VMContext,
    to_memory: u32,
    from_memory: u32,
    to: u64,
    from: u64,
    length: u64,
) -> u64 {
    // SAFETY: see the module's documentation; both ranges are inside their
    // memories, and may overlap.
    unsafe {
        let instance = instance_of(vmctx);
        let to = instance.memory(to_memory).as_ref().range(to, length);
        let from = instance.memory(from_memory).as_ref().range(from, length);
        let result = match (to, from) {
            (Some(to), Some(from)) => {
                let platform = &**store_of(vmctx).engine.platform();
                access::copy(platform, to, from, length as usize)
            }
            _ => Err(TrapCode::MemoryOutOfBounds),
        };
        status(vmctx, result)
    }
}

/// `memory.init`: 0, or 1 after a trap.
///
/// # Safety
/// `vmctx` must be the context of an instance whose store runs on this thread,
/// and the indices be those of its module.
pub unsafe extern "C" fn memory_init(
    vmctx: *mut VMContext,
    memory: u32,
    segment: u32,
    to: u64,
    from: u32,
    length: u32,
) -> u64 {
    // SAFETY: see the module's documentation.
    unsafe {
        let instance = instance_of(vmctx);
        let (from, length) = (u64::from(from), u64::from(length));
        let result = instance::memory_init(instance, memory, segment, to, from, length);
        status(vmctx, result)
    }
}

/// `data.drop`: 0.
///
/// # Safety
/// `vmctx` must be the context of an instance whose store runs on this thread,
/// and the indices be those of its module.
pub unsafe extern "C" fn data_drop(vmctx: *mut VMContext, segment: u32) -> u64 {
    // SAFETY: see the module's documentation.
    let instance = unsafe { instance_of(vmctx) };
    instance.dropped_data[segment as usize].set(true);
    0
}

/// `table.grow`: the old size, or all ones.
///
/// # Safety
/// `vmctx` must be the context of an instance whose store runs on this thread,
/// and the indices be those of its module.
pub unsafe extern "C" fn table_grow(
    vmctx: *mut VMContext,
    table: u32,
    value: u64,
    count: u64,
) -> u64 {
    // SAFETY: see the module's documentation.
    unsafe {
        let table = instance_of(vmctx).table(table);
        TableData::grow(table, store_of(vmctx), count, value).unwrap_or(FAILED)
    }
}

/// `table.fill`: 0, or 1 after a trap.
///
/// # Safety
/// `vmctx` must be the context of an instance whose store runs on this thread,
/// and the indices be those of its module.
pub unsafe extern "C" fn table_fill(
    vmctx: *mut VMContext,
    table: u32,
    index: u64,
    value: u64,
    count: u64,
) -> u64 {
    // SAFETY: see the module's documentation.
    unsafe {
        let table = instance_of(vmctx).table(table).as_ref();
        let result = table.fill(index, value, count);
        status(vmctx, result.map_err(|_| TrapCode::TableOutOfBounds))
    }
}

/// `table.copy`: 0, or 1 after a trap.
///
/// # Safety
/// `vmctx` must be the context of an instance whose store runs on this thread,
/// and the indices be those of its module.
pub unsafe extern "C" fn table_copy(
    vmctx: *mut VMContext,
    to_table: u32,
    from_table: u32,
    to: u64,
    from: u64,
    count: u64,
) -> u64 {
    // SAFETY: see the module's documentation.
    unsafe {
        let instance = instance_of(vmctx);
        let to_table = instance.table(to_table).as_ref();
        let from_table = instance.table(from_table).as_ref();
        let result = TableData::copy(to_table, from_table, to, from, count);
        status(vmctx, result.map_err(|_| TrapCode::TableOutOfBounds))
    }
}

/// `table.init`: 0, or 1 after a trap.
///
/// # Safety
/// `vmctx` must be the context of an instance whose store runs on this thread,
/// and the indices be those of its module.
pub unsafe extern "C" fn table_init(
    vmctx: *mut VMContext,
    table: u32,
    segment: u32,
    to: u64,
    from: u32,
    count: u32,
) -> u64 {
    // SAFETY: see the module's documentation.
    unsafe {
        let instance = instance_of(vmctx);
        let (from, count) = (u64::from(from), u64::from(count));
        let result = instance::table_init(instance, table, segment, to, from, count);
        status(vmctx, result)
    }
}

/// `elem.drop`: 0.
///
/// # Safety
/// `vmctx` must be the context of an instance whose store runs on this thread,
/// and the indices be those of its module.
pub unsafe extern "C" fn elem_drop(vmctx: *mut VMContext, segment: u32) -> u64 {
    // SAFETY: see the module's documentation.
    let instance = unsafe { instance_of(vmctx) };
    instance.dropped_elements[segment as usize].set(true);
    0
}

pub(crate) unsafe extern "C" fn memory_atomic_wait32(
    vmctx: *mut VMContext,
    memory: u32,
    address: u64,
    expected: u32,
    timeout: i64,
) -> u64 {
    // SAFETY: see the module's documentation.
    unsafe { atomic_wait(vmctx, memory, address, WaitValue::Bits32(expected), timeout) }
}

pub(crate) unsafe extern "C" fn memory_atomic_wait64(
    vmctx: *mut VMContext,
    memory: u32,
    address: u64,
    expected: u64,
    timeout: i64,
) -> u64 {
    // SAFETY: see the module's documentation.
    unsafe { atomic_wait(vmctx, memory, address, WaitValue::Bits64(expected), timeout) }
}

/// # Safety
/// See the module's documentation.
unsafe fn atomic_wait(
    vmctx: *mut VMContext,
    memory: u32,
    address: u64,
    expected: WaitValue,
    timeout: i64,
) -> u64 {
    // SAFETY: see the module's documentation.
    unsafe {
        let memory = instance_of(vmctx).memory(memory).as_ref();
        let result = check_atomic(memory, address, expected).map_err(Trap::from);
        let result = result.and_then(|()| {
            let shared = memory.shared().ok_or(TrapCode::ExpectedSharedMemory)?;
            let handle = StoreInner::running(store_of(vmctx));
            loop {
                let interrupted = || (*handle).interrupted();
                match shared.atomic_wait(address, expected, timeout, &interrupted)? {
                    WaitResult::Woken => return Ok(0),
                    WaitResult::NotEqual => return Ok(1),
                    WaitResult::TimedOut => return Ok(2),
                    WaitResult::Interrupted => {
                        (*handle).poll()?;
                        // How much of the time is left is not known, so a
                        // limited wait ends here, as if it had been woken.
                        if timeout >= 0 {
                            return Ok(0);
                        }
                    }
                }
            }
        });
        value_or_trap(vmctx, result)
    }
}

pub(crate) unsafe extern "C" fn memory_atomic_notify(
    vmctx: *mut VMContext,
    memory: u32,
    address: u64,
    count: u32,
) -> u64 {
    // SAFETY: see the module's documentation.
    unsafe {
        let memory = instance_of(vmctx).memory(memory).as_ref();
        let result = check_atomic(memory, address, WaitValue::Bits32(0)).map_err(Trap::from);
        let result = result.and_then(|()| match memory.shared() {
            Some(shared) => shared.atomic_notify(address, count).map(u64::from),
            // No one can wait there.
            None => Ok(0),
        });
        value_or_trap(vmctx, result)
    }
}

fn check_atomic(memory: &MemoryData, address: u64, value: WaitValue) -> Result<(), TrapCode> {
    let size = match value {
        WaitValue::Bits32(_) => 4,
        WaitValue::Bits64(_) => 8,
    };
    if !address.is_multiple_of(size) {
        return Err(TrapCode::UnalignedAtomic);
    }
    memory
        .range(address, size)
        .map(|_| ())
        .ok_or(TrapCode::MemoryOutOfBounds)
}

/// Handles an interruption, if there is one, and checks the stack; `sp` is the
/// stack pointer of the function that polls. Returns 0, or 1 after a trap.
///
/// # Safety
/// `vmctx` must be the context of an instance whose store runs on this thread,
/// and the indices be those of its module.
pub unsafe extern "C" fn poll(vmctx: *mut VMContext, sp: usize) -> u64 {
    // SAFETY: see the module's documentation.
    unsafe { poll_store((*vmctx).store, sp) }
}

/// As [`poll`], at any instruction of compiled code: its registers may hold addresses of
/// memories and tables, which do not move meanwhile.
///
/// # Safety
/// As for [`poll_store`].
#[cfg(all(
    target_arch = "x86_64",
    target_feature = "sse2",
    not(feature = "ring0")
))]
pub(crate) unsafe extern "C" fn poll_anywhere(context: *mut StoreContext, sp: usize) -> u64 {
    // SAFETY: the caller's promise; the store's context points to the store.
    unsafe {
        (*(*context).store.cast::<StoreInner>()).polls_anywhere += 1;
        let status = poll_store(context, sp);
        (*(*context).store.cast::<StoreInner>()).polls_anywhere -= 1;
        status
    }
}

/// As [`poll`], of the store itself.
///
/// # Safety
/// The store must run on this thread.
pub(crate) unsafe extern "C" fn poll_store(context: *mut StoreContext, sp: usize) -> u64 {
    // SAFETY: the store's context points to the store.
    unsafe {
        let store = &mut *(*context).store.cast::<StoreInner>();
        if sp < (*context).real_stack_limit {
            set_pending(store, TrapCode::StackOverflow.into());
            return 1;
        }
        if store.engine.platform().attend() {
            set_pending(store, TrapCode::Interrupted.into());
            return 1;
        }
        let handle = StoreInner::running(store);
        match (*handle).poll() {
            Ok(()) => 0,
            Err(trap) => {
                set_pending(&mut *(*context).store.cast::<StoreInner>(), trap);
                1
            }
        }
    }
}

pub(crate) unsafe extern "C" fn throw(
    vmctx: *mut VMContext,
    tag: *mut VMTag,
    values: *const RawValue,
) -> u64 {
    // SAFETY: see the module's documentation; code passes one of its tags and
    // an array of that tag's values.
    unsafe {
        let store = store_of(vmctx);
        let count = (*tag).count as usize;
        let exception = exception::allocate(store, tag, values, count);
        raise_exception((*vmctx).store, exception)
    }
}

pub(crate) unsafe extern "C" fn throw_ref(vmctx: *mut VMContext, exception: u64) -> u64 {
    // SAFETY: see the module's documentation.
    unsafe {
        if exception == 0 {
            trap_with(vmctx, TrapCode::NullExceptionReference);
            return 1;
        }
        raise_exception((*vmctx).store, exception as usize)
    }
}

/// Called by host functions' trampolines when the function failed.
pub(crate) unsafe extern "C" fn raise(host: *mut VMHostFunction) -> u64 {
    // SAFETY: the host function's store runs on this thread, and its function
    // has left a pending trap.
    unsafe {
        let context = (*host).store;
        let store = &mut *(*context).store.cast::<StoreInner>();
        let pending = store.pending.as_ref().map(Trap::reason);
        if let Some(&TrapReason::Exception(exception)) = pending {
            assert!(
                store.exceptions.get_mut().contains(exception),
                "a host function threw an exception that was released"
            );
            store.pending = None;
            store.exceptions.get_mut().unpin(exception);
            return raise_exception(context, exception.0);
        }
        1
    }
}

/// Finds the handler of an exception: returns 0 when the context says where to
/// resume, 1 when the exception leaves compiled code as a pending trap.
///
/// # Safety
/// The context's store must run code on this thread, which has left to the
/// runtime, and `exception` be one of its exceptions.
unsafe fn raise_exception(context: *mut StoreContext, exception: usize) -> u64 {
    // SAFETY: the caller vouches for it.
    unsafe {
        let store = &mut *(*context).store.cast::<StoreInner>();
        if let Some(landing) = find_handler(context, &**store.engine.codegen()) {
            (*context).resume_pc = landing.pc;
            (*context).resume_sp = landing.sp;
            (*context).resume_fp = landing.fp;
            (*context).resume_exception = exception;
            // The function that catches it may use them at once.
            (*context).vectors = 1;
            return 0;
        }
        let exception = ExnRef(exception);
        store.exceptions.get_mut().pin(exception);
        let trap = Trap::new(TrapReason::Exception(exception));
        store.pending = Some(trap.with_backtrace(|| backtrace::capture(store, Start::Exit)));
        1
    }
}

/// Leaves a pending trap and returns 1.
///
/// # Safety
/// `vmctx` must be the context of an instance whose store runs on this thread,
/// and the indices be those of its module.
pub unsafe extern "C" fn trap(vmctx: *mut VMContext, code: u32) -> u64 {
    let code = u8::try_from(code).ok().and_then(TrapCode::from_u8);
    let code = code.expect("compiled code traps with a known code");
    // SAFETY: see the module's documentation.
    unsafe { trap_with(vmctx, code) };
    1
}

pub(crate) unsafe extern "C" fn compile_function(vmctx: *mut VMContext, defined: u32) -> u64 {
    // SAFETY: see the module's documentation.
    unsafe {
        let instance = instance_of(vmctx);
        let module = &instance.module;
        let result = module.code().compile(defined);
        if let Ok(code) = result {
            let function = module.module().imported_functions + defined;
            if let Some(offset) = module.offsets().func_ref(function) {
                // Later indirect calls go there directly.
                let reference: NonNull<VMFuncRef> = instance.part(offset);
                (*reference.as_ptr()).code = code;
            }
        }
        value_or_trap(vmctx, result.map(|code| code.expose_provenance() as u64))
    }
}

/// Compiles the trampoline of a host function, when compiled code calls it for
/// the first time, and makes it known to all who have the function.
pub(crate) unsafe extern "C" fn compile_host_function(host: *mut VMHostFunction) -> u64 {
    // SAFETY: the host function's store runs on this thread; imports that are
    // its reference hold copies of the code's address.
    unsafe {
        let store = &mut *(*(*host).store).store.cast::<StoreInner>();
        let reference = &raw mut (*host).reference;
        match store.engine.host_trampoline((*reference).type_id) {
            Ok(code) => {
                (*reference).code = code;
                for instance in store.instances.pointers() {
                    instance.as_ref().update_import(reference);
                }
                code.expose_provenance() as u64
            }
            Err(error) => {
                set_pending(store, error.into());
                PENDING_TRAP
            }
        }
    }
}

/// Called by [`crate::arch::trap_landing`]: leaves a pending trap for a fault in
/// compiled code.
pub(crate) unsafe extern "C" fn fault(
    context: *mut StoreContext,
    pc: usize,
    fp: usize,
    address: usize,
) {
    // SAFETY: the platform's fault handler passes the context of the store that
    // runs on this thread, and what it found at the fault.
    unsafe {
        let store = &mut *(*context).store.cast::<StoreInner>();
        let codegen = store.engine.codegen();
        let found = match codegen.find(pc) {
            Some(code) => code.location(pc).and_then(|location| location.trap),
            None => codegen.trampoline_trap(pc),
        };
        let Some(code) = found else {
            panic!("compiled code failed at {pc:#x} where it cannot trap (address {address:#x})");
        };
        let start = Start::Fault { pc, fp };
        let trap = Trap::from(code).with_backtrace(|| backtrace::capture(store, start));
        store.pending = Some(trap);
    }
}
