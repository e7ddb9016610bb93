//! The end of the program, and other programs.

use crate::ctx::Ctx;
use crate::exit::{Exit, ExitStatus, Killed, SIGABRT};
use crate::guest::{CString, GuestPtr};
use alloc::vec::Vec;
use wasmjit_runtime::{Trap, TrapCode};

/// `_exit`, `proc_exit`: without further ado.
pub(crate) fn immediately(ctx: &mut Ctx<'_, '_>, status: i32) -> Result<(), Trap> {
    super::mapping::unmap_all(ctx);
    // Tracers are told that the call does not return.
    if ctx.shared().tracer.is_none() {
        let status = ExitStatus::of(Ok(status));
        ctx.shared().threads.end_copy(status);
    }
    Err(Trap::exit(Exit(status)))
}

/// `exit(status)`: writes stdio's buffers out, where the module keeps to the
/// host to do so.
pub(crate) fn exit(ctx: &mut Ctx<'_, '_>, status: i32) -> Result<(), Trap> {
    crate::stdio::finish(ctx)?;
    immediately(ctx, status)
}

/// `abort()`
pub(crate) fn abort(_ctx: &mut Ctx<'_, '_>) -> Result<(), Trap> {
    Err(Trap::exit(Killed(SIGABRT)))
}

/// `__handle_stack_overflow(stack pointer)`: a module that checks its stack has
/// found that it does not suffice.
pub(crate) fn stack_overflow(_ctx: &mut Ctx<'_, '_>, _at: GuestPtr<u8>) -> Result<(), Trap> {
    Err(TrapCode::StackOverflow.into())
}

/// `segfault()`: a module that checks its accesses has found one outside of what
/// is allocated.
pub(crate) fn invalid_access(_ctx: &mut Ctx<'_, '_>) -> Result<(), Trap> {
    Err(TrapCode::MemoryOutOfBounds.into())
}

/// `alignfault()`: a module that checks its accesses has found one that is not
/// aligned.
pub(crate) fn misaligned_access(_ctx: &mut Ctx<'_, '_>) -> Result<(), Trap> {
    Err(Trap::host(Misaligned))
}

/// An access that is not aligned as its type wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Misaligned;

impl core::fmt::Display for Misaligned {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("misaligned memory access")
    }
}

impl core::error::Error for Misaligned {}

/// Longest text in a message.
const TEXT_MAX: usize = 4096;

/// `__assert_fail(condition, file, line, function)`
pub(crate) fn assert_fail(
    ctx: &mut Ctx<'_, '_>,
    condition: GuestPtr<CString>,
    file: GuestPtr<CString>,
    line: i32,
    function: GuestPtr<CString>,
) -> Result<(), Trap> {
    let text = |at| match ctx.memory().string(at, TEXT_MAX) {
        Ok(text) => text.to_vec(),
        Err(_) => b"?".to_vec(),
    };
    let line = alloc::format!("{line}");
    // As the C library that the guest was built with writes it.
    let message: Vec<u8> = [
        b"Assertion failed: ",
        &text(condition)[..],
        b" (",
        &text(file)[..],
        b": ",
        &text(function)[..],
        b": ",
        line.as_bytes(),
        b")\n",
    ]
    .concat();
    super::console::write_all(ctx, 2, &message);
    abort(ctx)
}
