//! `epoll`, and descriptors of events, timers and signals.

use crate::calls::poll::signal_mask;
use crate::calls::signals::with_mask;
use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::guest::{GuestPtr, HostAddress, Plain};
use crate::handler::{Size, Stop};
use crate::layout::time::{KernelTime, read_itimer, write_itimer};
use crate::sys::Sys;

/// The kernel's `struct epoll_event`, which is packed on x86-64 only.
#[derive(Clone, Copy)]
#[cfg_attr(target_arch = "x86_64", repr(C, packed))]
#[cfg_attr(not(target_arch = "x86_64"), repr(C))]
struct KernelEvent {
    events: u32,
    #[cfg(not(target_arch = "x86_64"))]
    pad: u32,
    data: [u32; 2],
}

impl KernelEvent {
    fn new(events: u32, data: [u32; 2]) -> Self {
        Self {
            events,
            #[cfg(not(target_arch = "x86_64"))]
            pad: 0,
            data,
        }
    }
}

// SAFETY: numbers only, without implicit padding.
unsafe impl Plain for KernelEvent {}

/// A guest's `struct epoll_event`: events, padding, data.
pub(crate) type GuestEvent = [u32; 4];

/// Most events fetched at once; more are left for the next call.
const EVENTS_MAX: i32 = 1024;

/// `epoll_create1(flags)`
pub(crate) fn create1(ctx: &mut Ctx<'_, '_>, flags: i32) -> Result<u64, Errno> {
    ctx.call(Sys::EPOLL_CREATE1, (flags,))
}

/// `epoll_create(size)`
pub(crate) fn create(ctx: &mut Ctx<'_, '_>, size: i32) -> Result<u64, Errno> {
    if size <= 0 {
        return Err(Errno::EINVAL);
    }
    create1(ctx, 0)
}

/// `epoll_ctl(epoll, operation, descriptor, event)`
pub(crate) fn ctl(
    ctx: &mut Ctx<'_, '_>,
    epoll: i32,
    operation: i32,
    fd: i32,
    event: GuestPtr<GuestEvent>,
) -> Result<u64, Errno> {
    let frame = ctx.scratch();
    let event = if event.is_null() {
        HostAddress::NULL
    } else {
        let [events, _, low, high] = ctx.memory().read(event)?;
        frame
            .value(KernelEvent::new(events, [low, high]))?
            .address()
    };
    ctx.call(Sys::EPOLL_CTL, (epoll, operation, fd, event))
}

/// `epoll_pwait(epoll, events, count, timeout in ms, signal mask)`
pub(crate) fn pwait(
    ctx: &mut Ctx<'_, '_>,
    epoll: i32,
    events: GuestPtr<GuestEvent>,
    count: i32,
    ms: i32,
    mask: GuestPtr<u64>,
) -> Result<u64, Stop> {
    let memory = ctx.memory();
    if count <= 0 {
        return Err(Errno::EINVAL.into());
    }
    let count = count.min(EVENTS_MAX);
    memory.host(events, count as u64)?;
    let mask = signal_mask(ctx, mask)?;
    let frame = ctx.scratch();
    let slots = frame.array::<KernelEvent>(count as usize)?;
    let ready = with_mask(ctx, mask, |ctx, mask| {
        ctx.call(
            Sys::EPOLL_PWAIT,
            (epoll, slots.address(), count, ms, mask, 8),
        )
    })?;
    let memory = ctx.memory();
    for i in 0..ready.min(count as u64) {
        let event = slots.get(i as usize);
        let [low, high] = event.data;
        memory.write(events.at(i), [event.events, 0, low, high])?;
    }
    Ok(ready)
}

/// `epoll_pwait(epoll, events, count, timeout in ms, signal mask, its size)`
pub(crate) fn pwait_sized(
    ctx: &mut Ctx<'_, '_>,
    epoll: i32,
    events: GuestPtr<GuestEvent>,
    count: i32,
    ms: i32,
    mask: GuestPtr<u64>,
    _size: Size,
) -> Result<u64, Stop> {
    pwait(ctx, epoll, events, count, ms, mask)
}

/// `epoll_pwait` with a timeout of zero
pub(crate) fn wait_now(
    ctx: &mut Ctx<'_, '_>,
    epoll: i32,
    events: GuestPtr<GuestEvent>,
    count: i32,
) -> Result<u64, Stop> {
    pwait(ctx, epoll, events, count, 0, GuestPtr::new(0))
}

/// `epoll_wait(epoll, events, count, timeout in ms)`
pub(crate) fn wait(
    ctx: &mut Ctx<'_, '_>,
    epoll: i32,
    events: GuestPtr<GuestEvent>,
    count: i32,
    ms: i32,
) -> Result<u64, Stop> {
    pwait(ctx, epoll, events, count, ms, GuestPtr::new(0))
}

/// `eventfd(initial value, flags)`
pub(crate) fn eventfd(ctx: &mut Ctx<'_, '_>, value: u32, flags: i32) -> Result<u64, Errno> {
    ctx.call(Sys::EVENTFD2, (value, flags))
}

/// `timerfd_create(clock, flags)`
pub(crate) fn timerfd_create(ctx: &mut Ctx<'_, '_>, clock: i32, flags: i32) -> Result<u64, Errno> {
    ctx.call(Sys::TIMERFD_CREATE, (clock, flags))
}

/// `timerfd_settime(descriptor, flags, new, old)`
pub(crate) fn timerfd_settime(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    flags: i32,
    new: GuestPtr<u8>,
    old: GuestPtr<u8>,
) -> Result<u64, Errno> {
    let (memory, time64) = (ctx.memory(), ctx.time64());
    let frame = ctx.scratch();
    let new = frame.value(read_itimer(memory, new.address(), time64)?)?;
    let before = frame.array::<[KernelTime; 2]>(1)?;
    ctx.call(
        Sys::TIMERFD_SETTIME,
        (fd, flags, new.address(), before.address()),
    )?;
    if !old.is_null() {
        write_itimer(memory, old.address(), time64, before.get(0))?;
    }
    Ok(0)
}

/// `timerfd_gettime(descriptor, current)`
pub(crate) fn timerfd_gettime(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    to: GuestPtr<u8>,
) -> Result<u64, Errno> {
    let frame = ctx.scratch();
    let now = frame.array::<[KernelTime; 2]>(1)?;
    ctx.call(Sys::TIMERFD_GETTIME, (fd, now.address()))?;
    write_itimer(ctx.memory(), to.address(), ctx.time64(), now.get(0))?;
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernel_layout() {
        let expected = if cfg!(target_arch = "x86_64") { 12 } else { 16 };
        assert_eq!(size_of::<KernelEvent>(), expected);
    }
}
