//! Host functions.

use super::Func;
use super::typed::{WasmResults, WasmTy};
use crate::arch;
use crate::backtrace::{self, Start};
use crate::instance::{Instance, InstanceData};
use crate::memory::Memory;
use crate::store::{Store, StoreInner};
use crate::trap::{Trap, TrapReason};
use crate::vm::{FUNC_HOST, HostCall, RawValue, StoreContext, VMFuncRef, VMHostFunction};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ffi::c_void;
use core::fmt;
use core::ops::{Deref, DerefMut};
use core::ptr::{self, NonNull};
use wasmjit_module::FuncType;

/// What a host function sees of its caller: the store, and the instance that is
/// running. Pass it wherever a `&mut Store` is wanted.
pub struct Caller<'a> {
    store: &'a mut Store,
}

impl<'a> Caller<'a> {
    #[inline]
    pub(crate) fn new(store: &'a mut Store) -> Self {
        Self { store }
    }

    /// The store.
    #[inline]
    pub fn store(&mut self) -> &mut Store {
        self.store
    }

    /// The instance whose function the host has called last; `None` when the
    /// host calls its own function.
    pub fn instance(&self) -> Option<Instance> {
        // SAFETY: the context is the store's, and activations in its list are
        // on the stack.
        let mut activation = unsafe { (*self.store.context()).activation };
        while !activation.is_null() {
            // SAFETY: as above; a context that is not null is an instance's,
            // which lives as long as the store.
            unsafe {
                let vmctx = (*activation).vmctx;
                if let Some(data) =
                    NonNull::new(vmctx).and_then(|vmctx| NonNull::new((*vmctx.as_ptr()).instance))
                {
                    return Some(Instance::from_data(
                        self.store.id(),
                        data.cast::<InstanceData>(),
                    ));
                }
                activation = (*activation).previous;
            }
        }
        None
    }

    /// That instance's [`Instance::main_memory`].
    pub fn memory(&self) -> Option<Memory> {
        self.instance()?.main_memory(self.store)
    }
}

impl Deref for Caller<'_> {
    type Target = Store;

    #[inline]
    fn deref(&self) -> &Store {
        self.store
    }
}

impl DerefMut for Caller<'_> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Store {
        self.store
    }
}

impl fmt::Debug for Caller<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("instance", &self.instance())
            .finish_non_exhaustive()
    }
}

/// A host function of a store.
#[repr(C)]
pub(crate) struct HostFunction {
    /// First: compiled code's context pointer points to it.
    vm: VMHostFunction,
    drop_data: unsafe fn(*mut c_void),
}

impl Drop for HostFunction {
    fn drop(&mut self) {
        // SAFETY: `create` paired the two, and the function is never called
        // again.
        unsafe { (self.drop_data)(self.vm.data) };
    }
}

/// # Safety
/// `data` must come from `Box::<F>::into_raw` and not be used again.
unsafe fn drop_boxed<F>(data: *mut c_void) {
    // SAFETY: the caller vouches for it.
    drop(unsafe { Box::from_raw(data.cast::<F>()) });
}

/// Makes a host function: `call` will find `function` as its data.
///
/// # Safety
/// `call` must be right for a function of type `ty` whose data is an `F`.
unsafe fn create<F: 'static>(
    store: &mut Store,
    ty: &FuncType,
    function: F,
    call: HostCall,
) -> Func {
    let type_id = match store.engine().type_id(ty) {
        Ok(id) => id,
        Err(error) => panic!("{error}"),
    };
    let context = store.context();
    let host = store.inner_mut().host_functions.add(HostFunction {
        vm: VMHostFunction {
            store: context,
            builtins: arch::builtins(),
            #[cfg(not(feature = "ring0"))]
            call,
            #[cfg(feature = "ring0")]
            call: arch::host_call,
            #[cfg(feature = "ring0")]
            target: call,
            data: Box::into_raw(Box::new(function)).cast(),
            reference: VMFuncRef {
                code: ptr::null(),
                vmctx: ptr::null_mut(),
                type_id,
                function: FUNC_HOST,
            },
            direct_code: ptr::null(),
            direct: ptr::null(),
        },
        drop_data: drop_boxed::<F>,
    });
    // SAFETY: just made, and no one else knows it.
    let reference = unsafe {
        let reference = &raw mut (*host.as_ptr()).vm.reference;
        (*reference).vmctx = (&raw mut (*host.as_ptr()).vm).cast();
        NonNull::new_unchecked(reference)
    };
    Func::from_pointer(store.id(), reference)
}

