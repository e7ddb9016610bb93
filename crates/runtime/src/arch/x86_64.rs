//! x86_64, System V calling convention.
//!
//! Every entry begins with `endbr64`: these addresses are reached by indirect
//! branches, and where indirect-branch tracking is on they must be marked.
//!
//! With the feature `ring0` compiled code runs in a section, which two functions
//! of the kernel open and close: `wasmjit_open_section` and
//! `wasmjit_close_section`. They preserve every general register, and may be
//! called with any alignment of the stack. The section is open whenever compiled
//! code runs, and closed whenever Rust does. Indirect branches go through the
//! kernel's thunks.

use crate::intrinsics;
use crate::vm::{Activation, RawValue, StoreContext, VMContext};
use core::arch::naked_asm;
use core::mem::offset_of;

#[cfg(feature = "ring0")]
macro_rules! open_section {
    () => {
        "call wasmjit_open_section"
    };
}

#[cfg(not(feature = "ring0"))]
macro_rules! open_section {
    () => {
        ""
    };
}

#[cfg(feature = "ring0")]
macro_rules! close_section {
    () => {
        "call wasmjit_close_section"
    };
}

#[cfg(not(feature = "ring0"))]
macro_rules! close_section {
    () => {
        ""
    };
}

/// Calls what `rax` points to.
#[cfg(feature = "ring0")]
macro_rules! call_rax {
    () => {
        "call __x86_indirect_thunk_rax"
    };
}

#[cfg(not(feature = "ring0"))]
macro_rules! call_rax {
    () => {
        "call rax"
    };
}

/// Restores what [`enter`] saved and returns from it, with the stack pointer
/// as `enter` stored it in the activation.
macro_rules! leave_enter {
    () => {
        "add rsp, 8
         pop r15
         pop r14
         pop r13
         pop r12
         pop rbx
         pop rbp
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
        "endbr64",
        "push rbp",
        "mov rbp, rsp",
        "push rbx",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "sub rsp, 8",
        "mov [rdi + {sp}], rsp",
        "mov [rdi + {fp}], rbp",
        "mov rax, rsi",
        "mov rdi, rdx",
        "mov rsi, rcx",
        "mov rdx, r8",
        open_section!(),
        call_rax!(),
        close_section!(),
        "xor eax, eax",
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
        "endbr64",
        "mov rsp, [rdi + {sp}]",
        "mov rax, rsi",
        leave_enter!(),
        sp = const offset_of!(Activation, sp),
    )
}

/// What compiled code calls for every host function: the function itself,
/// outside the section.
///
/// # Safety
/// As for [`crate::vm::HostCall`]; to be called by compiled code only.
#[cfg(feature = "ring0")]
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn host_call(
    context: *mut crate::vm::VMHostFunction,
    values: *mut RawValue,
) -> u64 {
    naked_asm!(
        "endbr64",
        "push rbp",
        "mov rbp, rsp",
        close_section!(),
        "mov rax, [rdi + {target}]",
        call_rax!(),
        open_section!(),
        "pop rbp",
        "ret",
        target = const offset_of!(crate::vm::VMHostFunction, target),
    )
}

/// Where a fault handler lets the faulting thread continue, with the arguments
/// `(context, pc, fp, address)` in `rdi`, `rsi`, `rdx` and `rcx`: the current
/// store's context, the faulting instruction, `rbp` at the fault, and the
/// address that was accessed (if known). `rbp` stays as it was; `rsp` must be
/// `(rsp at the fault & !15) - 8`, as if this had been called. Compiled code
/// has no red zone. The fault must lie in compiled code of that store, which
/// must be running on this thread.
///
/// Records the trap and unwinds. Where there is a section, the fault handler has
/// closed it.
///
/// # Safety
/// As described; not to be called from Rust.
#[unsafe(naked)]
pub unsafe extern "C" fn trap_landing() {
    naked_asm!(
        "endbr64",
        "push rbp",
        "push rdi",
        "sub rsp, 8",
        "call {fault}",
        "mov rdi, [rsp + 8]",
        "mov rdi, [rdi + {activation}]",
        "mov esi, 1",
        "jmp {unwind}",
        fault = sym intrinsics::fault,
        activation = const offset_of!(StoreContext, activation),
        unwind = sym unwind,
    )
}

/// A shim's frame, with the context at `[rbp - 8]`, and the record of where
/// compiled code left.
macro_rules! open_frame {
    () => {
        "endbr64
         push rbp
         mov rbp, rsp
         push rdi
         sub rsp, 8
         mov rax, [rdi + {store}]
         mov r11, [rbp]
         mov [rax + {exit_fp}], r11
         mov r11, [rbp + 8]
         mov [rax + {exit_pc}], r11"
    };
}

