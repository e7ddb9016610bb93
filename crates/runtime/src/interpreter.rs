//! The seam to an interpreter, as a first tier before compiled code.
//!
//! An engine may have an [`Interpreter`] beside its
//! [`CodeGen`](crate::codegen::CodeGen). Then every call that comes from the
//! host, or from interpreted code, goes to the module's [`ModuleInterpreter`],
//! which carries it out itself or has the function compiled and enters the
//! code. Compiled code calls compiled code only.
//!
//! The interpreter works on the same contexts, memories and tables as compiled
//! code. Its frames stand in the store's [`InterpreterStack`], where backtraces
//! and the collection of exceptions find them.

use crate::codegen::{CompileError, ModuleCode};
use crate::engine::CompiledModule;
use crate::func;
use crate::instance::InstanceData;
use crate::store::StoreInner;
use crate::trap::TrapReason;
use crate::vm::{RawValue, VMContext, VMFuncRef};
use alloc::alloc::{Layout, alloc_zeroed, dealloc};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ffi::c_void;
use core::ptr;
use wasmjit_module::{FuncType, Module};

pub use crate::intrinsics::{
    data_drop, elem_drop, memory_copy, memory_fill, memory_grow, memory_init, poll, table_copy,
    table_fill, table_grow, table_init, trap,
};

/// Interprets modules. Implementations are shared by all stores of an engine.
pub trait Interpreter: Send + Sync {
    /// Prepares a validated module, whose functions `code` compiles.
    fn load(&self, module: &Arc<Module>, code: &Arc<dyn ModuleCode>) -> Arc<dyn ModuleInterpreter>;
}

/// The interpreter of one module.
pub trait ModuleInterpreter: Send + Sync {
    /// Calls a defined function, by interpreting it or by its machine code.
    /// Returns 0, or 1 after a pending trap was left in the store.
    ///
    /// # Safety
    /// `vmctx` must be an instance of the module, whose store runs on this
    /// thread, and `values` hold the function's parameters, with room for its
    /// results, which it leaves there.
    unsafe fn call(&self, vmctx: *mut VMContext, defined: u32, values: *mut RawValue) -> u64;

    /// Where in the module's binary a frame of this module is.
    fn offset(&self, frame: &InterpreterFrame) -> Option<u32>;

    /// Access to the implementation.
    fn as_any(&self) -> &dyn core::any::Any;
}

/// A function that is being interpreted.
#[derive(Clone, Copy)]
pub struct InterpreterFrame {
    /// The instance.
    pub vmctx: *mut VMContext,
    /// Index among the functions that the module defines.
    pub function: u32,
    /// Where it continues; kept only while it has called something.
    pub pc: *const u64,
    /// The interpreter's form of the function.
    pub code: *const c_void,
    /// Its values.
    pub slots: *mut u64,
    /// The end of its values.
    pub end: *mut u64,
}

/// The frames of a store that are interpreted, and their values. Frames of one
/// instance may overlap: arguments become the called function's locals.
pub struct InterpreterStack {
    base: *mut u64,
    size: usize,
    frames: Vec<InterpreterFrame>,
}

/// Most frames, for each value that the stack has room for: a frame without
/// values takes memory too.
const VALUES_A_FRAME: usize = 8;

impl InterpreterStack {
    pub(crate) fn new() -> Self {
        Self {
            base: ptr::null_mut(),
            size: 0,
            frames: Vec::new(),
        }
    }

    /// Makes room for `size` values, if that was not done before. Returns false
    /// when there is no memory.
    pub fn reserve(&mut self, size: usize) -> bool {
        if self.size != 0 || size == 0 {
            return true;
        }
        let Ok(layout) = Layout::array::<u64>(size) else {
            return false;
        };
        // SAFETY: the layout's size is not zero.
        self.base = unsafe { alloc_zeroed(layout) }.cast();
        if self.base.is_null() {
            return false;
        }
        self.size = size;
        true
    }

    /// The frames, innermost last.
    #[inline]
    pub fn frames(&mut self) -> &mut Vec<InterpreterFrame> {
        &mut self.frames
    }

    /// Whether there may be one more frame.
    #[inline]
    pub fn has_room_for_frame(&self) -> bool {
        self.frames.len() < self.size / VALUES_A_FRAME
    }

    /// The first value that is not in use.
    #[inline]
    pub fn top(&self) -> *mut u64 {
        self.frames.last().map_or(self.base, |frame| frame.end)
    }

    /// The end of the values.
    #[inline]
    pub fn limit(&self) -> *mut u64 {
        self.base.wrapping_add(self.size)
    }

    pub(crate) fn frame(&self, index: usize) -> Option<&InterpreterFrame> {
        self.frames.get(index)
    }

    /// Number of frames.
    #[inline]
    pub fn depth(&self) -> usize {
        self.frames.len()
    }

    /// Every value of every frame.
    pub(crate) fn values(&self) -> impl Iterator<Item = u64> + use<> {
        let count = match self.frames.last() {
            // Addresses of the same allocation.
            Some(frame) => (frame.end.addr() - self.base.addr()) / size_of::<u64>(),
            None => 0,
        };
        let base = self.base;
        // SAFETY: what frames use lies inside the allocation.
        (0..count).map(move |i| unsafe { base.add(i).read() })
    }
}

