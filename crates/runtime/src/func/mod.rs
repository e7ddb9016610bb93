//! Functions: of WebAssembly instances and of the host.

mod direct;
mod host;
mod typed;

pub use direct::{DirectCall, DirectCalls, Pending};
pub use host::{Caller, HostReturn, IntoFunc, WithCaller};
pub use typed::{TypedFunc, WasmParams, WasmResults, WasmTy};

pub(crate) use host::{HostFunction, set_pending};

use crate::arch;
use crate::codegen::CompileError;
use crate::error::TypeMismatch;
use crate::instance::InstanceData;
use crate::store::{Store, StoreId, StoreInner};
use crate::trap::Trap;
use crate::types::Signature;
use crate::value::Val;
use crate::vm::{
    Activation, FUNC_HOST, RawValue, StoreContext, VMContext, VMFuncRef, VMHostFunction,
};
use alloc::format;
use alloc::string::ToString;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::ptr::{self, NonNull};
use wasmjit_module::FuncType;

/// So many values cross without an allocation.
const INLINE_VALUES: usize = 16;

/// A function of a store.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Func {
    reference: NonNull<VMFuncRef>,
    store: StoreId,
}

impl Func {
    /// Makes a host function of any type. It finds its parameters in the array,
    /// which has room for parameters or results, whichever are more, and leaves
    /// its results there.
    ///
    /// # Panics
    /// If there are too many types.
    pub fn new(
        store: &mut Store,
        ty: FuncType,
        function: impl Fn(&mut Caller<'_>, &mut [RawValue]) -> Result<(), Trap> + 'static,
    ) -> Self {
        host::new_raw(store, &ty, function)
    }

    /// Makes a host function from a closure, whose parameters and results give
    /// its type. The closure may take a `&mut Caller` first.
    ///
    /// # Panics
    /// If there are too many types.
    pub fn wrap<P, R>(store: &mut Store, function: impl IntoFunc<P, R>) -> Self {
        function.into_func(store)
    }

    pub(crate) fn from_pointer(store: StoreId, reference: NonNull<VMFuncRef>) -> Self {
        Self { reference, store }
    }

    /// The reference that compiled code uses, after a check that the store is
    /// the right one.
    #[inline]
    pub(crate) fn pointer(&self, store: &Store) -> NonNull<VMFuncRef> {
        store.check(self.store);
        self.reference
    }

    /// A copy of the reference.
    #[inline]
    pub(crate) fn vm(&self, store: &Store) -> VMFuncRef {
        // SAFETY: function references live as long as their store.
        unsafe { self.pointer(store).read() }
    }

    pub(crate) fn type_id(&self, store: &Store) -> u32 {
        self.vm(store).type_id
    }

    /// Its type. Concrete reference types in it are numbers of the engine, not
    /// of a module.
    pub fn ty(&self, store: &Store) -> Arc<FuncType> {
        store.engine().types().get(self.type_id(store))
    }

    /// A function reference as compiled code sees it (null is 0).
    ///
    /// # Errors
    /// When it is a host function for which no trampoline could be compiled.
    pub fn to_raw(&self, store: &Store) -> Result<u64, CompileError> {
        let pointer = self.pointer(store);
        self.make_callable(store)?;
        Ok(pointer.as_ptr().expose_provenance() as u64)
    }

    /// From a function reference as compiled code sees it.
    ///
    /// # Safety
    /// It must be a function reference of this store, or 0.
    pub unsafe fn from_raw(store: &Store, raw: u64) -> Option<Self> {
        let pointer = ptr::with_exposed_provenance_mut(raw as usize);
        Some(Self::from_pointer(store.id(), NonNull::new(pointer)?))
    }

    /// Makes sure that compiled code can call it: host functions get their
    /// trampoline only when they are about to be given to compiled code.
    pub(crate) fn make_callable(&self, store: &Store) -> Result<(), CompileError> {
        let vm = self.vm(store);
        if vm.code.is_null() {
            let code = store.engine().callable_host(vm.type_id)?;
            // SAFETY: the reference lives as long as the store, and only this
            // thread uses it.
            unsafe { (*self.reference.as_ptr()).code = code };
        }
        Ok(())
    }

    /// Lets compiled code that imports this host function from now on call `code`
    /// instead of its trampoline, which `code` may end with.
    ///
    /// # Safety
    /// `code` must be of the function's type, in the convention of compiled code,
    /// with the function's [`VMHostFunction`] as context, and live as long as the
    /// store.
    pub unsafe fn set_code(&self, store: &Store, code: *const u8) {
        // SAFETY: references live as long as their store, which this thread uses.
        unsafe { (*self.pointer(store).as_ptr()).code = code };
    }

    /// As [`Self::set_code`], for code that works with a [`DirectCall`], and for calls by
    /// instances that import the function from now on only: references lead to the
    /// trampoline.
    ///
    /// # Safety
    /// As for [`Self::set_code`]; and `calls` must be this store's and live as long
    /// as it.
    pub unsafe fn set_direct(&self, store: &Store, code: *const u8, calls: &DirectCalls) {
        // SAFETY: the caller's promise; what is no WebAssembly function's reference
        // points to a host function, which lives as long as the store.
        unsafe {
            let vm = self.vm(store);
            assert_eq!(
                vm.function, FUNC_HOST,
                "only host functions have direct code"
            );
            let host = vm.vmctx.cast::<VMHostFunction>();
            (*host).direct = calls;
            (*host).direct_code = code;
        }
    }

    /// Calls the function.
    ///
    /// # Errors
    /// When it traps, or when the values are not of its type.
    pub fn call(&self, store: &mut Store, params: &[Val], results: &mut [Val]) -> Result<(), Trap> {
        let ty = self.ty(store);
        if params.len() != ty.params().len() || results.len() != ty.results().len() {
            return Err(Trap::host(TypeMismatch {
                expected: Signature(&ty).to_string(),
                found: format!("{} parameters, {} results", params.len(), results.len()),
            }));
        }
        let slots = params.len().max(results.len());
        let mut inline = [RawValue::ZERO; INLINE_VALUES];
        let mut allocated = Vec::new();
        let values = if slots <= INLINE_VALUES {
            &mut inline[..slots]
        } else {
            allocated.resize(slots, RawValue::ZERO);
            &mut allocated[..]
        };
        for ((raw, value), &ty) in values.iter_mut().zip(params).zip(ty.params()) {
            *raw = value.into_raw(store, ty)?;
        }
        // SAFETY: the parameters were checked against the function's type.
        unsafe { self.call_raw(store, values)? };
        for ((raw, value), &ty) in values.iter().zip(results).zip(ty.results()) {
            // SAFETY: the function left results of its type.
            *value = unsafe { Val::from_raw(store, *raw, ty) };
        }
        Ok(())
    }

    /// Calls the function with parameters in `values`, and leaves the results
    /// there.
    ///
    /// # Errors
    /// When it traps.
    ///
    /// # Safety
    /// `values` must hold parameters of the function's type, and be as long as
    /// its parameters or results, whichever are more.
    pub unsafe fn call_raw(&self, store: &mut Store, values: &mut [RawValue]) -> Result<(), Trap> {
        let vm = self.vm(store);
        // SAFETY: the caller vouches for the values.
        unsafe { invoke(store, &vm, ptr::null(), values.as_mut_ptr()) }
    }

    /// A handle with a static type, for fast calls.
    ///
    /// # Errors
    /// When the function's type is another one.
    pub fn typed<P: WasmParams, R: WasmResults>(
        &self,
        store: &Store,
    ) -> Result<TypedFunc<P, R>, TypeMismatch> {
        TypedFunc::new(*self, store)
    }
}

impl fmt::Debug for Func {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Func").field(&self.reference).finish()
    }
}

