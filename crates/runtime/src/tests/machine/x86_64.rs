//! The functions for x86_64. Their convention: the context in `rdi`, the
//! address of the values in `rsi`.

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
        "push rbp",
        "mov rbp, rsp",
        // Compiled code keeps no register for its caller.
        "push rbx",
        "push r12",
        "mov rax, rsi",
        "mov rsi, rdx",
        "call rax",
        "pop r12",
        "pop rbx",
        "pop rbp",
        "ret",
    )
}

#[unsafe(naked)]
pub(super) unsafe extern "C" fn host_trampoline() {
    naked_asm!(
        "push rbp",
        "mov rbp, rsp",
        "push rdi",
        "push rsi",
        "mov rax, [rdi + {store}]",
        "mov rcx, [rbp]",
        "mov [rax + {exit_fp}], rcx",
        "mov rcx, [rbp + 8]",
        "mov [rax + {exit_pc}], rcx",
        "call [rdi + {call}]",
        "test rax, rax",
        "jne 2f",
        "leave",
        "ret",
        "2:",
        "mov rdi, [rbp - 8]",
        "mov rax, [rdi + {builtins}]",
        "call [rax + 8 * {raise}]",
        "ud2",
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
        ".skip {size} - (. - 99b), 0xcc"
    };
}

/// Calls the import with the context in `rdi` and the values in `rsi`.
macro_rules! call_the_import {
    () => {
        "mov rax, [rdi + {import} + {code}]
         mov rdi, [rdi + {import} + {vmctx}]
         call rax"
    };
}

function! { add:
    "mov eax, [rsi]",
    "add eax, [rsi + 16]",
    "mov [rsi], rax",
    "ret",
    pad!(),
}

// Destroys all registers that C callers want back, as code with Cranelift's
// `tail` convention may.
function! { call_import:
    "push rbp",
    "mov rbp, rsp",
    "xor ebx, ebx",
    "xor r12d, r12d",
    "xor r13d, r13d",
    "xor r14d, r14d",
    "xor r15d, r15d",
    call_the_import!(),
    "leave",
    "ret",
    pad!(),
    import = const IMPORT,
    code = const offset_of!(VMImportedFunction, code),
    vmctx = const offset_of!(VMImportedFunction, vmctx),
}

function! { trap:
    "push rbp",
    "mov rbp, rsp",
    "xor ebx, ebx",
    "mov esi, 1",
    "mov rax, [rdi + {builtins}]",
    "call [rax + 8 * {trap}]",
    "ud2",
    pad!(),
    builtins = const offset_of!(VMContext, builtins),
    trap = const Builtin::Trap as usize,
}

// What a fault handler does.
function! { fault:
    "push rbp",
    "mov rbp, rsp",
    "mov rdi, [rdi + {store}]",
    ".globl wasmjit_test_fault",
    "wasmjit_test_fault:",
    "lea rsi, [rip + wasmjit_test_fault]",
    "mov rdx, rbp",
    "mov ecx, 4711",
    "sub rsp, 40",
    "and rsp, -16",
    "sub rsp, 8",
    "jmp {landing}",
    pad!(),
    store = const offset_of!(VMContext, store),
    landing = sym crate::arch::trap_landing,
}

function! { throw:
    "push rbp",
    "mov rbp, rsp",
    "mov rdx, rsi",
    "lea rsi, [rdi + {tag}]",
    "mov rax, [rdi + {builtins}]",
    "call [rax + 8 * {throw}]",
    "ud2",
    pad!(),
    tag = const TAG,
    builtins = const offset_of!(VMContext, builtins),
    throw = const Builtin::Throw as usize,
}

// Calls the import; an exception's value plus 1000 becomes the result.
function! { catch:
    "push rbp",
    "mov rbp, rsp",
    "push rdi",
    "push rsi",
    call_the_import!(),
    ".globl wasmjit_test_catch_return",
    "wasmjit_test_catch_return:",
    "leave",
    "ret",
    ".globl wasmjit_test_catch_landing",
    "wasmjit_test_catch_landing:",
    "mov rsi, [rsp]",
    "mov ecx, [rax + 16]",
    "add ecx, 1000",
    "mov [rsi], rcx",
    "leave",
    "ret",
    pad!(),
    import = const IMPORT,
    code = const offset_of!(VMImportedFunction, code),
    vmctx = const offset_of!(VMImportedFunction, vmctx),
}

// Calls the import; catches exceptions and throws them on.
function! { rethrow:
    "push rbp",
    "mov rbp, rsp",
    "push rdi",
    "push rsi",
    call_the_import!(),
    ".globl wasmjit_test_rethrow_return",
    "wasmjit_test_rethrow_return:",
    "leave",
    "ret",
    ".globl wasmjit_test_rethrow_landing",
    "wasmjit_test_rethrow_landing:",
    "mov rdi, [rbp - 8]",
    "mov rsi, rax",
    "mov rax, [rdi + {builtins}]",
    "call [rax + 8 * {throw_ref}]",
    "ud2",
    pad!(),
    import = const IMPORT,
    code = const offset_of!(VMImportedFunction, code),
    vmctx = const offset_of!(VMImportedFunction, vmctx),
    builtins = const offset_of!(VMContext, builtins),
    throw_ref = const Builtin::ThrowRef as usize,
}

