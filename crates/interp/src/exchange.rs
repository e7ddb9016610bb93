//! Values on their way between slots and the arrays that cross to the host and
//! to compiled code.

use alloc::vec::Vec;
use core::mem::MaybeUninit;
use wasmjit_module::ValType;
use wasmjit_runtime::vm::RawValue;

/// So many values cross without an allocation.
const INLINE: usize = 12;

/// A value that crossed, as it must lie in a slot. Machine code writes only the
/// low half of 32-bit values.
#[inline(always)]
pub(crate) fn to_slot(value: RawValue, ty: ValType) -> u64 {
    match ty {
        ValType::I32 | ValType::F32 => u64::from(value.u32()),
        _ => value.u64(),
    }
}

/// Calls `f` with an array of `params` values from `slots`, and room for
/// results but at least one value; when it returns 0, stores results of the
/// types `results` from the array there.
///
/// # Safety
/// `slots` must have so many parameters and room for so many results, and `f`
/// leave so many results.
#[inline(never)]
pub(crate) unsafe fn with_values(
    slots: *mut u64,
    params: usize,
    results: &[ValType],
    f: impl FnOnce(*mut RawValue) -> u64,
) -> u64 {
    let mut inline = [const { MaybeUninit::<RawValue>::uninit() }; INLINE];
    let mut allocated = Vec::new();
    let count = params.max(results.len()).max(1);
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
            for (i, &ty) in results.iter().enumerate() {
                slots.add(i).write(to_slot(values.add(i).read(), ty));
            }
        }
        status
    }
}
