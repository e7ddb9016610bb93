//! Waiting for children.

use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::guest::{GuestPtr, HostAddress};
use crate::layout::usage::KernelUsage;
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

/// Bytes of the kernel's `siginfo_t`, as words.
const KERNEL_INFO: usize = 128 / 4;

/// Bytes of the guest's.
const GUEST_INFO: u64 = 128;

/// `waitid(kind, id, information, options)`
pub(crate) fn waitid(
    ctx: &mut Ctx<'_, '_>,
    kind: i32,
    id: i32,
    information: GuestPtr<u8>,
    options: i32,
) -> Result<u64, Errno> {
    /// Words in the kernel's structure: signal, error, code, then, aligned to 8
    /// bytes, process, user, status.
    const SIGNAL: usize = 0;
    const CODE: usize = 2;
    const PROCESS: usize = 4;
    const USER: usize = 5;
    const STATUS: usize = 6;
    let frame = ctx.scratch();
    let slots = frame.array::<u32>(KERNEL_INFO)?;
    ctx.call(
        Sys::WAITID,
        (kind, id, slots.address(), options, HostAddress::NULL),
    )?;
    if !information.is_null() {
        let to = ctx.memory().slice(information.address(), GUEST_INFO)?;
        to.fill(0);
        // The guest's are as the kernel's for a machine with the same pointers.
        let start = if ctx.wide() { 16 } else { 12 };
        let fields = [
            (0, SIGNAL),
            (8, CODE),
            (start, PROCESS),
            (start + 4, USER),
            (start + 8, STATUS),
        ];
        for (offset, word) in fields {
            to.from(offset).write(&slots.get(word).to_le_bytes());
        }
    }
    Ok(0)
}