// Polls once; the result is the number of registers that were changed.
function! { poll:
    "push rbp",
    "mov rbp, rsp",
    "sub rsp, 32",
    "mov [rbp - 8], rsi",
    "mov rax, [rdi + {builtins}]",
    "mov rax, [rax + 8 * {poll}]",
    "mov [rbp - 16], rax",
    "mov [rbp - 24], rdi",
    "mov eax, 1",
    "mov ecx, 2",
    "mov edx, 3",
    "mov esi, 4",
    "mov r8d, 5",
    "mov r9d, 6",
    "mov r10d, 7",
    "mov r11d, 8",
    "mov ebx, 9",
    "mov r12d, 10",
    "mov r13d, 11",
    "mov r14d, 12",
    "mov r15d, 13",
    "movq xmm0, rax",
    "movq xmm1, rcx",
    "movq xmm2, rdx",
    "movq xmm3, rsi",
    "movq xmm4, r8",
    "movq xmm5, r9",
    "movq xmm6, r10",
    "movq xmm7, r11",
    "movq xmm8, rbx",
    "movq xmm9, r12",
    "movq xmm10, r13",
    "movq xmm11, r14",
    "movq xmm12, r15",
    "movq xmm13, rbp",
    "movq xmm14, rsp",
    "movq xmm15, rdi",
    "call [rbp - 16]",
    "pushfq",
    "cmp rdi, [rbp - 24]",
    "jne 3f",
    "movq rdi, xmm0",
    "cmp rdi, rax",
    "jne 3f",
    "cmp eax, 1",
    "jne 3f",
    "movq rdi, xmm1",
    "cmp rdi, rcx",
    "jne 3f",
    "cmp ecx, 2",
    "jne 3f",
    "movq rdi, xmm2",
    "cmp rdi, rdx",
    "jne 3f",
    "cmp edx, 3",
    "jne 3f",
    "movq rdi, xmm3",
    "cmp rdi, rsi",
    "jne 3f",
    "cmp esi, 4",
    "jne 3f",
    "movq rdi, xmm4",
    "cmp rdi, r8",
    "jne 3f",
    "cmp r8d, 5",
    "jne 3f",
    "movq rdi, xmm5",
    "cmp rdi, r9",
    "jne 3f",
    "cmp r9d, 6",
    "jne 3f",
    "movq rdi, xmm6",
    "cmp rdi, r10",
    "jne 3f",
    "cmp r10d, 7",
    "jne 3f",
    "movq rdi, xmm7",
    "cmp rdi, r11",
    "jne 3f",
    "cmp r11d, 8",
    "jne 3f",
    "movq rdi, xmm8",
    "cmp rdi, rbx",
    "jne 3f",
    "cmp ebx, 9",
    "jne 3f",
    "movq rdi, xmm9",
    "cmp rdi, r12",
    "jne 3f",
    "movq rdi, xmm10",
    "cmp rdi, r13",
    "jne 3f",
    "movq rdi, xmm11",
    "cmp rdi, r14",
    "jne 3f",
    "movq rdi, xmm12",
    "cmp rdi, r15",
    "jne 3f",
    "movq rdi, xmm13",
    "cmp rdi, rbp",
    "jne 3f",
    "movq rdi, xmm14",
    "lea rax, [rsp + 8]",
    "cmp rdi, rax",
    "jne 3f",
    "movq rdi, xmm15",
    "cmp rdi, [rbp - 24]",
    "jne 3f",
    "xor ecx, ecx",
    "jmp 4f",
    "3:",
    "mov ecx, 1",
    "4:",
    "mov rsi, [rbp - 8]",
    "mov [rsi], rcx",
    "leave",
    "ret",
    pad!(),
    builtins = const offset_of!(VMContext, builtins),
    poll = const Builtin::Poll as usize,
}

// Loops until it is interrupted.
function! { spin:
    "push rbp",
    "mov rbp, rsp",
    "push rdi",
    "sub rsp, 8",
    "5:",
    "mov rax, [rdi + {store}]",
    "cmp rsp, [rax + {limit}]",
    "jae 5b",
    "mov rax, [rdi + {builtins}]",
    "call [rax + 8 * {poll}]",
    "jmp 5b",
    pad!(),
    store = const offset_of!(VMContext, store),
    limit = const offset_of!(StoreContext, stack_limit),
    builtins = const offset_of!(VMContext, builtins),
    poll = const Builtin::Poll as usize,
}

// Calls itself without end.
function! { recurse:
    "push rbp",
    "mov rbp, rsp",
    "push rdi",
    "sub rsp, 8",
    "mov rax, [rdi + {store}]",
    "cmp rsp, [rax + {limit}]",
    "jae 2f",
    "mov rax, [rdi + {builtins}]",
    "call [rax + 8 * {poll}]",
    "2:",
    "call 99b",
    "leave",
    "ret",
    pad!(),
    store = const offset_of!(VMContext, store),
    limit = const offset_of!(StoreContext, stack_limit),
    builtins = const offset_of!(VMContext, builtins),
    poll = const Builtin::Poll as usize,
}
