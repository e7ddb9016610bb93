//! Timers of a process: `timer_create` and what belongs to it.

use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::guest::GuestPtr;
use crate::layout::siginfo::Event;
use crate::layout::time::{KernelTime, read_itimer, write_itimer};
use crate::sys::Sys;

const SIGEV_SIGNAL: i32 = 0;
const SIGEV_NONE: i32 = 1;
/// To the thread with the number that follows.
const SIGEV_THREAD_ID: i32 = 4;

/// A guest's `struct itimerspec`.
pub(crate) enum Setting {}

/// `timer_create(clock, event, timer)`. With `SIGEV_THREAD` the C library has to start
/// the thread.
pub(crate) fn create(
    ctx: &mut Ctx<'_, '_>,
    clock: i32,
    event: GuestPtr<Event>,
    timer: GuestPtr<i32>,
) -> Result<u64, Errno> {
    let frame = ctx.scratch();
    let event = match event.is_null() {
        true => None,
        false => {
            let event = Event::load(ctx.memory(), event, ctx.wide())?;
            if !matches!(event.notify, SIGEV_SIGNAL | SIGEV_NONE | SIGEV_THREAD_ID) {
                return Err(Errno::EINVAL);
            }
            Some(event.encode())
        }
    };
    let event = frame.optional(event)?;
    let made = frame.value(0i32)?;
    ctx.call(Sys::TIMER_CREATE, (clock, event, made.address()))?;
    let number = made.get(0);
    let stored = ctx.write_word(timer.address(), number as u64);
    if stored.is_err() {
        let _ = ctx.call(Sys::TIMER_DELETE, (number,));
    }
    stored.map(|()| 0)
}

/// `timer_settime(timer, flags, new, old)`
pub(crate) fn settime(
    ctx: &mut Ctx<'_, '_>,
    timer: GuestPtr<u8>,
    flags: i32,
    new: GuestPtr<Setting>,
    old: GuestPtr<Setting>,
) -> Result<u64, Errno> {
    let frame = ctx.scratch();
    let new = read_itimer(ctx.memory(), new.address(), ctx.time64())?;
    let new = frame.value(new)?;
    let before = frame.value([[0i64; 2]; 2])?;
    ctx.call(
        Sys::TIMER_SETTIME,
        (number(timer), flags, new.address(), before.address()),
    )?;
    store(ctx, old, before.get(0))
}

/// `timer_gettime(timer, setting)`
pub(crate) fn gettime(
    ctx: &mut Ctx<'_, '_>,
    timer: GuestPtr<u8>,
    to: GuestPtr<Setting>,
) -> Result<u64, Errno> {
    let frame = ctx.scratch();
    let now = frame.value([[0i64; 2]; 2])?;
    ctx.call(Sys::TIMER_GETTIME, (number(timer), now.address()))?;
    store(ctx, to, now.get(0))
}

/// `timer_getoverrun(timer)`
pub(crate) fn getoverrun(ctx: &mut Ctx<'_, '_>, timer: GuestPtr<u8>) -> Result<u64, Errno> {
    ctx.call(Sys::TIMER_GETOVERRUN, (number(timer),))
}

/// `timer_delete(timer)`
pub(crate) fn delete(ctx: &mut Ctx<'_, '_>, timer: GuestPtr<u8>) -> Result<u64, Errno> {
    ctx.call(Sys::TIMER_DELETE, (number(timer),))
}

/// A `timer_t` is a pointer whose value is the kernel's number.
fn number(timer: GuestPtr<u8>) -> i32 {
    timer.address() as i32
}

fn store(ctx: &Ctx<'_, '_>, to: GuestPtr<Setting>, value: [KernelTime; 2]) -> Result<u64, Errno> {
    if !to.is_null() {
        write_itimer(ctx.memory(), to.address(), ctx.time64(), value)?;
    }
    Ok(0)
}
