//! Guest memory, and the only ways to touch it.
//!
//! An address that a guest passes is a number: [`GuestPtr`] says what it
//! claims to point to, [`GuestMemory`] checks it. Data is copied in and out;
//! no Rust reference to guest memory ever exists, since other threads of the
//! guest may change it at any time. [`GuestSlice`] is a checked range whose host
//! address the kernel may be given.

use crate::errno::Errno;
use core::marker::PhantomData;
use core::mem::{MaybeUninit, size_of};
use core::ptr;

/// Longest path with its terminating zero, as on Linux.
pub(crate) const PATH_MAX: usize = 4096;

/// Types whose every bit pattern is a value, without padding that would leak
/// host data.
///
/// # Safety
/// The type must be as described.
pub(crate) unsafe trait Plain: Copy + 'static {}

macro_rules! plain {
    ($($ty:ty),* $(,)?) => {
        $(
            // SAFETY: a number: any bits are a value, and it has no padding.
            unsafe impl Plain for $ty {}
        )*
    };
}

plain!(u8, i8, u16, i16, u32, i32, u64, i64, f32, f64, usize, isize);

// SAFETY: an array of plain values has no padding beyond theirs.
unsafe impl<T: Plain, const N: usize> Plain for [T; N] {}

/// A guest address that claims to point to a `T`. Unchecked until used.
pub(crate) struct GuestPtr<T: ?Sized> {
    address: u64,
    target: PhantomData<fn(&T) -> &T>,
}

/// An address in this process that a system call may be given: of a checked
/// range of guest memory, of scratch memory, or null. Only those make one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HostAddress(u64);

impl HostAddress {
    /// The null pointer.
    pub(crate) const NULL: Self = Self(0);

    /// The number.
    pub(crate) const fn get(self) -> u64 {
        self.0
    }

    /// Whether it is null.
    pub(crate) const fn is_null(self) -> bool {
        self.0 == 0
    }

    /// Of memory that belongs to the runtime and that the kernel may use as
    /// its caller is about to ask.
    pub(crate) fn of_host<T>(pointer: *const T) -> Self {
        Self(pointer as u64)
    }
}

/// Marks a [`GuestPtr`] to a string that ends with a zero byte.
pub(crate) enum CString {}

impl<T: ?Sized> Clone for GuestPtr<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Copy for GuestPtr<T> {}

impl<T: ?Sized> GuestPtr<T> {
    /// From an address.
    pub(crate) const fn new(address: u64) -> Self {
        Self {
            address,
            target: PhantomData,
        }
    }

    /// The address.
    pub(crate) const fn address(self) -> u64 {
        self.address
    }

    /// Whether it is the null pointer.
    pub(crate) const fn is_null(self) -> bool {
        self.address == 0
    }

    /// The same address, pointing to something else.
    pub(crate) const fn cast<U: ?Sized>(self) -> GuestPtr<U> {
        GuestPtr::new(self.address)
    }

    /// `bytes` further on; wraps at the end of all numbers, which no memory
    /// reaches.
    pub(crate) const fn byte_add(self, bytes: u64) -> Self {
        Self::new(self.address.wrapping_add(bytes))
    }
}

impl<T> GuestPtr<T> {
    /// The element `index` of an array that starts here.
    pub(crate) const fn at(self, index: u64) -> Self {
        self.byte_add(index.wrapping_mul(size_of::<T>() as u64))
    }
}

/// A guest's linear memory as it is now. It may grow while guest code runs, so
/// take it anew after calling into the guest.
#[derive(Clone, Copy)]
pub(crate) struct GuestMemory<'a> {
    base: *mut u8,
    length: usize,
    owner: PhantomData<&'a ()>,
}

impl<'a> GuestMemory<'a> {
    /// A memory of `length` bytes at `base`.
    ///
    /// # Safety
    /// The bytes must stay readable and writable for `'a`, and nothing else may
    /// hold a Rust reference to them.
    pub(crate) const unsafe fn new(base: *mut u8, length: usize) -> Self {
        Self {
            base,
            length,
            owner: PhantomData,
        }
    }

    /// No memory at all.
    pub(crate) const fn empty() -> Self {
        Self {
            base: ptr::null_mut(),
            length: 0,
            owner: PhantomData,
        }
    }

    /// Bytes accessible.
    pub(crate) const fn len(self) -> usize {
        self.length
    }

