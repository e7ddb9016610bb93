//! Machines without a code generator: an engine for them brings trampolines
//! that are ordinary functions, and nothing ever unwinds.

use crate::vm::{Activation, RawValue, VMContext};

/// Calls `trampoline(vmctx, code, values)` and returns 0.
///
/// # Safety
/// `trampoline` must be an entry trampoline for the type of `code`.
pub unsafe extern "C" fn enter(
    _activation: *mut Activation,
    trampoline: *const u8,
    vmctx: *mut VMContext,
    code: *const u8,
    values: *mut RawValue,
) -> u64 {
    type Trampoline = unsafe extern "C" fn(*mut VMContext, *const u8, *mut RawValue);
    // SAFETY: the caller passes the address of such a function.
    let trampoline = unsafe { core::mem::transmute::<*const u8, Trampoline>(trampoline) };
    // SAFETY: the caller vouches for the arguments.
    unsafe { trampoline(vmctx, code, values) };
    0
}

/// Not available.
///
/// # Safety
/// None; it panics.
pub unsafe extern "C" fn unwind(_activation: *mut Activation, _status: u64) -> ! {
    panic!("compiled code cannot run on this machine")
}

/// Not available.
///
/// # Safety
/// None; it panics.
pub unsafe extern "C" fn trap_landing() {
    panic!("compiled code cannot run on this machine")
}

/// One shim for each builtin.
pub(super) mod shims {
    use crate::builtins::for_each_builtin;

    macro_rules! shims {
        ($( $(#[doc = $doc:expr])* $variant:ident = $name:ident $params:tt -> $result:ident $(($value:ident))?; )*) => {
            $( pub(crate) unsafe extern "C" fn $name() {
                panic!("compiled code cannot run on this machine")
            } )*
        };
    }

    for_each_builtin!(shims);
}
