//! Waiting for children.

use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::guest::{GuestPtr, HostAddress};
use crate::layout::siginfo;
use crate::layout::usage::KernelUsage;
use crate::signals::INFO_SIZE;
use crate::sys::Sys;

/// `__syscall_wait4(process, status, options, usage)`
pub(crate) fn wait4_raw(
    ctx: &mut Ctx<'_, '_>,
    process: i32,
    status: GuestPtr<i32>,
    options: i32,
    usage: GuestPtr<u8>,
) -> Result<u64, Errno> {
    let time64 = ctx.long_time64();
    wait(ctx, process, status, options, (usage, time64))
}

/// `wait4(process, status, options, usage)`
pub(crate) fn wait4(
    ctx: &mut Ctx<'_, '_>,
    process: i32,
    status: GuestPtr<i32>,
    options: i32,
    usage: GuestPtr<u8>,
) -> Result<u64, Errno> {
    let time64 = ctx.time64();
    wait(ctx, process, status, options, (usage, time64))
}

/// Waits for a child; `usage` says also whether its times have 64 bits.
fn wait(
    ctx: &mut Ctx<'_, '_>,
    process: i32,
    status: GuestPtr<i32>,
    options: i32,
    usage: (GuestPtr<u8>, bool),
) -> Result<u64, Errno> {
    let (usage, time64) = usage;
    let memory = ctx.memory();
    let status = memory.host_or_null(status, 1)?;
    // A child is waited for once.
    memory.host_or_null(usage, KernelUsage::guest_size(time64))?;
    let frame = ctx.scratch();
    let slot = frame.array::<KernelUsage>(1)?;
    let child = ctx.call(Sys::WAIT4, (process, status, options, slot.address()))?;
    if !usage.is_null() && child != 0 {
        slot.get(0).store(memory, usage.address(), time64)?;
    }
    Ok(child)
}

/// `wait3(status, options, usage)`
pub(crate) fn wait3(
    ctx: &mut Ctx<'_, '_>,
    status: GuestPtr<i32>,
    options: i32,
    usage: GuestPtr<u8>,
) -> Result<u64, Errno> {
    wait4(ctx, -1, status, options, usage)
}

/// `waitid(kind, id, information, options)`
pub(crate) fn waitid(
    ctx: &mut Ctx<'_, '_>,
    kind: i32,
    id: i32,
    information: GuestPtr<u8>,
    options: i32,
) -> Result<u64, Errno> {
    ctx.memory().host_or_null(information, siginfo::SIZE)?;
    let frame = ctx.scratch();
    let found = frame.array::<[u8; INFO_SIZE]>(1)?;
    ctx.call(
        Sys::WAITID,
        (kind, id, found.address(), options, HostAddress::NULL),
    )?;
    if !information.is_null() {
        let at = information.address();
        siginfo::write(ctx.memory(), at, &found.get(0), ctx.wide())?;
    }
    Ok(0)
}