/// Unwinds the store of the context at `[rbp - 8]` with status 1.
macro_rules! unwind_frame {
    () => {
        "mov rdi, [rbp - 8]
         mov rdi, [rdi + {store}]
         mov rdi, [rdi + {activation}]
         mov esi, 1
         jmp {unwind}"
    };
}

/// After an implementation that returns 1 for a pending trap, or 0 when it has
/// chosen the place where an exception resumes.
#[cfg(not(feature = "ring0"))]
macro_rules! resume_or_unwind {
    () => {
        "test rax, rax
         jne 2f
         mov rdx, [rbp - 8]
         mov rdx, [rdx + {store}]
         mov rax, [rdx + {resume_exception}]
         mov rsp, [rdx + {resume_sp}]
         mov rbp, [rdx + {resume_fp}]
         jmp qword ptr [rdx + {resume_pc}]
         2:"
    };
}

#[cfg(feature = "ring0")]
macro_rules! resume_or_unwind {
    () => {
        "test rax, rax
         jne 2f
         mov rdx, [rbp - 8]
         mov rdx, [rdx + {store}]
         mov rax, [rdx + {resume_exception}]
         mov rsp, [rdx + {resume_sp}]
         mov rbp, [rdx + {resume_fp}]
         mov rdx, [rdx + {resume_pc}]
         call wasmjit_open_section
         jmp __x86_indirect_thunk_rdx
         2:"
    };
}

/// What shims end with: returns to compiled code.
///
/// # Safety
/// Only for shims, which jump here with `rbp` at their frame.
#[cfg(feature = "ring0")]
#[unsafe(naked)]
unsafe extern "C" fn return_to_code() {
    naked_asm!(open_section!(), "leave", "ret")
}

/// Size of [`return_to_code`].
#[cfg(not(feature = "ring0"))]
const RETURN_SIZE: usize = 96;

/// What shims end with: returns to compiled code, whose loops may not ask for attention
/// themselves ([`Platform::interrupts_loops`]), when nothing wants any. An interruption
/// may come at any instruction after the question, too: whoever finds the thread here
/// deals with it as with one in compiled code.
///
/// [`Platform::interrupts_loops`]: crate::platform::Platform::interrupts_loops
///
/// # Safety
/// Only for shims, which jump here with `rbp` at their frame, the context at
/// `[rbp - 8]`, and `rsp` 16 below it.
#[cfg(not(feature = "ring0"))]
#[unsafe(naked)]
unsafe extern "C" fn return_to_code() {
    naked_asm!(
        "1:",
        "mov rdi, [rbp - 8]",
        "mov rdi, [rdi + {store}]",
        "cmp qword ptr [rdi + {stack_limit}], {interrupted}",
        "je 2f",
        "leave",
        "ret",
        "2:",
        "push rax",
        "sub rsp, 8",
        // The stack pointer of compiled code.
        "lea rsi, [rbp + 16]",
        "call {poll}",
        "add rsp, 8",
        "test rax, rax",
        "pop rax",
        "je 1b",
        unwind_frame!(),
        ".fill {size} - (. - 1b), 1, 0xcc",
        poll = sym intrinsics::poll_store,
        stack_limit = const offset_of!(StoreContext, stack_limit),
        interrupted = const crate::vm::INTERRUPTED as isize,
        size = const RETURN_SIZE,
        store = const offset_of!(VMContext, store),
        activation = const offset_of!(StoreContext, activation),
        unwind = sym unwind,
    )
}

/// Whether an instruction is one with which the runtime goes back to compiled code, so
/// that an interruption found there is to be dealt with as in compiled code.
#[cfg(all(target_feature = "sse2", not(feature = "ring0")))]
pub fn returns_to_code(pc: usize) -> bool {
    let start = return_to_code as *const () as usize;
    (start..start + RETURN_SIZE).contains(&pc)
}