/// The store in which a host function was called, and the handle by which the
/// running call was made.
///
/// # Safety
/// `context` must be valid, and its store run code on this thread.
#[inline]
unsafe fn store_of(context: *mut StoreContext) -> (*mut StoreInner, *mut Store) {
    // SAFETY: the caller vouches for it.
    unsafe {
        let inner = (*context).store.cast::<StoreInner>();
        (inner, StoreInner::running(inner))
    }
}

/// What a host function returns to its trampoline.
///
/// # Safety
/// `inner` must be a store that runs code on this thread.
#[inline]
unsafe fn finish(inner: *mut StoreInner, result: Result<(), Trap>) -> u64 {
    match result {
        Ok(()) => 0,
        Err(trap) => {
            // SAFETY: the caller vouches for it.
            unsafe { set_pending(&mut *inner, trap) };
            1
        }
    }
}

/// Leaves the reason for unwinding.
///
/// # Safety
/// The store must run code on this thread, which has left to the runtime.
#[cold]
pub(crate) unsafe fn set_pending(store: &mut StoreInner, trap: Trap) {
    // An exception gets its backtrace when no one catches it.
    let trap = match trap.reason() {
        TrapReason::Exception(_) => trap,
        // SAFETY: the caller vouches for the store.
        _ => trap.with_backtrace(|| unsafe { backtrace::capture(store, Start::Exit) }),
    };
    store.pending = Some(trap);
}

struct RawFunction<F> {
    function: F,
    slots: usize,
}

