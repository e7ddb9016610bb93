//! How processes and threads are scheduled.

use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::guest::GuestPtr;
use crate::layout::time::write_time;
use crate::sys::Sys;

/// A `struct sched_param`: the kernel knows its first word alone, the priority.
type Priority = i32;

/// `sched_getparam(thread, priority)`
pub(crate) fn priority(
    ctx: &mut Ctx<'_, '_>,
    thread: i32,
    to: GuestPtr<Priority>,
) -> Result<u64, Errno> {
    let to = ctx.memory().host(to, 1)?;
    ctx.call(Sys::SCHED_GETPARAM, (thread, to))
}

/// `sched_setparam(thread, priority)`
pub(crate) fn set_priority(
    ctx: &mut Ctx<'_, '_>,
    thread: i32,
    from: GuestPtr<Priority>,
) -> Result<u64, Errno> {
    let from = ctx.memory().host(from, 1)?;
    ctx.call(Sys::SCHED_SETPARAM, (thread, from))
}

/// `sched_getscheduler(thread)`
pub(crate) fn policy(ctx: &mut Ctx<'_, '_>, thread: i32) -> Result<u64, Errno> {
    ctx.call(Sys::SCHED_GETSCHEDULER, (thread,))
}

/// `sched_setscheduler(thread, policy, priority)`
pub(crate) fn set_policy(
    ctx: &mut Ctx<'_, '_>,
    thread: i32,
    policy: i32,
    from: GuestPtr<Priority>,
) -> Result<u64, Errno> {
    let from = ctx.memory().host(from, 1)?;
    ctx.call(Sys::SCHED_SETSCHEDULER, (thread, policy, from))
}

/// `sched_rr_get_interval(thread, time)`
pub(crate) fn interval(ctx: &mut Ctx<'_, '_>, thread: i32, to: GuestPtr<u8>) -> Result<u64, Errno> {
    let frame = ctx.scratch();
    let time = frame.value([0i64; 2])?;
    ctx.call(Sys::SCHED_RR_GET_INTERVAL, (thread, time.address()))?;
    write_time(ctx.memory(), to.address(), ctx.time64(), time.get(0))?;
    Ok(0)
}

/// The kernel's number of the thread that runs a guest's `pthread_t`, 0 when it
/// has ended.
pub(crate) fn thread_number(ctx: &mut Ctx<'_, '_>, thread: GuestPtr<u8>) -> i32 {
    super::threads::host_thread(ctx, thread).map_or(0, |number| number as i32)
}
