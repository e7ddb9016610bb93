//! Stores.

use crate::{Caller, Engine, Trap};
use alloc::boxed::Box;
use core::fmt;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use wasmjit_runtime as runtime;

/// Owns instances and everything they consist of, and data of type `T` for
/// host functions.
///
/// Handles are only good for the store that they came from. Nothing is freed
/// before the store. It does not move to other threads.
///
/// A `&mut Store<T>` can be passed wherever a `&mut` [`wasmjit_runtime::Store`]
/// is wanted, and so can a `&mut` [`Caller`].
pub struct Store<T: 'static> {
    inner: runtime::Store,
    data: PhantomData<T>,
}

impl<T: 'static> Store<T> {
    /// An empty store.
    pub fn new(engine: &Engine, data: T) -> Self {
        let mut inner = runtime::Store::new(engine.runtime(), Box::new(data));
        inner.set_limits(engine.limits());
        Self {
            inner,
            data: PhantomData,
        }
    }

    /// The data.
    pub fn data(&self) -> &T {
        self.inner.data()
    }

    /// The data.
    pub fn data_mut(&mut self) -> &mut T {
        self.inner.data_mut()
    }

    /// Sets what happens when the store is interrupted through its
    /// [`InterruptHandle`](crate::InterruptHandle): `handler` runs on the
    /// store's thread at the next function entry or loop iteration, and either
    /// lets the computation go on or ends it. The default ends it with
    /// [`TrapCode::Interrupted`](crate::TrapCode::Interrupted).
    pub fn on_interrupt(
        &mut self,
        handler: impl Fn(&mut Caller<'_, T>) -> Result<(), Trap> + 'static,
    ) {
        self.inner
            .set_interrupt_handler(move |caller| handler(Caller::wrap(caller)));
    }
}

impl<T> Deref for Store<T> {
    type Target = runtime::Store;

    fn deref(&self) -> &runtime::Store {
        &self.inner
    }
}

impl<T> DerefMut for Store<T> {
    fn deref_mut(&mut self) -> &mut runtime::Store {
        &mut self.inner
    }
}

impl<T: fmt::Debug> fmt::Debug for Store<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("data", self.data())
            .finish_non_exhaustive()
    }
}