macro_rules! shim {
    // The host function's trampoline has recorded its caller.
    (raise Never) => {
        #[unsafe(naked)]
        pub(crate) unsafe extern "C" fn raise() {
            naked_asm!(
                "endbr64",
                "push rbp",
                "mov rbp, rsp",
                "push rdi",
                "sub rsp, 8",
                close_section!(),
                "call {implementation}",
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
                close_section!(),
                "call {implementation}",
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
                close_section!(),
                "call {implementation}",
                "test rax, rax",
                "jne 2f",
                "jmp {return_to_code}",
                "2:",
                unwind_frame!(),
                implementation = sym intrinsics::$name,
                return_to_code = sym return_to_code,
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
                close_section!(),
                "call {implementation}",
                "jmp {return_to_code}",
                implementation = sym intrinsics::$name,
                return_to_code = sym return_to_code,
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
                close_section!(),
                "call {implementation}",
                "movabs rcx, {pending}",
                "cmp rax, rcx",
                "je 2f",
                "jmp {return_to_code}",
                "2:",
                unwind_frame!(),
                implementation = sym intrinsics::$name,
                return_to_code = sym return_to_code,
                pending = const crate::builtins::PENDING_TRAP,
                store = const offset_of!(VMContext, store),
                exit_fp = const offset_of!(StoreContext, exit_fp),
                exit_pc = const offset_of!(StoreContext, exit_pc),
                activation = const offset_of!(StoreContext, activation),
                unwind = sym unwind,
            )
        }
    };
    // Without SSE the Rust code of the runtime has no vector registers to
    // change; who uses them all the same (a kernel that saves and restores the
    // task's) must leave them as they were.
    ($name:ident StatusPreserveAll) => {
        #[unsafe(naked)]
        pub(crate) unsafe extern "C" fn $name() {
            naked_asm!(
                "endbr64",
                "push rbp",
                "mov rbp, rsp",
                "push rdi",
                "push rax",
                "push rcx",
                "push rdx",
                "push rsi",
                "push r8",
                "push r9",
                "push r10",
                "push r11",
                "sub rsp, 264",
                save_vectors!(),
                close_section!(),
                "mov rax, [rdi + {store}]",
                "mov r11, [rbp]",
                "mov [rax + {exit_fp}], r11",
                "mov r11, [rbp + 8]",
                "mov [rax + {exit_pc}], r11",
                // The caller's stack pointer.
                "lea rsi, [rbp + 16]",
                "call {implementation}",
                "test rax, rax",
                "jne 2f",
                open_section!(),
                restore_vectors!(),
                "lea rsp, [rbp - 72]",
                "pop r11",
                "pop r10",
                "pop r9",
                "pop r8",
                "pop rsi",
                "pop rdx",
                "pop rcx",
                "pop rax",
                "pop rdi",
                "pop rbp",
                "ret",
                "2:",
                unwind_frame!(),
                implementation = sym intrinsics::$name,
                store = const offset_of!(VMContext, store),
                vectors = const offset_of!(StoreContext, vectors),
                exit_fp = const offset_of!(StoreContext, exit_fp),
                exit_pc = const offset_of!(StoreContext, exit_pc),
                activation = const offset_of!(StoreContext, activation),
                unwind = sym unwind,
            )
        }
    };
}

/// Stores all vector registers on the stack.
#[cfg(any(target_feature = "sse2", feature = "ring0"))]
macro_rules! store_vectors {
    () => {
        "movaps [rsp], xmm0
         movaps [rsp + 16], xmm1
         movaps [rsp + 32], xmm2
         movaps [rsp + 48], xmm3
         movaps [rsp + 64], xmm4
         movaps [rsp + 80], xmm5
         movaps [rsp + 96], xmm6
         movaps [rsp + 112], xmm7
         movaps [rsp + 128], xmm8
         movaps [rsp + 144], xmm9
         movaps [rsp + 160], xmm10
         movaps [rsp + 176], xmm11
         movaps [rsp + 192], xmm12
         movaps [rsp + 208], xmm13
         movaps [rsp + 224], xmm14
         movaps [rsp + 240], xmm15"
    };
}

/// Loads them from there.
#[cfg(any(target_feature = "sse2", feature = "ring0"))]
macro_rules! load_vectors {
    () => {
        "movaps xmm0, [rsp]
         movaps xmm1, [rsp + 16]
         movaps xmm2, [rsp + 32]
         movaps xmm3, [rsp + 48]
         movaps xmm4, [rsp + 64]
         movaps xmm5, [rsp + 80]
         movaps xmm6, [rsp + 96]
         movaps xmm7, [rsp + 112]
         movaps xmm8, [rsp + 128]
         movaps xmm9, [rsp + 144]
         movaps xmm10, [rsp + 160]
         movaps xmm11, [rsp + 176]
         movaps xmm12, [rsp + 192]
         movaps xmm13, [rsp + 208]
         movaps xmm14, [rsp + 224]
         movaps xmm15, [rsp + 240]"
    };
}

