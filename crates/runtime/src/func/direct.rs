//! Host functions that compiled code need not call the host for.
//!
//! [`Func::set_direct`] gives a host function code that stands in the place of its
//! trampoline and does the usual case itself. That code is a platform's; it sees what it
//! needs of the store through a [`DirectCall`].

use super::Func;
use super::host::Caller;
use crate::builtins::Builtin;
use crate::memory::Memory;
use crate::store::Store;
use crate::trap::Trap;
use crate::vm::{INTERRUPTED, RawValue, VMHostFunction, VMMemory};
use core::cell::Cell;
use core::mem;
use core::ptr::{self, NonNull};
use core::sync::atomic::Ordering;
use wasmjit_module::FuncType;

/// What all such functions of a store share.
#[derive(Debug)]
pub struct DirectCalls {
    /// The memory that they work on; null while there is none.
    memory: Cell<*const VMMemory>,
    /// Is called when an interruption waits to be handled.
    attend: NonNull<VMHostFunction>,
}

impl DirectCalls {
    /// For functions of `store`. `attend` is called after a call during which an
    /// interruption was asked for, before it returns.
    pub fn new(
        store: &mut Store,
        attend: impl Fn(&mut Caller<'_>) -> Result<(), Trap> + 'static,
    ) -> Self {
        let ty = FuncType::new([], []);
        let attend = Func::new(store, ty, move |caller, _values| attend(caller));
        let host = attend.vm(store).vmctx.cast::<VMHostFunction>();
        Self {
            memory: Cell::new(ptr::null()),
            attend: NonNull::new(host).expect("a host function has a context"),
        }
    }

    /// Lets them work on this memory, which an instance has.
    pub fn set_memory(&self, store: &Store, memory: Memory) {
        self.memory.set(memory.place(store));
    }
}

/// A call of a host function by compiled code, as the code sees it that
/// [`Func::set_direct`] was given.
#[derive(Debug, Clone, Copy)]
pub struct DirectCall {
    host: NonNull<VMHostFunction>,
}

impl DirectCall {
    /// The call of the host function whose context is `host`.
    ///
    /// # Safety
    /// `host` must be what compiled code has passed to code of [`Func::set_direct`],
    /// which runs now and has noted where compiled code left: in the store context's
    /// `exit_fp` its frame pointer, in `exit_pc` the address that it returns to.
    #[inline]
    pub unsafe fn new(host: NonNull<VMHostFunction>) -> Self {
        Self { host }
    }

    #[inline]
    fn calls<'a>(self) -> &'a DirectCalls {
        // SAFETY: `set_direct` has set it, and its caller vouches for it.
        unsafe { &*(*self.host.as_ptr()).direct }
    }

    /// Address and length of the memory; nothing can be said of it once guest code has
    /// run. `None` while there is no memory.
    #[inline]
    pub fn memory(self) -> Option<(*mut u8, u64)> {
        // SAFETY: null, or valid as long as the store.
        let memory = unsafe { self.calls().memory.get().as_ref() }?;
        Some((memory.base, memory.length.load(Ordering::Acquire) as u64))
    }

    /// Whether an interruption waits to be handled.
    #[inline]
    pub fn interrupted(self) -> bool {
        // SAFETY: the contexts live as long as the store.
        let limit = unsafe { &(*(*self.host.as_ptr()).store).stack_limit };
        limit.load(Ordering::Acquire) == INTERRUPTED
    }

    /// Has it handled.
    ///
    /// # Errors
    /// When the call ends there: see [`Self::leave`].
    #[cold]
    pub fn attend(self) -> Result<(), Pending> {
        // SAFETY: a function without parameters and results.
        unsafe { call(self.calls().attend, &mut []) }
    }

    /// Calls the host function itself.
    ///
    /// # Errors
    /// When the call ends there: see [`Self::leave`].
    ///
    /// # Safety
    /// `values` must hold parameters of the function's types and have room for its
    /// results.
    pub unsafe fn call_host(self, values: &mut [RawValue]) -> Result<(), Pending> {
        // SAFETY: the caller's promise.
        unsafe { call(self.host, values) }
    }

    /// Leaves for whoever handles the trap or exception that is pending.
    ///
    /// # Safety
    /// [`Self::attend`] or [`Self::call_host`] must just have failed. The frames from
    /// here up to compiled code must hold nothing that needs dropping.
    #[cold]
    pub unsafe fn leave(self) -> ! {
        type Raise = unsafe extern "C" fn(*mut VMHostFunction) -> !;
        let host = self.host.as_ptr();
        // SAFETY: the table has a shim of this type there, which takes the context of
        // who calls and relies on what was noted.
        unsafe {
            let shim = *(*host).builtins.add(Builtin::Raise as usize);
            mem::transmute::<*const u8, Raise>(shim)(host)
        }
    }
}

/// A trap or an exception waits in the store: [`DirectCall::leave`].
#[derive(Debug)]
pub struct Pending(());

/// # Safety
/// `function` must live, and `values` be right for it.
unsafe fn call(function: NonNull<VMHostFunction>, values: &mut [RawValue]) -> Result<(), Pending> {
    // SAFETY: the caller's promise.
    let status = unsafe {
        let call = (*function.as_ptr()).implementation();
        call(function.as_ptr(), values.as_mut_ptr())
    };
    match status {
        0 => Ok(()),
        _ => Err(Pending(())),
    }
}
