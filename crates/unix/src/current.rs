//! Which store's code a thread runs; readable from a signal handler.

use std::cell::Cell;
use std::ptr;
use wasmjit_runtime::vm::StoreContext;

thread_local! {
    static CURRENT: Cell<*mut StoreContext> = const { Cell::new(ptr::null_mut()) };
}

/// Sets the store whose code the calling thread runs; returns the one before.
pub(crate) fn replace(context: *mut StoreContext) -> *mut StoreContext {
    CURRENT.replace(context)
}

/// The store whose code the calling thread runs; null for none.
pub(crate) fn get() -> *mut StoreContext {
    CURRENT.get()
}