#[cfg(all(target_feature = "sse2", not(feature = "ring0")))]
macro_rules! save_vectors {
    () => {
        concat!("# {vectors}\n", store_vectors!())
    };
}

#[cfg(all(target_feature = "sse2", not(feature = "ring0")))]
macro_rules! restore_vectors {
    () => {
        load_vectors!()
    };
}

// Where the kernel has not set the registers aside they are another task's.
#[cfg(feature = "ring0")]
macro_rules! save_vectors {
    () => {
        concat!(
            "mov rax, [rdi + {store}]
             cmp qword ptr [rax + {vectors}], 0
             je 3f\n",
            store_vectors!(),
            "\n3:"
        )
    };
}

#[cfg(feature = "ring0")]
macro_rules! restore_vectors {
    () => {
        concat!(
            "mov rax, [rbp - 8]
             mov rax, [rax + {store}]
             cmp qword ptr [rax + {vectors}], 0
             je 4f\n",
            load_vectors!(),
            "\n4:"
        )
    };
}

#[cfg(not(any(target_feature = "sse2", feature = "ring0")))]
macro_rules! save_vectors {
    () => {
        "# {vectors}"
    };
}

#[cfg(not(any(target_feature = "sse2", feature = "ring0")))]
macro_rules! restore_vectors {
    () => {
        ""
    };
}

/// Where a signal handler lets a thread continue that it has interrupted in compiled
/// code, at any instruction, in order to poll the store. The handler has pushed the
/// address of that instruction and the store's context onto the thread's stack;
/// compiled code has no red zone. All other registers are as they were.
///
/// Goes on at [`polled_anywhere`], with the flags pushed on top of these two words and
/// all other registers as they were.
///
/// # Safety
/// As described; not to be called from Rust.
#[cfg(all(target_feature = "sse2", not(feature = "ring0")))]
#[unsafe(naked)]
pub unsafe extern "C" fn poll_anywhere() {
    naked_asm!(
        "pushfq",
        "push rbp",
        // Above: the flags, the store's context, the instruction.
        "mov rbp, rsp",
        "push rax",
        "push rcx",
        "push rdx",
        "push rsi",
        "push rdi",
        "push r8",
        "push r9",
        "push r10",
        "push r11",
        // The instruction may be in a trampoline, between the record of where code
        // left and the call out.
        "mov rdi, [rbp + 16]",
        "push qword ptr [rdi + {exit_fp}]",
        "push qword ptr [rdi + {exit_pc}]",
        "sub rsp, 256",
        "and rsp, -16",
        save_vectors!(),
        "cld",
        "mov r11, [rbp]",
        "mov [rdi + {exit_fp}], r11",
        "mov r11, [rbp + 24]",
        "mov [rdi + {exit_pc}], r11",
        // The interrupted code's stack pointer.
        "lea rsi, [rbp + 32]",
        "call {poll}",
        "test rax, rax",
        "jne 2f",
        restore_vectors!(),
        "mov rdi, [rbp + 16]",
        "lea rsp, [rbp - 88]",
        "pop qword ptr [rdi + {exit_pc}]",
        "pop qword ptr [rdi + {exit_fp}]",
        "pop r11",
        "pop r10",
        "pop r9",
        "pop r8",
        "pop rdi",
        "pop rsi",
        "pop rdx",
        "pop rcx",
        "pop rax",
        "pop rbp",
        "jmp {polled}",
        "2:",
        "mov rdi, [rbp + 16]",
        "mov rdi, [rdi + {activation}]",
        "mov esi, 1",
        "jmp {unwind}",
        vectors = const offset_of!(StoreContext, vectors),
        exit_fp = const offset_of!(StoreContext, exit_fp),
        exit_pc = const offset_of!(StoreContext, exit_pc),
        activation = const offset_of!(StoreContext, activation),
        poll = sym intrinsics::poll_anywhere,
        polled = sym polled_anywhere,
        unwind = sym unwind,
    )
}

/// Where [`poll_anywhere`] ends: an instruction that raises `SIGILL`. Its handler looks
/// whether the store was interrupted again, and otherwise lets the thread go on where it
/// was: returning from a handler is the one way to do both at once, and to load all
/// registers.
///
/// # Safety
/// Not to be called.
#[cfg(all(target_feature = "sse2", not(feature = "ring0")))]
#[unsafe(naked)]
pub unsafe extern "C" fn polled_anywhere() {
    naked_asm!("ud2")
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
