//! Memory of the calling process: copied in and out, never referred to.

use crate::error::Errno;
use crate::sys;
use alloc::vec::Vec;
use core::mem::MaybeUninit;
use wasmjit_device::abi::Plain;

/// An array or text of so many bytes in user space at most: more is a mistake.
const LARGEST: usize = 256 << 20;

/// Space for `count` values, or `ENOMEM`.
pub(crate) fn space<T>(count: usize) -> Result<Vec<T>, Errno> {
    let mut space = Vec::new();
    space.try_reserve_exact(count).map_err(|_| Errno::ENOMEM)?;
    Ok(space)
}

/// Copies an array in.
pub(crate) fn read_array<T: Plain>(address: u64, count: usize) -> Result<Vec<T>, Errno> {
    let bytes = count.checked_mul(size_of::<T>()).ok_or(Errno::EINVAL)?;
    if bytes > LARGEST {
        return Err(Errno::E2BIG);
    }
    let mut values: Vec<T> = space(count)?;
    // SAFETY: there is room for so many bytes, and any bytes are values.
    unsafe {
        if sys::wj_copy_from_user(values.as_mut_ptr().cast(), address, bytes) != 0 {
            return Err(Errno::EFAULT);
        }
        values.set_len(count);
    }
    Ok(values)
}

/// Copies an array out.
pub(crate) fn write_array<T: Plain>(address: u64, values: &[T]) -> Result<(), Errno> {
    // SAFETY: so many bytes are readable, without padding.
    let left =
        unsafe { sys::wj_copy_to_user(address, values.as_ptr().cast(), size_of_val(values)) };
    if left == 0 {
        Ok(())
    } else {
        Err(Errno::EFAULT)
    }
}

/// A structure that begins with its size, in user space. The caller knows
/// `size` bytes of it.
pub(crate) struct Structure<T> {
    address: u64,
    size: usize,
    pub(crate) value: T,
}

impl<T: Plain> Structure<T> {
    /// Copies it in; what the caller does not know is zero.
    pub(crate) fn read(address: u64, size: usize) -> Result<Self, Errno> {
        if size < 8 {
            return Err(Errno::EINVAL);
        }
        let known = size.min(size_of::<T>());
        let bytes: Vec<u64> = read_array(address, size.div_ceil(8))?;
        // SAFETY: the vector's bytes are initialised.
        let bytes = unsafe { core::slice::from_raw_parts(bytes.as_ptr().cast::<u8>(), size) };
        if bytes[known..].iter().any(|&byte| byte != 0) {
            return Err(Errno::E2BIG);
        }
        let claimed = u32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        if claimed as usize != size {
            return Err(Errno::EINVAL);
        }
        let mut value = MaybeUninit::<T>::zeroed();
        // SAFETY: both have so many bytes, and any bytes are a `T`.
        let value = unsafe {
            value
                .as_mut_ptr()
                .cast::<u8>()
                .copy_from_nonoverlapping(bytes.as_ptr(), known);
            value.assume_init()
        };
        Ok(Self {
            address,
            size,
            value,
        })
    }

    /// Copies it back, as far as the caller knows it.
    pub(crate) fn write(&self) -> Result<(), Errno> {
        let known = self.size.min(size_of::<T>());
        // SAFETY: the value has so many bytes, without padding.
        let left =
            unsafe { sys::wj_copy_to_user(self.address, (&raw const self.value).cast(), known) };
        if left == 0 {
            Ok(())
        } else {
            Err(Errno::EFAULT)
        }
    }
}