impl Drop for InterpreterStack {
    fn drop(&mut self) {
        if let Ok(layout) = Layout::array::<u64>(self.size)
            && self.size != 0
        {
            // SAFETY: allocated with this layout by `reserve`.
            unsafe { dealloc(self.base.cast(), layout) };
        }
    }
}

/// # Safety
/// `vmctx` must be the context of an instance whose store is used by this
/// thread.
unsafe fn store_of(vmctx: *mut VMContext) -> *mut StoreInner {
    // SAFETY: both are set when they are made.
    unsafe { (*(*vmctx).store).store.cast() }
}

/// The interpreter's stack of the store that an instance belongs to.
///
/// # Safety
/// `vmctx` must be the context of an instance whose store is used by this
/// thread. References to the stack must not be held across calls that can run
/// code of the store.
pub unsafe fn stack_of(vmctx: *mut VMContext) -> *mut InterpreterStack {
    // SAFETY: the caller vouches for it.
    unsafe { &raw mut (*store_of(vmctx)).interpreter }
}

/// The module of an instance.
///
/// # Safety
/// `vmctx` must be the context of an instance, which outlives the result.
pub unsafe fn module_of<'a>(vmctx: *mut VMContext) -> &'a CompiledModule {
    // SAFETY: the context's `instance` is set when it is made.
    unsafe { &(*(*vmctx).instance.cast::<InstanceData>()).module }
}

/// Runs the interpreter as the innermost activation of the store; frames that
/// it adds to the stack are removed afterwards.
///
/// # Safety
/// `vmctx` must be the context of an instance whose store runs on this thread.
pub unsafe fn activate(vmctx: *mut VMContext, run: impl FnOnce() -> u64) -> u64 {
    // SAFETY: the caller vouches for it.
    unsafe {
        let stack = stack_of(vmctx);
        let depth = (*stack).depth();
        let status = func::activate((*vmctx).store, vmctx, depth + 1, |_| run());
        (*stack).frames.truncate(depth);
        status
    }
}

/// Enters compiled code: `trampoline` must be the entry trampoline of the
/// code's type. Returns 0, or 1 after a pending trap was left in the store.
///
/// # Safety
/// `vmctx` must be the context of an instance whose store runs on this thread,
/// and `values` hold the parameters, with room for the results.
#[inline]
pub unsafe fn enter(
    vmctx: *mut VMContext,
    code: *const u8,
    trampoline: *const u8,
    values: *mut RawValue,
) -> u64 {
    // SAFETY: the caller vouches for the arguments.
    unsafe { func::enter((*vmctx).store, vmctx, code, trampoline, values) }
}

/// Calls whatever a reference refers to. Returns 0, or 1 after a pending trap
/// was left in the store.
///
/// # Safety
/// As [`enter`], for a reference of the store.
#[inline]
pub unsafe fn call_reference(
    vmctx: *mut VMContext,
    reference: &VMFuncRef,
    values: *mut RawValue,
) -> u64 {
    // SAFETY: the caller vouches for the arguments.
    unsafe { func::dispatch((*vmctx).store, reference, ptr::null(), values) }
}

/// The entry trampoline for functions of a type.
///
/// # Errors
/// When it cannot be compiled.
///
/// # Safety
/// `vmctx` must be the context of an instance.
pub unsafe fn entry_trampoline(
    vmctx: *mut VMContext,
    ty: &FuncType,
) -> Result<*const u8, CompileError> {
    // SAFETY: the caller vouches for the context.
    let module = unsafe { module_of(vmctx) };
    let _joined = crate::fork::join();
    module.engine().codegen().entry_trampoline(ty)
}

/// Compiles a defined function; later calls of its references go there
/// directly. `None` after a pending trap was left in the store.
///
/// # Safety
/// `vmctx` must be the context of an instance whose store runs on this thread.
pub unsafe fn compile(vmctx: *mut VMContext, defined: u32) -> Option<*const u8> {
    // SAFETY: the caller vouches for the context.
    let code = unsafe { crate::intrinsics::compile_function(vmctx, defined) };
    let code = (code != crate::builtins::PENDING_TRAP).then_some(code)?;
    Some(ptr::with_exposed_provenance(code as usize))
}

/// Leaves a compilation error as the pending trap.
///
/// # Safety
/// As [`compile`].
pub unsafe fn fail(vmctx: *mut VMContext, error: CompileError) {
    // SAFETY: the caller vouches for the context.
    unsafe { func::set_pending(&mut *store_of(vmctx), error.into()) };
}

/// Forgets the pending trap when it says that a function could not be compiled;
/// returns whether it does.
///
/// # Safety
/// As [`compile`].
pub unsafe fn forget_compile_error(vmctx: *mut VMContext) -> bool {
    // SAFETY: the caller vouches for the context.
    let pending = unsafe { &mut (*store_of(vmctx)).pending };
    let reason = pending.as_ref().map(crate::trap::Trap::reason);
    let forget = matches!(reason, Some(TrapReason::Compile(_)));
    if forget {
        *pending = None;
    }
    forget
}
