//! The functions for AArch64. Their convention: the context in `x0`, the address
//! of the values in `x1`.

use super::super::FUNCTION_SIZE;
use super::{IMPORT, TAG};
use crate::builtins::Builtin;
use crate::vm::{StoreContext, VMContext, VMHostFunction, VMImportedFunction};
use core::arch::naked_asm;
use core::mem::offset_of;

/// `(vmctx, code, values)`
#[unsafe(naked)]
pub(super) unsafe extern "C" fn entry_trampoline() {
    naked_asm!(
        "stp x29, x30, [sp, #-16]!",
        "mov x29, sp",
        "mov x9, x1",
        "mov x1, x2",
        "blr x9",
        "ldp x29, x30, [sp], #16",
        "ret",
    )
}

#[unsafe(naked)]
pub(super) unsafe extern "C" fn host_trampoline() {
    naked_asm!(
        "stp x29, x30, [sp, #-32]!",
        "mov x29, sp",
        "stp x0, x1, [sp, #16]",
        "ldr x9, [x0, #{store}]",
        "ldr x10, [x29]",
        "str x10, [x9, #{exit_fp}]",
        "str x30, [x9, #{exit_pc}]",
        "ldr x9, [x0, #{call}]",
        "blr x9",
        "cbnz x0, 2f",
        "ldp x29, x30, [sp], #32",
        "ret",
        "2:",
        "ldr x0, [x29, #16]",
        "ldr x9, [x0, #{builtins}]",
        "ldr x9, [x9, #8 * {raise}]",
        "blr x9",
        "brk #1",
        store = const offset_of!(VMHostFunction, store),
        builtins = const offset_of!(VMHostFunction, builtins),
        call = const offset_of!(VMHostFunction, call),
        exit_fp = const offset_of!(StoreContext, exit_fp),
        exit_pc = const offset_of!(StoreContext, exit_pc),
        raise = const Builtin::Raise as usize,
    )
}

macro_rules! function {
    ($name:ident: $($code:tt)*) => {
        #[unsafe(naked)]
        pub(super) unsafe extern "C" fn $name() {
            naked_asm!(
                ".p2align 4",
                "99:",
                $($code)*
                size = const FUNCTION_SIZE,
            )
        }
    };
}

/// Fills the function up to its size.
macro_rules! pad {
    () => {
        ".skip {size} - (. - 99b)"
    };
}

