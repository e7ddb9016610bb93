//! AArch64, the platform's C calling convention.
//!
//! Every entry begins with `bti c` (as `hint #34`): these addresses are reached
//! by indirect branches.

use crate::intrinsics;
use crate::vm::{Activation, RawValue, StoreContext, VMContext};
use core::arch::naked_asm;
use core::mem::offset_of;

#[cfg(target_feature = "neon")]
macro_rules! save_callee_vectors {
    () => {
        "stp d8, d9, [sp, #96]
         stp d10, d11, [sp, #112]
         stp d12, d13, [sp, #128]
         stp d14, d15, [sp, #144]"
    };
}

#[cfg(target_feature = "neon")]
macro_rules! restore_callee_vectors {
    () => {
        "ldp d8, d9, [sp, #96]
         ldp d10, d11, [sp, #112]
         ldp d12, d13, [sp, #128]
         ldp d14, d15, [sp, #144]"
    };
}

#[cfg(not(target_feature = "neon"))]
macro_rules! save_callee_vectors {
    () => {
        ""
    };
}

#[cfg(not(target_feature = "neon"))]
macro_rules! restore_callee_vectors {
    () => {
        ""
    };
}

/// Restores what [`enter`] saved and returns from it, with the stack pointer
/// as `enter` stored it in the activation.
macro_rules! leave_enter {
    () => {
        "ldp x19, x20, [sp, #16]
         ldp x21, x22, [sp, #32]
         ldp x23, x24, [sp, #48]
         ldp x25, x26, [sp, #64]
         ldp x27, x28, [sp, #80]
         ldp x29, x30, [sp], #160
         ret"
    };
}

/// Calls `trampoline(vmctx, code, values)` on a frame of its own that
/// `activation` remembers, and returns 0; or the status passed to [`unwind`],
/// when that ends the call early.
///
/// # Safety
/// `trampoline` must be an entry trampoline for the type of `code`, and
/// `activation` the innermost one of the store of `vmctx`.
#[unsafe(naked)]
pub unsafe extern "C" fn enter(
    activation: *mut Activation,
    trampoline: *const u8,
    vmctx: *mut VMContext,
    code: *const u8,
    values: *mut RawValue,
) -> u64 {
    naked_asm!(
        "hint #34",
        "stp x29, x30, [sp, #-160]!",
        "mov x29, sp",
        "stp x19, x20, [sp, #16]",
        "stp x21, x22, [sp, #32]",
        "stp x23, x24, [sp, #48]",
        "stp x25, x26, [sp, #64]",
        "stp x27, x28, [sp, #80]",
        save_callee_vectors!(),
        "str x29, [x0, #{sp}]",
        "str x29, [x0, #{fp}]",
        "mov x9, x1",
        "mov x0, x2",
        "mov x1, x3",
        "mov x2, x4",
        "blr x9",
        "mov x0, #0",
        restore_callee_vectors!(),
        leave_enter!(),
        sp = const offset_of!(Activation, sp),
        fp = const offset_of!(Activation, fp),
    )
}

/// Returns `status` from the [`enter`] that filled `activation`, dropping every
/// frame below it.
///
/// # Safety
/// That `enter` must still be on this stack, and the dropped frames must hold
/// nothing that needs dropping.
#[unsafe(naked)]
pub unsafe extern "C" fn unwind(activation: *mut Activation, status: u64) -> ! {
    naked_asm!(
        "hint #34",
        "ldr x9, [x0, #{sp}]",
        "mov sp, x9",
        "mov x0, x1",
        restore_callee_vectors!(),
        leave_enter!(),
        sp = const offset_of!(Activation, sp),
    )
}

/// Where a fault handler lets the faulting thread continue, with the arguments
/// `(context, pc, fp, address)` in `x0` to `x3`: the current store's context,
/// the faulting instruction, `x29` at the fault, and the address that was
/// accessed (if known). `x29` stays as it was; `sp` must be
/// `sp at the fault & !15`. The fault must lie in compiled code of that store,
/// which must be running on this thread.
///
/// Records the trap and unwinds.
///
/// # Safety
/// As described; not to be called from Rust.
#[unsafe(naked)]
pub unsafe extern "C" fn trap_landing() {
    naked_asm!(
        "hint #34",
        "stp x29, x0, [sp, #-16]!",
        "bl {fault}",
        "ldr x0, [sp, #8]",
        "ldr x0, [x0, #{activation}]",
        "mov x1, #1",
        "b {unwind}",
        fault = sym intrinsics::fault,
        activation = const offset_of!(StoreContext, activation),
        unwind = sym unwind,
    )
}

/// A shim's frame, with the context at `[x29 + 16]`.
macro_rules! open_frame {
    () => {
        "hint #34
         stp x29, x30, [sp, #-32]!
         mov x29, sp
         str x0, [sp, #16]"
    };
}

/// Records where compiled code left.
macro_rules! record_exit {
    () => {
        "ldr x16, [x0, #{store}]
         ldr x17, [x29]
         str x17, [x16, #{exit_fp}]
         str x30, [x16, #{exit_pc}]"
    };
}

macro_rules! close_frame {
    () => {
        "ldp x29, x30, [sp], #32
         ret"
    };
}

/// Unwinds the store of the context at `[x29 + 16]` with status 1.
macro_rules! unwind_frame {
    () => {
        "ldr x0, [x29, #16]
         ldr x0, [x0, #{store}]
         ldr x0, [x0, #{activation}]
         mov x1, #1
         b {unwind}"
    };
}

/// After an implementation that returns 1 for a pending trap, or 0 when it has
/// chosen the place where an exception resumes.
macro_rules! resume_or_unwind {
    () => {
        "cbnz x0, 2f
         ldr x9, [x29, #16]
         ldr x9, [x9, #{store}]
         ldr x0, [x9, #{resume_exception}]
         ldr x10, [x9, #{resume_sp}]
         mov sp, x10
         ldr x29, [x9, #{resume_fp}]
         ldr x16, [x9, #{resume_pc}]
         br x16
         2:"
    };
}

macro_rules! shim {
    // The host function's trampoline has recorded its caller.
    (raise Never) => {
        #[unsafe(naked)]
        pub(crate) unsafe extern "C" fn raise() {
            naked_asm!(
                open_frame!(),
                "bl {implementation}",
                resume_or_unwind!(),
                unwind_frame!(),
                implementation = sym intrinsics::raise,
                store = const offset_of!(VMContext, store),
                activation = const offset_of!(StoreContext, activation),
                resume_exception = const offset_of!(StoreContext, resume_exception),
                resume_pc = const offset_of!(StoreContext, resume_pc),
                resume_sp = const offset_of!(StoreContext, resume_sp),
                resume_fp = const offset_of!(StoreContext, resume_fp),
                unwind = sym unwind,
            )
        }
    };
    ($name:ident Never) => {
        #[unsafe(naked)]
        pub(crate) unsafe extern "C" fn $name() {
            naked_asm!(
                open_frame!(),
                record_exit!(),
                "bl {implementation}",
                resume_or_unwind!(),
                unwind_frame!(),
                implementation = sym intrinsics::$name,
                store = const offset_of!(VMContext, store),
                exit_fp = const offset_of!(StoreContext, exit_fp),
                exit_pc = const offset_of!(StoreContext, exit_pc),
                activation = const offset_of!(StoreContext, activation),
                resume_exception = const offset_of!(StoreContext, resume_exception),
                resume_pc = const offset_of!(StoreContext, resume_pc),
                resume_sp = const offset_of!(StoreContext, resume_sp),
                resume_fp = const offset_of!(StoreContext, resume_fp),
                unwind = sym unwind,
            )
        }
    };
    ($name:ident Status) => {
        #[unsafe(naked)]
        pub(crate) unsafe extern "C" fn $name() {
            naked_asm!(
                open_frame!(),
                record_exit!(),
                "bl {implementation}",
                "cbnz x0, 2f",
                close_frame!(),
                "2:",
                unwind_frame!(),
                implementation = sym intrinsics::$name,
                store = const offset_of!(VMContext, store),
                exit_fp = const offset_of!(StoreContext, exit_fp),
                exit_pc = const offset_of!(StoreContext, exit_pc),
                activation = const offset_of!(StoreContext, activation),
                unwind = sym unwind,
            )
        }
    };
    ($name:ident Value) => {
        #[unsafe(naked)]
        pub(crate) unsafe extern "C" fn $name() {
            naked_asm!(
                open_frame!(),
                record_exit!(),
                "bl {implementation}",
                close_frame!(),
                implementation = sym intrinsics::$name,
                store = const offset_of!(VMContext, store),
                exit_fp = const offset_of!(StoreContext, exit_fp),
                exit_pc = const offset_of!(StoreContext, exit_pc),
            )
        }
    };
    ($name:ident ValueOrTrap) => {
        #[unsafe(naked)]
        pub(crate) unsafe extern "C" fn $name() {
            naked_asm!(
                open_frame!(),
                record_exit!(),
                "bl {implementation}",
                // The pending-trap mark: the lowest signed number.
                "mov x9, #0x8000000000000000",
                "cmp x0, x9",
                "b.eq 2f",
                close_frame!(),
                "2:",
                unwind_frame!(),
                implementation = sym intrinsics::$name,
                store = const offset_of!(VMContext, store),
                exit_fp = const offset_of!(StoreContext, exit_fp),
                exit_pc = const offset_of!(StoreContext, exit_pc),
                activation = const offset_of!(StoreContext, activation),
                unwind = sym unwind,
            )
        }
    };
    // Without NEON the Rust code of the runtime has no vector registers to
    // change; who uses them all the same must leave them as they were.
    ($name:ident StatusPreserveAll) => {
        #[unsafe(naked)]
        pub(crate) unsafe extern "C" fn $name() {
            naked_asm!(
                "hint #34",
                "sub sp, sp, #672",
                "stp x29, x30, [sp]",
                "mov x29, sp",
                "stp x0, x1, [sp, #16]",
                "stp x2, x3, [sp, #32]",
                "stp x4, x5, [sp, #48]",
                "stp x6, x7, [sp, #64]",
                "stp x8, x9, [sp, #80]",
                "stp x10, x11, [sp, #96]",
                "stp x12, x13, [sp, #112]",
                "stp x14, x15, [sp, #128]",
                "stp x16, x17, [sp, #144]",
                save_vectors!(),
                record_exit!(),
                // The caller's stack pointer.
                "add x1, x29, #672",
                "bl {implementation}",
                "cbnz x0, 2f",
                restore_vectors!(),
                "ldp x0, x1, [sp, #16]",
                "ldp x2, x3, [sp, #32]",
                "ldp x4, x5, [sp, #48]",
                "ldp x6, x7, [sp, #64]",
                "ldp x8, x9, [sp, #80]",
                "ldp x10, x11, [sp, #96]",
                "ldp x12, x13, [sp, #112]",
                "ldp x14, x15, [sp, #128]",
                "ldp x16, x17, [sp, #144]",
                "ldp x29, x30, [sp]",
                "add sp, sp, #672",
                "ret",
                "2:",
                unwind_frame!(),
                implementation = sym intrinsics::$name,
                store = const offset_of!(VMContext, store),
                exit_fp = const offset_of!(StoreContext, exit_fp),
                exit_pc = const offset_of!(StoreContext, exit_pc),
                activation = const offset_of!(StoreContext, activation),
                unwind = sym unwind,
            )
        }
    };
}

#[cfg(target_feature = "neon")]
macro_rules! save_vectors {
    () => {
        "stp q0, q1, [sp, #160]
         stp q2, q3, [sp, #192]
         stp q4, q5, [sp, #224]
         stp q6, q7, [sp, #256]
         stp q8, q9, [sp, #288]
         stp q10, q11, [sp, #320]
         stp q12, q13, [sp, #352]
         stp q14, q15, [sp, #384]
         stp q16, q17, [sp, #416]
         stp q18, q19, [sp, #448]
         stp q20, q21, [sp, #480]
         stp q22, q23, [sp, #512]
         stp q24, q25, [sp, #544]
         stp q26, q27, [sp, #576]
         stp q28, q29, [sp, #608]
         stp q30, q31, [sp, #640]"
    };
}

#[cfg(target_feature = "neon")]
macro_rules! restore_vectors {
    () => {
        "ldp q0, q1, [sp, #160]
         ldp q2, q3, [sp, #192]
         ldp q4, q5, [sp, #224]
         ldp q6, q7, [sp, #256]
         ldp q8, q9, [sp, #288]
         ldp q10, q11, [sp, #320]
         ldp q12, q13, [sp, #352]
         ldp q14, q15, [sp, #384]
         ldp q16, q17, [sp, #416]
         ldp q18, q19, [sp, #448]
         ldp q20, q21, [sp, #480]
         ldp q22, q23, [sp, #512]
         ldp q24, q25, [sp, #544]
         ldp q26, q27, [sp, #576]
         ldp q28, q29, [sp, #608]
         ldp q30, q31, [sp, #640]"
    };
}

#[cfg(not(target_feature = "neon"))]
macro_rules! save_vectors {
    () => {
        ""
    };
}

#[cfg(not(target_feature = "neon"))]
macro_rules! restore_vectors {
    () => {
        ""
    };
}

/// One shim for each builtin.
pub(super) mod shims {
    use super::*;
    use crate::builtins::for_each_builtin;

    macro_rules! shims {
        ($( $(#[doc = $doc:expr])* $variant:ident = $name:ident $params:tt -> $result:ident $(($value:ident))?; )*) => {
            $( shim! { $name $result } )*
        };
    }

    for_each_builtin!(shims);
}
