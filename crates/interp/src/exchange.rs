//! Values on their way between slots and the arrays that cross to the host and
//! to compiled code.

use alloc::vec::Vec;
use core::mem::MaybeUninit;
use wasmjit_runtime::vm::RawValue;

/// So many values cross without an allocation.
const INLINE: usize = 12;

/// Calls `f` with an array of `params` values from `slots`, and room for
/// `results` but at least one; when it returns 0, stores `results` values from
/// the array there.
///
/// # Safety
/// `slots` must have so many parameters and room for so many results, and `f`
/// leave so many results.
#[inline(never)]
pub(crate) unsafe fn with_values(
    slots: *mut u64,
    params: usize,
    results: usize,
    f: impl FnOnce(*mut RawValue) -> u64,
) -> u64 {
    let mut inline = [const { MaybeUninit::<RawValue>::uninit() }; INLINE];
    let mut allocated = Vec::new();
    let count = params.max(results).max(1);
    let values: *mut RawValue = if count <= INLINE {
        inline.as_mut_ptr().cast()
    } else {
        allocated.resize(count, RawValue::ZERO);
        allocated.as_mut_ptr()
    };
    // SAFETY: there is room for `count` values; the caller vouches for the
    // slots.
    unsafe {
        for i in 0..params {
            values.add(i).write(RawValue::from_u64(slots.add(i).read()));
        }
        let status = f(values);
        if status == 0 {
            for i in 0..results {
                slots.add(i).write((*values.add(i)).u64());
            }
        }
        status
    }
}
