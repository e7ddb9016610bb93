//! Resources: limits, use, priorities, processors, load.

use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::guest::{GuestPtr, HostAddress};
use crate::handler::{LibcResult, Size, SysResult};
use crate::layout::time::{KernelTime, encode_tms, read_itimer, write_itimer};
use crate::layout::usage::{KernelSysinfo, KernelUsage};
use crate::sys::Sys;
use wasmjit_runtime::Trap;

/// A `struct rlimit`, the same for guests and the kernel.
type Limit = [u64; 2];

/// `getrlimit(resource, limit)`
pub(crate) fn getrlimit(ctx: &mut Ctx<'_, '_>, resource: i32, to: GuestPtr<Limit>) -> SysResult {
    let to = ctx.memory().host(to, 1)?;
    Ok(ctx.call(Sys::PRLIMIT64, (0, resource, HostAddress::NULL, to))?)
}

/// `setrlimit(resource, limit)`
pub(crate) fn setrlimit(ctx: &mut Ctx<'_, '_>, resource: i32, from: GuestPtr<Limit>) -> SysResult {
    let from = ctx.memory().host(from, 1)?;
    Ok(ctx.call(Sys::PRLIMIT64, (0, resource, from, HostAddress::NULL))?)
}

/// `prlimit(process, resource, new, old)`
pub(crate) fn prlimit(
    ctx: &mut Ctx<'_, '_>,
    process: i32,
    resource: i32,
    new: GuestPtr<Limit>,
    old: GuestPtr<Limit>,
) -> SysResult {
    let memory = ctx.memory();
    let (new, old) = (memory.host_or_null(new, 1)?, memory.host_or_null(old, 1)?);
    Ok(ctx.call(Sys::PRLIMIT64, (process, resource, new, old))?)
}

/// `getrusage(who, usage)`
pub(crate) fn getrusage(ctx: &mut Ctx<'_, '_>, who: i32, to: GuestPtr<u8>) -> SysResult {
    let frame = ctx.scratch();
    let slot = frame.array::<KernelUsage>(1)?;
    ctx.call(Sys::GETRUSAGE, (who, slot.address()))?;
    slot.get(0)
        .store(ctx.memory(), to.address(), ctx.long_time64())?;
    Ok(0)
}

/// `times(usage)`
pub(crate) fn times(ctx: &mut Ctx<'_, '_>, to: GuestPtr<[u8; 16]>) -> LibcResult {
    let frame = ctx.scratch();
    let slot = frame.array::<[i64; 4]>(1)?;
    let ticks = ctx.call(Sys::TIMES, (slot.address(),))?;
    ctx.memory().write_if(to, encode_tms(slot.get(0)))?;
    Ok(ticks as i32)
}

/// `sysinfo(information)`
pub(crate) fn sysinfo(ctx: &mut Ctx<'_, '_>, to: GuestPtr<[u8; 312]>) -> Result<u64, Errno> {
    let frame = ctx.scratch();
    let slot = frame.array::<KernelSysinfo>(1)?;
    ctx.call(Sys::SYSINFO, (slot.address(),))?;
    ctx.memory().write(to, slot.get(0).encode())?;
    Ok(0)
}

/// `getpriority(which, who)`
pub(crate) fn getpriority(ctx: &mut Ctx<'_, '_>, which: i32, who: i32) -> SysResult {
    Ok(ctx.call(Sys::GETPRIORITY, (which, who))?)
}

/// `setpriority(which, who, priority)`
pub(crate) fn setpriority(ctx: &mut Ctx<'_, '_>, which: i32, who: i32, priority: i32) -> SysResult {
    Ok(ctx.call(Sys::SETPRIORITY, (which, who, priority))?)
}

/// `nice(increment)`
pub(crate) fn nice(ctx: &mut Ctx<'_, '_>, increment: i32) -> SysResult {
    // The kernel counts from 40 down to 1.
    let now = 20 - ctx.call(Sys::GETPRIORITY, (0, 0))? as i32;
    let wanted = now.saturating_add(increment).clamp(-20, 19);
    Ok(ctx.call(Sys::SETPRIORITY, (0, 0, wanted))?)
}

/// `getitimer(which, value)`
pub(crate) fn getitimer(ctx: &mut Ctx<'_, '_>, which: i32, to: GuestPtr<u8>) -> SysResult {
    let frame = ctx.scratch();
    let slot = frame.array::<[KernelTime; 2]>(1)?;
    ctx.call(Sys::GETITIMER, (which, slot.address()))?;
    write_itimer(ctx.memory(), to.address(), ctx.long_time64(), slot.get(0))?;
    Ok(0)
}

/// `setitimer(which, new, old)`
pub(crate) fn setitimer(
    ctx: &mut Ctx<'_, '_>,
    which: i32,
    new: GuestPtr<u8>,
    old: GuestPtr<u8>,
) -> SysResult {
    let (memory, time64) = (ctx.memory(), ctx.long_time64());
    let frame = ctx.scratch();
    let new = frame.value(read_itimer(memory, new.address(), time64)?)?;
    let before = frame.array::<[KernelTime; 2]>(1)?;
    ctx.call(Sys::SETITIMER, (which, new.address(), before.address()))?;
    if !old.is_null() {
        write_itimer(memory, old.address(), time64, before.get(0))?;
    }
    Ok(0)
}

/// `sched_getaffinity(thread, size, mask)`
pub(crate) fn getaffinity(
    ctx: &mut Ctx<'_, '_>,
    thread: i32,
    size: Size,
    to: GuestPtr<u8>,
) -> Result<u64, Errno> {
    // The kernel writes whole words, at most as many as were asked for.
    let mask = ctx.memory().slice(to.address(), size.0)?;
    let written = ctx.call(
        Sys::SCHED_GETAFFINITY,
        (thread, size.0 & !7, mask.host_address()),
    )?;
    mask.from(written as usize).fill(0);
    Ok(0)
}

/// `sched_setaffinity(thread, size, mask)`
pub(crate) fn setaffinity(
    ctx: &mut Ctx<'_, '_>,
    thread: i32,
    size: Size,
    from: GuestPtr<u8>,
) -> Result<u64, Errno> {
    let from = ctx.memory().host(from, size.0)?;
    ctx.call(Sys::SCHED_SETAFFINITY, (thread, size.0, from))
}

/// `getdtablesize()`
pub(crate) fn getdtablesize(ctx: &mut Ctx<'_, '_>) -> Result<u64, Errno> {
    const RLIMIT_NOFILE: i32 = 7;
    let frame = ctx.scratch();
    let slot = frame.array::<Limit>(1)?;
    ctx.call(
        Sys::PRLIMIT64,
        (0, RLIMIT_NOFILE, HostAddress::NULL, slot.address()),
    )?;
    Ok(slot.get(0)[0].min(i32::MAX as u64))
}

/// `getloadavg(numbers, count)`
pub(crate) fn getloadavg(
    ctx: &mut Ctx<'_, '_>,
    to: GuestPtr<f64>,
    count: i32,
) -> Result<i32, Trap> {
    let Some(load) = ctx.kernel().load_average() else {
        return Ok(-1);
    };
    let count = count.clamp(0, 3);
    for (i, value) in load.into_iter().take(count as usize).enumerate() {
        if ctx.memory().write(to.at(i as u64), value).is_err() {
            return Ok(-1);
        }
    }
    Ok(count)
}
