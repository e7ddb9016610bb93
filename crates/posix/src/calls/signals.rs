//! Signals, as far as they reach the host: the C library of the guest keeps
//! handlers itself.

use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::guest::{GuestPtr, HostAddress};
use crate::handler::{LibcResult, SysResult};
use crate::layout::time::KernelTime;
use crate::sys::Sys;
use wasmjit_runtime::Trap;

/// `__call_sighandler(handler, signal)`
pub(crate) fn call_handler(
    ctx: &mut Ctx<'_, '_>,
    handler: GuestPtr<u8>,
    signal: i32,
) -> Result<(), Trap> {
    ctx.call_pointer(handler.address(), &[signal as u32 as u64])?;
    Ok(())
}

/// `kill(process, signal)`
pub(crate) fn kill(ctx: &mut Ctx<'_, '_>, process: i32, signal: i32) -> SysResult {
    Ok(ctx.call(Sys::KILL, (process, signal))?)
}

/// `pause()`: waits until a signal ends it.
pub(crate) fn pause(ctx: &mut Ctx<'_, '_>) -> SysResult {
    let none = HostAddress::NULL;
    Ok(ctx.call(Sys::PPOLL, (none, 0, none, none, 0))?)
}

/// `_setitimer_js(which, milliseconds)`: the kernel's timer, whose signal has its
/// default action.
pub(crate) fn setitimer(ctx: &mut Ctx<'_, '_>, which: i32, ms: f64) -> SysResult {
    let micros = if ms.is_finite() && ms > 0.0 {
        (ms * 1000.0).min(9e15) as i64
    } else {
        0
    };
    let value: [KernelTime; 2] = [[0, 0], [micros / 1_000_000, micros % 1_000_000]];
    let frame = ctx.scratch();
    let slot = frame.value(value)?;
    Ok(ctx.call(Sys::SETITIMER, (which, slot.address(), HostAddress::NULL))?)
}

/// `alarm(seconds)`: the seconds that were left.
pub(crate) fn alarm(ctx: &mut Ctx<'_, '_>, seconds: u32) -> LibcResult {
    const ITIMER_REAL: i32 = 0;
    let frame = ctx.scratch();
    let new: [KernelTime; 2] = [[0, 0], [seconds as i64, 0]];
    let new = frame.value(new)?;
    let old = frame.array::<[KernelTime; 2]>(1)?;
    ctx.call(Sys::SETITIMER, (ITIMER_REAL, new.address(), old.address()))?;
    let [_, [left, micros]] = old.get(0);
    Ok((left + (micros > 0) as i64) as i32)
}

/// `signalfd(descriptor, mask, flags)`
pub(crate) fn signalfd(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    mask: GuestPtr<u64>,
    flags: i32,
) -> Result<u64, Errno> {
    let mask = ctx.memory().host(mask, 1)?;
    ctx.call(Sys::SIGNALFD4, (fd, mask, 8, flags))
}
