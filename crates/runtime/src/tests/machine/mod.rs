//! "Compiled" functions in assembly.
//!
//! Modules define one tag first and import one function, so that the tag is at
//! `TAG` and the import at `IMPORT` in the context.

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(target_arch = "x86_64")]
mod x86_64;

#[cfg(target_arch = "aarch64")]
use aarch64 as current;
#[cfg(target_arch = "x86_64")]
use x86_64 as current;

use crate::codegen::Handler;
use crate::trap::TrapCode;
use crate::vm::{VMContext, VMTag};

const TAG: usize = size_of::<VMContext>();
const IMPORT: usize = TAG + size_of::<VMTag>();

unsafe extern "C" {
    static wasmjit_test_catch_return: u8;
    static wasmjit_test_catch_landing: u8;
    static wasmjit_test_rethrow_return: u8;
    static wasmjit_test_rethrow_landing: u8;
    static wasmjit_test_fault: u8;
}

/// Address of the function of that name.
pub(super) fn entry(name: &str) -> usize {
    let function: unsafe extern "C" fn() = match name {
        "add" => current::add,
        "call_import" => current::call_import,
        "trap" => current::trap,
        "fault" => current::fault,
        "throw" => current::throw,
        "catch" => current::catch,
        "rethrow" => current::rethrow,
        "poll" => current::poll,
        "spin" => current::spin,
        "recurse" => current::recurse,
        _ => return 0,
    };
    function as *const () as usize
}

/// The entry trampoline and the host function trampoline.
pub(super) fn trampolines() -> (*const u8, *const u8) {
    (
        current::entry_trampoline as *const u8,
        current::host_trampoline as *const u8,
    )
}

/// The trap of the one instruction that may fault.
pub(super) fn trap_at(pc: usize) -> Option<TrapCode> {
    (pc == (&raw const wasmjit_test_fault).addr()).then_some(TrapCode::MemoryOutOfBounds)
}

/// The handlers of `catch` and `rethrow`, whose frames have two words.
pub(super) fn handler_of(return_address: usize) -> Option<Handler> {
    let handlers = [
        (
            &raw const wasmjit_test_catch_return,
            &raw const wasmjit_test_catch_landing,
        ),
        (
            &raw const wasmjit_test_rethrow_return,
            &raw const wasmjit_test_rethrow_landing,
        ),
    ];
    handlers
        .iter()
        .find(|(at, _)| at.addr() == return_address)
        .map(|(_, landing)| Handler {
            pc: landing.addr(),
            frame_offset: 16,
        })
}
