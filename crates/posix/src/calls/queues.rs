//! POSIX message queues.

use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::guest::{CString, GuestPtr, HostAddress};
use crate::handler::Size;
use crate::layout::siginfo::Event;
use crate::layout::time::read_time_if_any;
use crate::scratch::Frame;
use crate::sys::Sys;

/// Words of a `struct mq_attr`, in C `long`: flags, messages, their size, how many
/// there are, and four that nobody uses.
const ATTRIBUTES: usize = 8;

/// A guest's `struct mq_attr`.
pub(crate) enum Attributes {}

/// Reads the guest's attributes as the kernel has them.
fn load(ctx: &Ctx<'_, '_>, from: GuestPtr<Attributes>) -> Result<Option<[i64; ATTRIBUTES]>, Errno> {
    let memory = ctx.memory();
    if from.is_null() {
        return Ok(None);
    }
    Ok(Some(match ctx.wide() {
        true => memory.read(from.cast())?,
        false => memory
            .read(from.cast::<[i32; ATTRIBUTES]>())?
            .map(i64::from),
    }))
}

fn store(
    ctx: &Ctx<'_, '_>,
    to: GuestPtr<Attributes>,
    value: [i64; ATTRIBUTES],
) -> Result<(), Errno> {
    match ctx.wide() {
        true => ctx.memory().write(to.cast(), value),
        false => ctx.memory().write(to.cast(), value.map(|word| word as i32)),
    }
}

/// `mq_open(name, flags, mode, attributes)`; the name is without its slash.
pub(crate) fn open(
    ctx: &mut Ctx<'_, '_>,
    name: GuestPtr<CString>,
    flags: i32,
    mode: u32,
    attributes: GuestPtr<Attributes>,
) -> Result<u64, Errno> {
    let name = ctx.memory().path(name)?;
    let frame = ctx.scratch();
    let attributes = frame.optional(load(ctx, attributes)?)?;
    ctx.call(Sys::MQ_OPEN, (name, flags, mode, attributes))
}

/// `mq_unlink(name)`
pub(crate) fn unlink(ctx: &mut Ctx<'_, '_>, name: GuestPtr<CString>) -> Result<u64, Errno> {
    let name = ctx.memory().path(name)?;
    ctx.call(Sys::MQ_UNLINK, (name,))
}

/// A point of time for the kernel.
fn deadline(
    ctx: &Ctx<'_, '_>,
    frame: &Frame<'_>,
    time: GuestPtr<u8>,
) -> Result<HostAddress, Errno> {
    frame.optional(read_time_if_any(ctx.memory(), time, ctx.time64())?)
}

/// `mq_timedsend(queue, message, length, priority, until)`
pub(crate) fn send(
    ctx: &mut Ctx<'_, '_>,
    queue: i32,
    message: GuestPtr<u8>,
    length: Size,
    priority: u32,
    until: GuestPtr<u8>,
) -> Result<u64, Errno> {
    let message = ctx.memory().host(message, length.0)?;
    let frame = ctx.scratch();
    let until = deadline(ctx, &frame, until)?;
    ctx.call(
        Sys::MQ_TIMEDSEND,
        (queue, message, length.0, priority, until),
    )
}

/// `mq_timedreceive(queue, message, length, priority, until)`
pub(crate) fn receive(
    ctx: &mut Ctx<'_, '_>,
    queue: i32,
    message: GuestPtr<u8>,
    length: Size,
    priority: GuestPtr<u32>,
    until: GuestPtr<u8>,
) -> Result<u64, Errno> {
    let memory = ctx.memory();
    let message = memory.host(message, length.0)?;
    let priority = memory.host_or_null(priority, 1)?;
    let frame = ctx.scratch();
    let until = deadline(ctx, &frame, until)?;
    ctx.call(
        Sys::MQ_TIMEDRECEIVE,
        (queue, message, length.0, priority, until),
    )
}

/// `mq_notify(queue, event)`. With `SIGEV_THREAD`, the kernel writes 32 bytes, to
/// which the value points, to the socket that stands in the signal's place.
pub(crate) fn notify(
    ctx: &mut Ctx<'_, '_>,
    queue: i32,
    event: GuestPtr<Event>,
) -> Result<u64, Errno> {
    const SIGEV_THREAD: i32 = 2;
    const COOKIE: u64 = 32;
    let frame = ctx.scratch();
    let event = match event.is_null() {
        true => None,
        false => {
            let mut event = Event::load(ctx.memory(), event, ctx.wide())?;
            if event.notify == SIGEV_THREAD {
                let cookie = ctx
                    .memory()
                    .host(GuestPtr::<u8>::new(event.value), COOKIE)?;
                event.value = cookie.get();
            }
            Some(event.encode())
        }
    };
    let event = frame.optional(event)?;
    ctx.call(Sys::MQ_NOTIFY, (queue, event))
}

/// `mq_getsetattr(queue, new, old)`
pub(crate) fn attributes(
    ctx: &mut Ctx<'_, '_>,
    queue: i32,
    new: GuestPtr<Attributes>,
    old: GuestPtr<Attributes>,
) -> Result<u64, Errno> {
    let frame = ctx.scratch();
    let new = frame.optional(load(ctx, new)?)?;
    let before = frame.value([0i64; ATTRIBUTES])?;
    let result = ctx.call(Sys::MQ_GETSETATTR, (queue, new, before.address()))?;
    if !old.is_null() {
        store(ctx, old, before.get(0))?;
    }
    Ok(result)
}
