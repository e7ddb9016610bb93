//! Host functions.

use alloc::sync::Arc;
use core::fmt;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use wasmjit_runtime as runtime;
use wasmjit_runtime::{HostReturn, WasmTy};

/// The context of a host function that is running: its store, and the instance
/// that called it.
///
/// A `&mut Caller` can be passed wherever a `&mut` [`wasmjit_runtime::Store`]
/// is wanted.
#[repr(transparent)]
pub struct Caller<'a, T: 'static> {
    inner: runtime::Caller<'a>,
    data: PhantomData<T>,
}

impl<'a, T: 'static> Caller<'a, T> {
    pub(crate) fn wrap<'b>(caller: &'b mut runtime::Caller<'a>) -> &'b mut Self {
        let caller: *mut runtime::Caller<'a> = caller;
        // SAFETY: `Self` has the layout of its first field (`repr(transparent)`)
        // and adds no invariant: data of another type is found out when it is
        // used. The lifetime is that of the borrow.
        unsafe { &mut *caller.cast::<Self>() }
    }

    /// The store's data.
    ///
    /// # Panics
    /// If the store's data is of another type: the linker of this function was
    /// used with a store that it is not meant for.
    pub fn data(&self) -> &T {
        self.inner.data()
    }

    /// The store's data.
    ///
    /// # Panics
    /// See [`data`](Self::data).
    pub fn data_mut(&mut self) -> &mut T {
        self.inner.data_mut()
    }
}

/// What is known of the calling instance.
impl<'a, T> Deref for Caller<'a, T> {
    type Target = runtime::Caller<'a>;

    fn deref(&self) -> &runtime::Caller<'a> {
        &self.inner
    }
}

impl<'a, T> DerefMut for Caller<'a, T> {
    fn deref_mut(&mut self) -> &mut runtime::Caller<'a> {
        &mut self.inner
    }
}

impl<T> fmt::Debug for Caller<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller").finish_non_exhaustive()
    }
}

/// A Rust function that can be called from WebAssembly: with up to 12
/// parameters, and a `&mut` [`Caller`] before them if it likes.
///
/// `P` and `R` are its parameters and results; they are always inferred.
pub trait IntoHostFunc<T, P, R>: Send + Sync + 'static {
    #[doc(hidden)]
    fn into_func(self: Arc<Self>, store: &mut runtime::Store) -> runtime::Func;
}

/// Marks functions that take a [`Caller`].
#[doc(hidden)]
#[derive(Debug)]
pub struct WithCaller<P>(PhantomData<P>);

/// Marks functions that do not.
#[doc(hidden)]
#[derive(Debug)]
pub struct WithoutCaller<P>(PhantomData<P>);

macro_rules! host_functions {
    ($(($($param:ident)*))*) => {$(
        impl<T: 'static, F, R, $($param),*> IntoHostFunc<T, WithCaller<($($param,)*)>, R> for F
        where
            F: Fn(&mut Caller<'_, T> $(, $param)*) -> R + Send + Sync + 'static,
            R: HostReturn + 'static,
            $($param: WasmTy + 'static,)*
        {
            #[allow(non_snake_case, reason = "parameters are named after their types")]
            fn into_func(self: Arc<Self>, store: &mut runtime::Store) -> runtime::Func {
                let func = move |caller: &mut runtime::Caller<'_> $(, $param: $param)*| {
                    self(Caller::wrap(caller) $(, $param)*)
                };
                runtime::Func::wrap(store, func)
            }
        }

        impl<T: 'static, F, R, $($param),*> IntoHostFunc<T, WithoutCaller<($($param,)*)>, R> for F
        where
            F: Fn($($param),*) -> R + Send + Sync + 'static,
            R: HostReturn + 'static,
            $($param: WasmTy + 'static,)*
        {
            #[allow(non_snake_case, reason = "parameters are named after their types")]
            fn into_func(self: Arc<Self>, store: &mut runtime::Store) -> runtime::Func {
                runtime::Func::wrap(store, move |$($param: $param),*| self($($param),*))
            }
        }
    )*};
}

host_functions! {
    ()
    (A)
    (A B)
    (A B C)
    (A B C D)
    (A B C D E)
    (A B C D E G)
    (A B C D E G H)
    (A B C D E G H I)
    (A B C D E G H I J)
    (A B C D E G H I J K)
    (A B C D E G H I J K L)
    (A B C D E G H I J K L M)
}
