//! The machine-dependent part: entering compiled code, leaving it early, and
//! the shims through which it calls the runtime.
//!
//! All of it is naked assembly, because it works on the frame-pointer chain:
//! every compiled function keeps a frame record `[fp] = caller's fp,
//! [fp + 8] = return address`, and so do [`enter`] and the shims.

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod unsupported;
#[cfg(target_arch = "x86_64")]
mod x86_64;

#[cfg(target_arch = "aarch64")]
use aarch64 as current;
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
use unsupported as current;
#[cfg(target_arch = "x86_64")]
use x86_64 as current;

#[cfg(feature = "ring0")]
pub(crate) use current::host_call;
pub use current::{enter, trap_landing, unwind};
#[cfg(all(
    target_arch = "x86_64",
    target_feature = "sse2",
    not(feature = "ring0")
))]
pub use current::{poll_anywhere, polled_anywhere, returns_to_code};

use crate::builtins::{Builtin, for_each_builtin};

/// Addresses of the builtins' shims, by [`Builtin`].
#[repr(transparent)]
struct Shims([*const u8; Builtin::ALL.len()]);

// SAFETY: the addresses are those of functions, constant and callable from any
// thread.
unsafe impl Sync for Shims {}

macro_rules! shim_table {
    ($( $(#[doc = $doc:expr])* $variant:ident = $name:ident $params:tt -> $result:ident $(($value:ident))?; )*) => {
        static SHIMS: Shims = Shims([$( current::shims::$name as *const u8 ),*]);
    };
}

for_each_builtin!(shim_table);

/// What [`crate::vm::VMContext::builtins`] points to.
pub fn builtins() -> *const *const u8 {
    SHIMS.0.as_ptr()
}

/// Address of one builtin's shim.
pub fn builtin(builtin: Builtin) -> *const u8 {
    SHIMS.0[builtin as usize]
}
