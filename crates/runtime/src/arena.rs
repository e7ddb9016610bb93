//! Objects that live as long as their owner, at fixed addresses.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ptr::NonNull;

/// Owns objects whose addresses others (compiled code, handles) keep.
pub(crate) struct Arena<T>(Vec<NonNull<T>>);

impl<T> Arena<T> {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds an object; the pointer is valid until the arena is dropped.
    pub(crate) fn add(&mut self, value: T) -> NonNull<T> {
        let pointer = NonNull::from(Box::leak(Box::new(value)));
        self.0.push(pointer);
        pointer
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The objects' addresses.
    pub(crate) fn pointers(&self) -> impl Iterator<Item = NonNull<T>> + '_ {
        self.0.iter().copied()
    }
}

impl<T> Drop for Arena<T> {
    fn drop(&mut self) {
        for pointer in self.0.drain(..) {
            // SAFETY: `add` leaked this box, and it is dropped only here.
            drop(unsafe { Box::from_raw(pointer.as_ptr()) });
        }
    }
}
