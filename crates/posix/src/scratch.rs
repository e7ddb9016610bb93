//! Memory for translated arguments.
//!
//! Structures whose layout differs between guest and kernel are built here, and
//! the kernel reads and writes them here. One region per guest thread, handed
//! out in stack order, so that no call allocates. What was written by the
//! kernel is read once, by copying: where the region is shared with user space,
//! it may change at any time.

use crate::errno::Errno;
use crate::guest::{HostAddress, Plain};
use alloc::vec::Vec;
use core::cell::{Cell, UnsafeCell};
use core::marker::PhantomData;
use core::mem::{align_of, size_of};

/// Bytes of scratch memory per thread: enough for the longest vector of buffers
/// (1024 entries of 16 bytes), control messages and some structures.
const SIZE: usize = 64 << 10;

/// A thread's scratch memory.
pub(crate) struct Scratch {
    memory: Vec<UnsafeCell<u64>>,
    used: Cell<usize>,
}

impl Scratch {
    /// Sets the memory aside.
    pub(crate) fn new() -> Self {
        let mut memory = Vec::new();
        memory.resize_with(SIZE / size_of::<u64>(), || UnsafeCell::new(0));
        Self {
            memory,
            used: Cell::new(0),
        }
    }

    /// Begins a call's use; all that it takes is given back when the frame is
    /// dropped.
    pub(crate) fn frame(&self) -> Frame<'_> {
        Frame {
            scratch: self,
            mark: self.used.get(),
        }
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

/// What one call has taken of the scratch memory.
pub(crate) struct Frame<'a> {
    scratch: &'a Scratch,
    mark: usize,
}

impl Frame<'_> {
    /// Room for `count` values, of unspecified contents.
    ///
    /// # Errors
    /// `ENOBUFS` when there is not so much left.
    pub(crate) fn array<T: Plain>(&self, count: usize) -> Result<Slots<'_, T>, Errno> {
        const { assert!(align_of::<T>() <= align_of::<u64>()) };
        let words = count
            .checked_mul(size_of::<T>())
            .ok_or(Errno::ENOBUFS)?
            .div_ceil(size_of::<u64>());
        let start = self.scratch.used.get();
        if words > self.scratch.memory.len() - start {
            return Err(Errno::ENOBUFS);
        }
        self.scratch.used.set(start + words);
        // The slice's own pointer, so that it covers all of its elements.
        let base = self.scratch.memory[start..].as_ptr();
        Ok(Slots {
            start: UnsafeCell::raw_get(base).cast(),
            count,
            frame: PhantomData,
        })
    }

    /// Room for one value, set to `value`.
    ///
    /// # Errors
    /// `ENOBUFS` when there is no room left.
    pub(crate) fn value<T: Plain>(&self, value: T) -> Result<Slots<'_, T>, Errno> {
        let slot = self.array(1)?;
        slot.set(0, value);
        Ok(slot)
    }

    /// Address of a value for the kernel, or null for none.
    ///
    /// # Errors
    /// As [`Self::value`].
    pub(crate) fn optional<T: Plain>(&self, value: Option<T>) -> Result<HostAddress, Errno> {
        match value {
            Some(value) => Ok(self.value(value)?.address()),
            None => Ok(HostAddress::NULL),
        }
    }
}

impl Drop for Frame<'_> {
    fn drop(&mut self) {
        self.scratch.used.set(self.mark);
    }
}

/// Values in scratch memory.
#[derive(Clone, Copy)]
pub(crate) struct Slots<'a, T> {
    start: *mut T,
    count: usize,
    frame: PhantomData<&'a T>,
}

impl<T: Plain> Slots<'_, T> {
    /// Number of values.
    pub(crate) const fn len(self) -> usize {
        self.count
    }

    /// Whether there is none.
    pub(crate) const fn is_empty(self) -> bool {
        self.count == 0
    }

    /// Address for the kernel.
    pub(crate) fn address(self) -> HostAddress {
        HostAddress::of_host(self.start)
    }

    /// Copies one out.
    ///
    /// # Panics
    /// If there is no such value.
    pub(crate) fn get(self, index: usize) -> T {
        assert!(index < self.count);
        // SAFETY: within the array, which the frame keeps; any bits are a `T`.
        unsafe { self.start.add(index).read_volatile() }
    }

    /// Sets one.
    ///
    /// # Panics
    /// If there is no such value.
    pub(crate) fn set(self, index: usize, value: T) {
        assert!(index < self.count);
        // SAFETY: within the array, which the frame keeps.
        unsafe { self.start.add(index).write_volatile(value) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_give_back() {
        let scratch = Scratch::new();
        for _ in 0..10 {
            let frame = scratch.frame();
            let big = frame.array::<u64>(SIZE / 8 - 1).unwrap();
            big.set(0, 7);
            let last = frame.value(9u32).unwrap();
            assert!(frame.value(1u8).is_err());
            assert_eq!((big.get(0), last.get(0)), (7, 9));
        }
    }

    #[test]
    fn nested_frames() {
        let scratch = Scratch::new();
        let outer = scratch.frame();
        let a = outer.value(1u8).unwrap();
        {
            let inner = scratch.frame();
            let b = inner.value(2u8).unwrap();
            assert_ne!(a.address(), b.address());
        }
        let c = outer.value(3u8).unwrap();
        assert_eq!((a.get(0), c.get(0)), (1, 3));
    }
}