/// Calls the import with the context in `x0` and the values in `x1`.
macro_rules! call_the_import {
    () => {
        "ldr x9, [x0, #{import} + {code}]
         ldr x0, [x0, #{import} + {vmctx}]
         blr x9"
    };
}

function! { add:
    "ldr w9, [x1]",
    "ldr w10, [x1, #16]",
    "add w9, w9, w10",
    "str x9, [x1]",
    "ret",
    pad!(),
}

// Destroys all registers that C callers want back, as code with Cranelift's
// `tail` convention may.
function! { call_import:
    "stp x29, x30, [sp, #-16]!",
    "mov x29, sp",
    ".irp n, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28",
    "mov x\\n, #0",
    ".endr",
    ".irp n, 8, 9, 10, 11, 12, 13, 14, 15",
    "movi v\\n\\().2d, #0",
    ".endr",
    call_the_import!(),
    "ldp x29, x30, [sp], #16",
    "ret",
    pad!(),
    import = const IMPORT,
    code = const offset_of!(VMImportedFunction, code),
    vmctx = const offset_of!(VMImportedFunction, vmctx),
}

function! { trap:
    "stp x29, x30, [sp, #-16]!",
    "mov x29, sp",
    "mov x19, #0",
    "mov w1, #1",
    "ldr x9, [x0, #{builtins}]",
    "ldr x9, [x9, #8 * {trap}]",
    "blr x9",
    "brk #1",
    pad!(),
    builtins = const offset_of!(VMContext, builtins),
    trap = const Builtin::Trap as usize,
}

// What a fault handler does.
function! { fault:
    "stp x29, x30, [sp, #-16]!",
    "mov x29, sp",
    "ldr x0, [x0, #{store}]",
    ".globl wasmjit_test_fault",
    "wasmjit_test_fault:",
    "adr x1, wasmjit_test_fault",
    "mov x2, x29",
    "mov x3, #4711",
    "sub sp, sp, #48",
    "b {landing}",
    pad!(),
    store = const offset_of!(VMContext, store),
    landing = sym crate::arch::trap_landing,
}

function! { throw:
    "stp x29, x30, [sp, #-16]!",
    "mov x29, sp",
    "mov x2, x1",
    "add x1, x0, #{tag}",
    "ldr x9, [x0, #{builtins}]",
    "ldr x9, [x9, #8 * {throw}]",
    "blr x9",
    "brk #1",
    pad!(),
    tag = const TAG,
    builtins = const offset_of!(VMContext, builtins),
    throw = const Builtin::Throw as usize,
}

// Calls the import; an exception's value plus 1000 becomes the result.
function! { catch:
    "stp x29, x30, [sp, #-16]!",
    "mov x29, sp",
    "stp x0, x1, [sp, #-16]!",
    call_the_import!(),
    ".globl wasmjit_test_catch_return",
    "wasmjit_test_catch_return:",
    "add sp, sp, #16",
    "ldp x29, x30, [sp], #16",
    "ret",
    ".globl wasmjit_test_catch_landing",
    "wasmjit_test_catch_landing:",
    "ldr x1, [sp, #8]",
    "ldr w9, [x0, #16]",
    "add w9, w9, #1000",
    "str x9, [x1]",
    "add sp, sp, #16",
    "ldp x29, x30, [sp], #16",
    "ret",
    pad!(),
    import = const IMPORT,
    code = const offset_of!(VMImportedFunction, code),
    vmctx = const offset_of!(VMImportedFunction, vmctx),
}

// Calls the import; catches exceptions and throws them on.
function! { rethrow:
    "stp x29, x30, [sp, #-16]!",
    "mov x29, sp",
    "stp x0, x1, [sp, #-16]!",
    call_the_import!(),
    ".globl wasmjit_test_rethrow_return",
    "wasmjit_test_rethrow_return:",
    "add sp, sp, #16",
    "ldp x29, x30, [sp], #16",
    "ret",
    ".globl wasmjit_test_rethrow_landing",
    "wasmjit_test_rethrow_landing:",
    "mov x1, x0",
    "ldr x0, [sp]",
    "ldr x9, [x0, #{builtins}]",
    "ldr x9, [x9, #8 * {throw_ref}]",
    "blr x9",
    "brk #1",
    pad!(),
    import = const IMPORT,
    code = const offset_of!(VMImportedFunction, code),
    vmctx = const offset_of!(VMImportedFunction, vmctx),
    builtins = const offset_of!(VMContext, builtins),
    throw_ref = const Builtin::ThrowRef as usize,
}

// Polls once; the result is 0 when all registers are as they were.
function! { poll:
    "stp x29, x30, [sp, #-16]!",
    "mov x29, sp",
    "sub sp, sp, #32",
    "stp x0, x1, [sp]",
    "ldr x9, [x0, #{builtins}]",
    "ldr x17, [x9, #8 * {poll}]",
    "str x17, [sp, #16]",
    ".irp n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28",
    "mov x\\n, #\\n + 100",
    ".endr",
    ".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31",
    "movi v\\n\\().16b, #\\n",
    ".endr",
    "blr x17",
    ".irp n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28",
    "cmp x\\n, #\\n + 100",
    "b.ne 3f",
    ".endr",
    "ldr x9, [sp]",
    "cmp x0, x9",
    "b.ne 3f",
    "ldr x9, [sp, #16]",
    "cmp x17, x9",
    "b.ne 3f",
    "mov x11, #0x0101010101010101",
    ".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31",
    "mov x10, #\\n",
    "mul x10, x10, x11",
    "mov x9, v\\n\\().d[0]",
    "cmp x9, x10",
    "b.ne 3f",
    "mov x9, v\\n\\().d[1]",
    "cmp x9, x10",
    "b.ne 3f",
    ".endr",
    "mov x9, #0",
    "b 4f",
    "3:",
    "mov x9, #1",
    "4:",
    "ldr x1, [sp, #8]",
    "str x9, [x1]",
    "mov sp, x29",
    "ldp x29, x30, [sp], #16",
    "ret",
    pad!(),
    builtins = const offset_of!(VMContext, builtins),
    poll = const Builtin::Poll as usize,
}

// Loops until it is interrupted.
function! { spin:
    "stp x29, x30, [sp, #-16]!",
    "mov x29, sp",
    "5:",
    "ldr x9, [x0, #{store}]",
    "ldr x9, [x9, #{limit}]",
    "cmp sp, x9",
    "b.hs 5b",
    "ldr x9, [x0, #{builtins}]",
    "ldr x9, [x9, #8 * {poll}]",
    "blr x9",
    "b 5b",
    pad!(),
    store = const offset_of!(VMContext, store),
    limit = const offset_of!(StoreContext, stack_limit),
    builtins = const offset_of!(VMContext, builtins),
    poll = const Builtin::Poll as usize,
}

// Calls itself without end.
function! { recurse:
    "stp x29, x30, [sp, #-32]!",
    "mov x29, sp",
    "ldr x9, [x0, #{store}]",
    "ldr x9, [x9, #{limit}]",
    "cmp sp, x9",
    "b.hs 2f",
    "ldr x9, [x0, #{builtins}]",
    "ldr x9, [x9, #8 * {poll}]",
    "blr x9",
    "2:",
    "bl 99b",
    "ldp x29, x30, [sp], #32",
    "ret",
    pad!(),
    store = const offset_of!(VMContext, store),
    limit = const offset_of!(StoreContext, stack_limit),
    builtins = const offset_of!(VMContext, builtins),
    poll = const Builtin::Poll as usize,
}
