//! Stubs through which not yet compiled functions are called.
//!
//! Each function has a slot, which holds its entry point, and a stub, which
//! jumps to what the slot holds. At first that is the second half of the stub,
//! which passes the function's index to [`compile_on_call`]; once compiled,
//! the slot holds the function itself. (The dynamic linker's procedure linkage
//! table works the same way.)

use crate::settings::Target;
use alloc::vec::Vec;
use core::arch::naked_asm;
use core::mem::offset_of;
use wasmjit_runtime::builtins::Builtin;
use wasmjit_runtime::vm::{VMFuncRef, VMHostFunction};

/// Where a host function has the code of its reference.
const HOST_CODE: usize = offset_of!(VMHostFunction, reference) + offset_of!(VMFuncRef, code);

/// Bytes of a stub.
pub(crate) fn stub_size(target: Target) -> usize {
    match target {
        Target::X86_64 => 16,
        Target::Aarch64 => 32,
    }
}

/// Offset of the half that compiles.
pub(crate) fn lazy_offset(target: Target) -> usize {
    match target {
        Target::X86_64 => 6,
        Target::Aarch64 => 12,
    }
}

/// Added to an index on x86-64: the context is the second argument. (On AArch64
/// the area for results has a register of its own.)
const SHIFTED: u32 = 1 << 31;

/// Writes the common part and `count` stubs for code at address `at`; the
/// slots are at `slots`, the address of the thunk is in the word at `thunk`.
/// The common part takes the place of one stub. `returns_in_memory` tells of
/// each function whether its results have an area of memory
/// ([`crate::abi::returns_in_memory`]).
pub(crate) fn write(
    target: Target,
    at: usize,
    slots: usize,
    thunk: usize,
    count: usize,
    returns_in_memory: impl Fn(usize) -> bool,
) -> Vec<u8> {
    let size = stub_size(target);
    let mut code = Vec::with_capacity((count + 1) * size);
    match target {
        Target::X86_64 => {
            let jump_through = |code: &mut Vec<u8>, word: usize| {
                code.extend([0xff, 0x25]);
                let next = at + code.len() + 4;
                code.extend((word.wrapping_sub(next) as u32).to_le_bytes());
            };
            jump_through(&mut code, thunk);
            code.resize(size, 0xcc);
            for i in 0..count {
                jump_through(&mut code, slots + 8 * i);
                code.push(0x68);
                let shift = if returns_in_memory(i) { SHIFTED } else { 0 };
                code.extend((i as u32 | shift).to_le_bytes());
                code.push(0xe9);
                let next = code.len() + 4;
                code.extend((0u32.wrapping_sub(next as u32)).to_le_bytes());
            }
        }
        Target::Aarch64 => {
            // x16 = *word; br x16
            let jump_through = |code: &mut Vec<u8>, word: usize| {
                let pc = at + code.len();
                let pages = ((word >> 12) as i64 - (pc >> 12) as i64) as u32;
                let adrp = 0x9000_0010 | (pages & 3) << 29 | (pages >> 2 & 0x7_ffff) << 5;
                let load = 0xf940_0210 | ((word as u32 & 0xfff) >> 3) << 10;
                for word in [adrp, load, 0xd61f_0200] {
                    code.extend(word.to_le_bytes());
                }
            };
            jump_through(&mut code, thunk);
            code.resize(size, 0);
            for i in 0..count {
                let start = code.len();
                jump_through(&mut code, slots + 8 * i);
                let i = i as u32;
                // w17 = i; b common
                let low = 0x5280_0011 | (i & 0xffff) << 5;
                let high = 0x72a0_0011 | (i >> 16) << 5;
                code.extend(low.to_le_bytes());
                code.extend(high.to_le_bytes());
                let distance = (0i64 - code.len() as i64) >> 2;
                let branch = 0x1400_0000 | (distance as u32 & 0x03ff_ffff);
                code.extend(branch.to_le_bytes());
                code.resize(start + size, 0);
            }
        }
    }
    code
}

/// Makes a frame in which the registers of arguments are kept, so that stacks can
/// be walked from there.
#[cfg(target_arch = "x86_64")]
macro_rules! save_arguments {
    () => {
        "push rbp
         mov rbp, rsp
         sub rsp, 192
         mov [rsp], rdi
         mov [rsp + 8], rsi
         mov [rsp + 16], rdx
         mov [rsp + 24], rcx
         mov [rsp + 32], r8
         mov [rsp + 40], r9
         movups [rsp + 64], xmm0
         movups [rsp + 80], xmm1
         movups [rsp + 96], xmm2
         movups [rsp + 112], xmm3
         movups [rsp + 128], xmm4
         movups [rsp + 144], xmm5
         movups [rsp + 160], xmm6
         movups [rsp + 176], xmm7"
    };
}

/// Takes the registers of arguments back and leaves the frame.
#[cfg(target_arch = "x86_64")]
macro_rules! restore_arguments {
    () => {
        "mov rdi, [rsp]
         mov rsi, [rsp + 8]
         mov rdx, [rsp + 16]
         mov rcx, [rsp + 24]
         mov r8, [rsp + 32]
         mov r9, [rsp + 40]
         movups xmm0, [rsp + 64]
         movups xmm1, [rsp + 80]
         movups xmm2, [rsp + 96]
         movups xmm3, [rsp + 112]
         movups xmm4, [rsp + 128]
         movups xmm5, [rsp + 144]
         movups xmm6, [rsp + 160]
         movups xmm7, [rsp + 176]
         mov rsp, rbp
         pop rbp"
    };
}