pub(super) fn new_raw<F>(store: &mut Store, ty: &FuncType, function: F) -> Func
where
    F: Fn(&mut Caller<'_>, &mut [RawValue]) -> Result<(), Trap> + 'static,
{
    unsafe extern "C" fn call<F>(host: *mut VMHostFunction, values: *mut RawValue) -> u64
    where
        F: Fn(&mut Caller<'_>, &mut [RawValue]) -> Result<(), Trap> + 'static,
    {
        // SAFETY: called with the host function that `create` made, its values,
        // and its store running on this thread.
        unsafe {
            let data = &*(*host).data.cast::<RawFunction<F>>();
            let (inner, handle) = store_of((*host).store);
            let values = if data.slots == 0 {
                &mut []
            } else {
                core::slice::from_raw_parts_mut(values, data.slots)
            };
            let result = (data.function)(&mut Caller::new(&mut *handle), values);
            finish(inner, result)
        }
    }
    let data = RawFunction {
        function,
        slots: ty.params().len().max(ty.results().len()),
    };
    // SAFETY: `call` works for any type, and takes such data.
    unsafe { create(store, ty, data, call::<F>) }
}

/// What a host closure may return: nothing, a value, several values as a tuple,
/// or a `Result` of these whose error is a [`Trap`].
pub trait HostReturn {
    /// The values.
    type Values: WasmResults;

    /// As a result.
    ///
    /// # Errors
    /// The closure's error.
    fn into_result(self) -> Result<Self::Values, Trap>;
}

impl<R: WasmResults> HostReturn for R {
    type Values = R;

    #[inline]
    fn into_result(self) -> Result<R, Trap> {
        Ok(self)
    }
}

impl<R: WasmResults> HostReturn for Result<R, Trap> {
    type Values = R;

    #[inline]
    fn into_result(self) -> Self {
        self
    }
}

/// Closures that can become host functions: up to 12 parameters of types that
/// are [`WasmTy`], optionally with a `&mut Caller` before them.
pub trait IntoFunc<P, R>: Sized + 'static {
    /// Makes the function.
    fn into_func(self, store: &mut Store) -> Func;
}

/// Marks closures that take a [`Caller`].
#[derive(Debug)]
pub struct WithCaller(());

macro_rules! into_func {
    ($($param:ident)*) => {
        impl<F, R, $($param),*> IntoFunc<($($param,)*), R> for F
        where
            F: Fn($($param),*) -> R + 'static,
            R: HostReturn,
            $($param: WasmTy,)*
        {
            fn into_func(self, store: &mut Store) -> Func {
                #[allow(non_snake_case, unused_variables, unused_mut, unused_assignments)]
                unsafe extern "C" fn call<F, R, $($param),*>(
                    host: *mut VMHostFunction,
                    values: *mut RawValue,
                ) -> u64
                where
                    F: Fn($($param),*) -> R + 'static,
                    R: HostReturn,
                    $($param: WasmTy,)*
                {
                    // SAFETY: called with the host function that `create` made,
                    // its values, and its store running on this thread.
                    unsafe {
                        let function = &*(*host).data.cast::<F>();
                        let (inner, handle) = store_of((*host).store);
                        let mut next = values;
                        $(
                            let $param = $param::from_raw(&*handle, next.read());
                            next = next.add(1);
                        )*
                        let result = function($($param),*).into_result();
                        let result = result.and_then(|r| r.store(&mut *handle, values));
                        finish(inner, result)
                    }
                }
                let ty = signature::<R>(alloc::vec![$($param::TYPE),*]);
                // SAFETY: `call` reads and writes values of just this type.
                unsafe { create(store, &ty, self, call::<F, R, $($param),*>) }
            }
        }

        impl<F, R, $($param),*> IntoFunc<(WithCaller, $($param,)*), R> for F
        where
            F: Fn(&mut Caller<'_>, $($param),*) -> R + 'static,
            R: HostReturn,
            $($param: WasmTy,)*
        {
            fn into_func(self, store: &mut Store) -> Func {
                #[allow(non_snake_case, unused_variables, unused_mut, unused_assignments)]
                unsafe extern "C" fn call<F, R, $($param),*>(
                    host: *mut VMHostFunction,
                    values: *mut RawValue,
                ) -> u64
                where
                    F: Fn(&mut Caller<'_>, $($param),*) -> R + 'static,
                    R: HostReturn,
                    $($param: WasmTy,)*
                {
                    // SAFETY: called with the host function that `create` made,
                    // its values, and its store running on this thread.
                    unsafe {
                        let function = &*(*host).data.cast::<F>();
                        let (inner, handle) = store_of((*host).store);
                        let mut next = values;
                        $(
                            let $param = $param::from_raw(&*handle, next.read());
                            next = next.add(1);
                        )*
                        let mut caller = Caller::new(&mut *handle);
                        let result = function(&mut caller, $($param),*).into_result();
                        let result = result.and_then(|r| r.store(&mut *handle, values));
                        finish(inner, result)
                    }
                }
                let ty = signature::<R>(alloc::vec![$($param::TYPE),*]);
                // SAFETY: `call` reads and writes values of just this type.
                unsafe { create(store, &ty, self, call::<F, R, $($param),*>) }
            }
        }
    };
}

fn signature<R: HostReturn>(params: Vec<wasmjit_module::ValType>) -> FuncType {
    FuncType::new(params, R::Values::TYPES.iter().copied())
}

into_func!();
into_func!(A);
into_func!(A B);
into_func!(A B C);
into_func!(A B C D);
into_func!(A B C D E);
into_func!(A B C D E G);
into_func!(A B C D E G H);
into_func!(A B C D E G H I);
into_func!(A B C D E G H I J);
into_func!(A B C D E G H I J K);
into_func!(A B C D E G H I J K L);
into_func!(A B C D E G H I J K L M);