    /// Checks a range.
    ///
    /// # Errors
    /// `EFAULT` when any of it lies outside.
    pub(crate) fn slice(self, address: u64, length: u64) -> Result<GuestSlice<'a>, Errno> {
        let end = address.checked_add(length).ok_or(Errno::EFAULT)?;
        if end > self.length as u64 {
            return Err(Errno::EFAULT);
        }
        Ok(GuestSlice {
            // SAFETY: `address` is at most `length`, within the allocation.
            start: unsafe { self.base.add(address as usize) },
            length: length as usize,
            owner: PhantomData,
        })
    }

    /// As [`Self::slice`], for a range whose end the caller leaves to others to
    /// limit: what lies beyond the memory is cut off.
    ///
    /// # Errors
    /// `EFAULT` when the start lies outside.
    pub(crate) fn slice_up_to(self, address: u64, length: u64) -> Result<GuestSlice<'a>, Errno> {
        let rest = (self.length as u64)
            .checked_sub(address)
            .ok_or(Errno::EFAULT)?;
        self.slice(address, length.min(rest))
    }

    /// Copies a value out.
    ///
    /// # Errors
    /// `EFAULT` outside of memory.
    pub(crate) fn read<T: Plain>(self, at: GuestPtr<T>) -> Result<T, Errno> {
        let from = self.slice(at.address, size_of::<T>() as u64)?;
        // SAFETY: the range was checked, and any bytes are a `T`.
        Ok(unsafe { from.start.cast::<T>().read_unaligned() })
    }

    /// Copies a value in.
    ///
    /// # Errors
    /// `EFAULT` outside of memory.
    pub(crate) fn write<T: Plain>(self, at: GuestPtr<T>, value: T) -> Result<(), Errno> {
        self.place(at)?.store(value);
        Ok(())
    }

    /// Checks where a value is to be stored that is not known yet. A call that cannot
    /// be undone does so first: what it takes from a pipe, or the descriptor that it
    /// opens, would be lost if its result had nowhere to go.
    ///
    /// # Errors
    /// `EFAULT` outside of memory.
    pub(crate) fn place<T: Plain>(self, at: GuestPtr<T>) -> Result<Place<'a, T>, Errno> {
        let range = self.slice(at.address, size_of::<T>() as u64)?;
        Ok(Place {
            range,
            target: PhantomData,
        })
    }

    /// As [`Self::write`], unless the pointer is null.
    ///
    /// # Errors
    /// `EFAULT` outside of memory.
    pub(crate) fn write_if<T: Plain>(self, at: GuestPtr<T>, value: T) -> Result<(), Errno> {
        if at.is_null() {
            return Ok(());
        }
        self.write(at, value)
    }

    /// The bytes of a string up to, not including, its zero.
    ///
    /// # Errors
    /// `EFAULT` when it does not end within memory, `ENAMETOOLONG` when not
    /// within `limit` bytes.
    pub(crate) fn string(
        self,
        at: GuestPtr<CString>,
        limit: usize,
    ) -> Result<GuestSlice<'a>, Errno> {
        let within = self.slice_up_to(at.address, limit as u64)?;
        if at.is_null() {
            return Err(Errno::EFAULT);
        }
        for length in 0..within.length {
            // SAFETY: `length` is within the checked range.
            if unsafe { within.start.add(length).read() } == 0 {
                return Ok(GuestSlice { length, ..within });
            }
        }
        Err(if within.length == limit {
            Errno::ENAMETOOLONG
        } else {
            Errno::EFAULT
        })
    }

    /// Host address of a path for the kernel, which reads to the zero byte.
    ///
    /// # Errors
    /// As [`Self::string`].
    pub(crate) fn path(self, at: GuestPtr<CString>) -> Result<HostAddress, Errno> {
        Ok(self.string(at, PATH_MAX)?.host_address())
    }

    /// As [`Self::path`]; null stays null.
    ///
    /// # Errors
    /// As [`Self::string`].
    pub(crate) fn path_or_null(self, at: GuestPtr<CString>) -> Result<HostAddress, Errno> {
        if at.is_null() {
            Ok(HostAddress::NULL)
        } else {
            self.path(at)
        }
    }

    /// Host address of `count` elements for the kernel to read or write. None at all may
    /// be anywhere, as natively.
    ///
    /// # Errors
    /// `EFAULT` outside of memory.
    pub(crate) fn host<T>(self, at: GuestPtr<T>, count: u64) -> Result<HostAddress, Errno> {
        let bytes = count
            .checked_mul(size_of::<T>() as u64)
            .ok_or(Errno::EFAULT)?;
        if bytes == 0 {
            return Ok(HostAddress::NULL);
        }
        Ok(self.slice(at.address, bytes)?.host_address())
    }

    /// As [`Self::host`]; null stays null.
    ///
    /// # Errors
    /// `EFAULT` outside of memory.
    pub(crate) fn host_or_null<T>(self, at: GuestPtr<T>, count: u64) -> Result<HostAddress, Errno> {
        if at.is_null() {
            Ok(HostAddress::NULL)
        } else {
            self.host(at, count)
        }
    }

    /// Moves bytes within the memory; the ranges may overlap.
    ///
    /// # Errors
    /// `EFAULT` outside of memory.
    pub(crate) fn copy(self, to: u64, from: u64, length: u64) -> Result<(), Errno> {
        let from = self.slice(from, length)?;
        let to = self.slice(to, length)?;
        // SAFETY: both ranges were checked; no reference to them exists.
        unsafe { ptr::copy(from.start, to.start, from.length) };
        Ok(())
    }
}

/// A checked place in guest memory for a value.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a, T> {
    range: GuestSlice<'a>,
    target: PhantomData<fn(T)>,
}