/// Calls a function of the store.
///
/// # Safety
/// `values` must hold parameters of the function's type, with room for its
/// results. `trampoline` must be null, or the entry trampoline of its type.
pub(crate) unsafe fn invoke(
    store: &mut Store,
    function: &VMFuncRef,
    trampoline: *const u8,
    values: *mut RawValue,
) -> Result<(), Trap> {
    let inner: *mut StoreInner = store.inner_ptr();
    let context: *mut StoreContext = store.context();
    // SAFETY: the context is valid as long as the store, which is kept while
    // its code runs, even if the host moves the handle away.
    if unsafe { (*context).activation.is_null() } {
        store.prepare_stack();
    }
    let handle: *mut Store = store;
    // SAFETY: as above; the caller vouches for the arguments.
    unsafe {
        let previous_handle = ptr::replace(&raw mut (*inner).handle, handle);
        let status = dispatch(context, function, trampoline, values);
        (*inner).handle = previous_handle;
        if status == 0 {
            Ok(())
        } else {
            let pending = (*inner).pending.take();
            Err(pending.expect("who unwinds leaves a reason"))
        }
    }
}

/// Calls a function by what carries it out: the host, the interpreter or
/// compiled code. Returns 0, or 1 after a pending trap was left in the store.
///
/// # Safety
/// As [`invoke`], which must be running for the context's store.
pub(crate) unsafe fn dispatch(
    context: *mut StoreContext,
    function: &VMFuncRef,
    trampoline: *const u8,
    values: *mut RawValue,
) -> u64 {
    // SAFETY: the caller vouches for the arguments; what a reference points to
    // lives as long as the store.
    unsafe {
        if function.function == FUNC_HOST {
            let host = function.vmctx.cast::<VMHostFunction>();
            return ((*host).implementation())(host, values);
        }
        let instance = &*(*function.vmctx).instance.cast::<InstanceData>();
        if let Some(interpreter) = instance.module.interpreter() {
            return interpreter.call(function.vmctx, function.function, values);
        }
        let trampoline = if trampoline.is_null() {
            match instance.module.engine().entry_trampoline(function.type_id) {
                Ok(trampoline) => trampoline,
                Err(error) => {
                    let store = &mut *(*context).store.cast::<StoreInner>();
                    set_pending(store, error.into());
                    return 1;
                }
            }
        } else {
            trampoline
        };
        enter(context, function.vmctx, function.code, trampoline, values)
    }
}