#[cfg(target_arch = "aarch64")]
macro_rules! save_arguments {
    () => {
        "stp x29, x30, [sp, #-16]!
         mov x29, sp
         sub sp, sp, #208
         stp x0, x1, [sp]
         stp x2, x3, [sp, #16]
         stp x4, x5, [sp, #32]
         stp x6, x7, [sp, #48]
         str x8, [sp, #64]
         stp q0, q1, [sp, #80]
         stp q2, q3, [sp, #112]
         stp q4, q5, [sp, #144]
         stp q6, q7, [sp, #176]"
    };
}

#[cfg(target_arch = "aarch64")]
macro_rules! restore_arguments {
    () => {
        "ldp x0, x1, [sp]
         ldp x2, x3, [sp, #16]
         ldp x4, x5, [sp, #32]
         ldp x6, x7, [sp, #48]
         ldr x8, [sp, #64]
         ldp q0, q1, [sp, #80]
         ldp q2, q3, [sp, #112]
         ldp q4, q5, [sp, #144]
         ldp q6, q7, [sp, #176]
         mov sp, x29
         ldp x29, x30, [sp], #16"
    };
}

/// Entered from a stub with a function's arguments in place and its index
/// pushed: compiles the function through the builtin and jumps to it.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn compile_on_call() {
    naked_asm!(
        // The index was pushed on top of the return address. Below it, build
        // an ordinary frame, so that stacks can be walked.
        "pop r11",
        save_arguments!(),
        // Where results have an area of memory, its address comes first.
        "btr r11d, {shifted}",
        "cmovc rdi, rsi",
        "mov esi, r11d",
        "mov rax, [rdi + {builtins}]",
        "call [rax + {compile}]",
        "mov r11, rax",
        restore_arguments!(),
        "jmp r11",
        builtins = const wasmjit_runtime::vm::context::BUILTINS,
        compile = const Builtin::CompileFunction as usize * 8,
        shifted = const SHIFTED.trailing_zeros(),
    )
}

/// As on x86-64; the index is in `w17`, arguments in `x0`–`x7`, `v0`–`v7` and
/// `x8`.
#[cfg(target_arch = "aarch64")]
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn compile_on_call() {
    naked_asm!(
        save_arguments!(),
        "mov w1, w17",
        "ldr x9, [x0, #{builtins}]",
        "ldr x9, [x9, #{compile}]",
        "blr x9",
        "mov x16, x0",
        restore_arguments!(),
        "br x16",
        builtins = const wasmjit_runtime::vm::context::BUILTINS,
        compile = const Builtin::CompileFunction as usize * 8,
    )
}

/// What a host function's reference has as code while no trampoline is
/// compiled. `results_in_memory` is as for [`write`].
pub(crate) fn host_on_call(results_in_memory: bool) -> *const u8 {
    let thunk: unsafe extern "C" fn() = if results_in_memory {
        host_with_results_in_memory
    } else {
        host
    };
    thunk as *const () as *const u8
}

/// Called like the host function whose [`VMHostFunction`] is in the register
/// that the first argument names: goes on to its trampoline, which the builtin
/// compiles when there is none yet.
#[cfg(target_arch = "x86_64")]
macro_rules! host_thunk {
    ($name:ident, $context:literal) => {
        #[unsafe(naked)]
        unsafe extern "C" fn $name() {
            naked_asm!(
                "endbr64",
                // Imports whose code was read before it was compiled.
                concat!("mov r11, [", $context, " + {code}]"),
                "lea rax, [rip + {this}]",
                "cmp r11, rax",
                "je 2f",
                "jmp r11",
                "2:",
                save_arguments!(),
                concat!("mov rdi, ", $context),
                "mov rax, [rdi + {builtins}]",
                "call [rax + {compile}]",
                "mov r11, rax",
                restore_arguments!(),
                "jmp r11",
                this = sym $name,
                code = const HOST_CODE,
                builtins = const wasmjit_runtime::vm::context::BUILTINS,
                compile = const Builtin::CompileHostFunction as usize * 8,
            )
        }
    };
}

#[cfg(target_arch = "x86_64")]
host_thunk!(host, "rdi");
#[cfg(target_arch = "x86_64")]
host_thunk!(host_with_results_in_memory, "rsi");

/// As on x86-64. The area for results has a register of its own.
#[cfg(target_arch = "aarch64")]
#[unsafe(naked)]
unsafe extern "C" fn host() {
    naked_asm!(
        "ldr x16, [x0, #{code}]",
        "adrp x17, {this}",
        "add x17, x17, :lo12:{this}",
        "cmp x16, x17",
        "b.eq 2f",
        "br x16",
        "2:",
        save_arguments!(),
        "ldr x9, [x0, #{builtins}]",
        "ldr x9, [x9, #{compile}]",
        "blr x9",
        "mov x16, x0",
        restore_arguments!(),
        "br x16",
        this = sym host,
        code = const HOST_CODE,
        builtins = const wasmjit_runtime::vm::context::BUILTINS,
        compile = const Builtin::CompileHostFunction as usize * 8,
    )
}

#[cfg(target_arch = "aarch64")]
use host as host_with_results_in_memory;

/// No code runs on other processors.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
unsafe extern "C" fn host() {
    unreachable!("no code generator for this processor")
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
use host as host_with_results_in_memory;

/// No code runs on other processors.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(crate) unsafe extern "C" fn compile_on_call() {
    unreachable!("no code generator for this processor")
}