impl<T: Plain> Place<'_, T> {
    /// Copies a value in.
    pub(crate) fn store(self, value: T) {
        // SAFETY: the range was checked for a `T`; no reference to it exists.
        unsafe { self.range.start.cast::<T>().write_unaligned(value) };
    }
}

/// A checked range of guest memory.
#[derive(Clone, Copy)]
pub(crate) struct GuestSlice<'a> {
    start: *mut u8,
    length: usize,
    owner: PhantomData<&'a ()>,
}

impl GuestSlice<'_> {
    /// Bytes in the range.
    pub(crate) const fn len(self) -> usize {
        self.length
    }

    /// Its address in this process, for the kernel.
    pub(crate) fn host_address(self) -> HostAddress {
        HostAddress(self.start as u64)
    }

    /// Copies bytes out, as many as both have; returns how many.
    pub(crate) fn read(self, to: &mut [u8]) -> usize {
        let length = self.length.min(to.len());
        // SAFETY: `length` bytes are within the range and within `to`.
        unsafe { ptr::copy_nonoverlapping(self.start, to.as_mut_ptr(), length) };
        length
    }

    /// Copies bytes out into memory that need not be initialised; returns those
    /// copied.
    pub(crate) fn read_uninit(self, to: &mut [MaybeUninit<u8>]) -> &mut [u8] {
        let length = self.length.min(to.len());
        // SAFETY: `length` bytes are within the range and within `to`, and are
        // initialised by the copy.
        unsafe {
            ptr::copy_nonoverlapping(self.start, to.as_mut_ptr().cast(), length);
            core::slice::from_raw_parts_mut(to.as_mut_ptr().cast(), length)
        }
    }

    /// Copies bytes in, as many as both have; returns how many.
    pub(crate) fn write(self, from: &[u8]) -> usize {
        let length = self.length.min(from.len());
        // SAFETY: `length` bytes are within `from` and within the range.
        unsafe { ptr::copy_nonoverlapping(from.as_ptr(), self.start, length) };
        length
    }

    /// Fills the range.
    pub(crate) fn fill(self, byte: u8) {
        // SAFETY: the range was checked; no reference to it exists.
        unsafe { self.start.write_bytes(byte, self.length) };
    }

    /// A copy of the bytes. The caller has bounded the length.
    pub(crate) fn to_vec(self) -> alloc::vec::Vec<u8> {
        let mut copy = alloc::vec![0; self.length];
        self.read(&mut copy);
        copy
    }

    /// The bytes from `start` on; empty when there are none.
    pub(crate) fn from(self, start: usize) -> Self {
        let start = start.min(self.length);
        Self {
            // SAFETY: `start` is at most the length.
            start: unsafe { self.start.add(start) },
            length: self.length - start,
            owner: PhantomData,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_memory(f: impl FnOnce(GuestMemory<'_>)) {
        let mut bytes = alloc::vec![0u8; 64];
        // SAFETY: `bytes` outlives the call and is not used meanwhile.
        f(unsafe { GuestMemory::new(bytes.as_mut_ptr(), bytes.len()) });
    }

    #[test]
    fn ranges_are_checked() {
        with_memory(|memory| {
            assert!(memory.slice(0, 64).is_ok());
            assert!(memory.slice(64, 0).is_ok());
            assert!(memory.slice(65, 0).is_err());
            assert!(memory.slice(60, 5).is_err());
            assert!(memory.slice(u64::MAX, 2).is_err());
            assert!(memory.read(GuestPtr::<u32>::new(61)).is_err());
            assert!(memory.host(GuestPtr::<u64>::new(0), u64::MAX / 4).is_err());
            assert_eq!(memory.slice_up_to(60, 100).map(|s| s.len()), Ok(4));
            assert!(memory.slice_up_to(65, 1).is_err());
        });
    }

    #[test]
    fn strings_end_within_memory() {
        with_memory(|memory| {
            memory.slice(10, 3).unwrap().write(b"abc");
            let text = memory.string(GuestPtr::new(10), 100).unwrap();
            assert_eq!(text.to_vec(), b"abc");
            assert_eq!(
                memory.string(GuestPtr::new(10), 3).map(|s| s.len()),
                Err(Errno::ENAMETOOLONG)
            );
            memory.slice(0, 64).unwrap().fill(b'x');
            assert_eq!(
                memory.string(GuestPtr::new(10), 100).map(|s| s.len()),
                Err(Errno::EFAULT)
            );
            assert!(memory.string(GuestPtr::new(0), 10).is_err());
        });
    }

    #[test]
    fn values_need_no_alignment() {
        with_memory(|memory| {
            memory.write(GuestPtr::new(3), 0x1122_3344_u32).unwrap();
            assert_eq!(memory.read(GuestPtr::<u32>::new(3)), Ok(0x1122_3344));
            assert_eq!(memory.read(GuestPtr::<u8>::new(3)), Ok(0x44));
            memory.copy(4, 3, 4).unwrap();
            assert_eq!(memory.read(GuestPtr::<u32>::new(4)), Ok(0x1122_3344));
        });
    }
}