/// Runs compiled code.
///
/// # Safety
/// As [`invoke`], for a WebAssembly function of the context's store with the
/// entry trampoline of its type.
pub(crate) unsafe fn enter(
    context: *mut StoreContext,
    vmctx: *mut VMContext,
    code: *const u8,
    trampoline: *const u8,
    values: *mut RawValue,
) -> u64 {
    // SAFETY: the caller vouches for the arguments.
    unsafe {
        activate(context, vmctx, 0, |activation| {
            arch::enter(activation, trampoline, vmctx, code, values)
        })
    }
}

/// Runs code of a store as its innermost activation. `interpreted` is as in
/// [`Activation`].
///
/// # Safety
/// The context's store must be used by this thread, and `vmctx` be one of its
/// instances.
pub(crate) unsafe fn activate(
    context: *mut StoreContext,
    vmctx: *mut VMContext,
    interpreted: usize,
    run: impl FnOnce(*mut Activation) -> u64,
) -> u64 {
    // SAFETY: the context is valid as long as the store, and its fields but the
    // stack limit belong to this thread. The activation is taken out of the
    // list before it ends.
    unsafe {
        let inner = (*context).store.cast::<StoreInner>();
        let outermost = (*context).activation.is_null();
        let mut activation = Activation {
            sp: 0,
            fp: 0,
            previous: (*context).activation,
            previous_exit_fp: (*context).exit_fp,
            previous_exit_pc: (*context).exit_pc,
            vmctx,
            interpreted,
        };
        let activation = &raw mut activation;
        // Compiled code sets its own.
        (*activation).fp = activation.addr();
        let mut previous_context = ptr::null_mut();
        if outermost {
            previous_context = (*inner).engine.platform().set_current(context);
        }
        (*context).activation = activation;
        // However the code ends, its caller may use what it could before.
        let vectors = core::mem::take(&mut (*context).vectors);
        let status = run(activation);
        (*context).vectors = vectors;
        (*context).activation = (*activation).previous;
        (*context).exit_fp = (*activation).previous_exit_fp;
        (*context).exit_pc = (*activation).previous_exit_pc;
        if outermost {
            (*inner).engine.platform().set_current(previous_context);
        }
        status
    }
}
