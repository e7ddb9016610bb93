//! Signals. Programs whose C library keeps handlers itself need few of these.

use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::guest::{GuestPtr, HostAddress};
use crate::handler::{LibcResult, Size, Stop, SysResult};
use crate::layout::siginfo;
use crate::layout::time::{KernelTime, read_time, read_time_if_any, write_time};
use crate::signals::{
    self, Action, Alternate, INFO_SIZE, SA_NOCLDSTOP, SA_NOCLDWAIT, SA_NODEFER, SA_ONSTACK,
    SA_RESETHAND, SA_RESTART, SA_SIGINFO, SET_BYTES,
};
use crate::sys::Sys;
use wasmjit_runtime::Trap;

/// A signal set, of which the guest may have more bits.
type Set = u64;

/// `__call_sighandler(handler, signal)`
pub(crate) fn call_handler(
    ctx: &mut Ctx<'_, '_>,
    handler: GuestPtr<u8>,
    signal: i32,
) -> Result<(), Trap> {
    ctx.call_pointer(handler.address(), &[signal as u32 as u64])?;
    Ok(())
}

/// Checks the size of signal sets, as the kernel does.
fn check_size(size: Size) -> Result<(), Errno> {
    match size.0 {
        SET_BYTES => Ok(()),
        _ => Err(Errno::EINVAL),
    }
}

/// `rt_sigaction(signal, new, old, size)`
pub(crate) fn sigaction(
    ctx: &mut Ctx<'_, '_>,
    signal: i32,
    new: GuestPtr<Action>,
    old: GuestPtr<Action>,
    size: Size,
) -> Result<u64, Stop> {
    const KNOWN: u32 = SA_NOCLDSTOP
        | SA_NOCLDWAIT
        | SA_SIGINFO
        | SA_ONSTACK
        | SA_RESTART
        | SA_NODEFER
        | SA_RESETHAND;
    check_size(size)?;
    // What has arrived is for the old handler.
    ctx.poll()?;
    let (kernel, shared) = (ctx.kernel(), ctx.shared());
    let wide = ctx.wide();
    let wanted = match new.is_null() {
        true => None,
        false => Some(Action::load(ctx.memory(), new, wide)?),
    };
    let before = shared.actions.get(kernel, signal)?;
    if let Some(mut action) = wanted {
        action.flags &= KNOWN;
        shared.actions.set(kernel, signal, action)?;
    }
    if !old.is_null() {
        before.store(ctx.memory(), old, wide)?;
    }
    Ok(0)
}

/// `rt_sigprocmask(how, new, old, size)`, for the calling thread.
pub(crate) fn sigprocmask(
    ctx: &mut Ctx<'_, '_>,
    how: i32,
    new: GuestPtr<Set>,
    old: GuestPtr<Set>,
    size: Size,
) -> Result<u64, Stop> {
    check_size(size)?;
    let set = match new.is_null() {
        true => None,
        false => Some(ctx.memory().read(new)?),
    };
    let before = signals::change_mask(ctx, how, set)?;
    ctx.memory().write_if(old, before)?;
    if ctx.thread().signals.held() != 0 {
        signals::deliver(ctx)?;
    }
    Ok(0)
}

/// `rt_sigpending(set, size)`
pub(crate) fn sigpending(
    ctx: &mut Ctx<'_, '_>,
    set: GuestPtr<Set>,
    size: Size,
) -> Result<u64, Errno> {
    check_size(size)?;
    let frame = ctx.scratch();
    let pending = frame.value(0u64)?;
    ctx.call(Sys::RT_SIGPENDING, (pending.address(), SET_BYTES))?;
    let held = ctx.thread().signals.held();
    ctx.memory().write(set, pending.get(0) | held)?;
    Ok(0)
}

/// `rt_sigsuspend(mask, size)`
pub(crate) fn sigsuspend(
    ctx: &mut Ctx<'_, '_>,
    mask: GuestPtr<Set>,
    size: Size,
) -> Result<u64, Stop> {
    check_size(size)?;
    let mask = ctx.memory().read(mask)?;
    with_mask(ctx, Some(mask), |ctx, mask| {
        ctx.call(Sys::RT_SIGSUSPEND, (mask, SET_BYTES))
    })
}

/// `sigsuspend(mask)`
pub(crate) fn sigsuspend_libc(ctx: &mut Ctx<'_, '_>, mask: GuestPtr<Set>) -> Result<u64, Stop> {
    sigsuspend(ctx, mask, Size(SET_BYTES))
}

/// Makes a call that waits with other signals blocked. What interrupts it is
/// delivered with those blocked.
pub(crate) fn with_mask(
    ctx: &mut Ctx<'_, '_>,
    mask: Option<Set>,
    call: impl FnOnce(&mut Ctx<'_, '_>, HostAddress) -> Result<u64, Errno>,
) -> Result<u64, Stop> {
    let frame = ctx.scratch();
    let Some(mask) = mask else {
        return Ok(call(ctx, HostAddress::NULL)?);
    };
    let own = &ctx.thread().signals;
    if own.held() & !mask != 0 {
        own.meanwhile.set(Some(mask));
        signals::deliver(ctx)?;
        return Err(Errno::EINTR.into());
    }
    let real = frame.value(mask & !signals::reserved(ctx))?;
    let result = call(ctx, real.address());
    if result == Err(Errno::EINTR) {
        ctx.thread().signals.meanwhile.set(Some(mask));
    }
    Ok(result?)
}

/// `rt_sigtimedwait(set, information, timeout, size)`
pub(crate) fn sigtimedwait(
    ctx: &mut Ctx<'_, '_>,
    set: GuestPtr<Set>,
    info: GuestPtr<u8>,
    timeout: GuestPtr<u8>,
    size: Size,
) -> Result<u64, Errno> {
    check_size(size)?;
    let frame = ctx.scratch();
    let memory = ctx.memory();
    let set = frame.value(memory.read(set)?)?.address();
    let timeout = frame.optional(read_time_if_any(memory, timeout, ctx.time64())?)?;
    // What is waited for is no longer pending then.
    memory.host_or_null(info, siginfo::SIZE)?;
    let found = frame.array::<[u8; INFO_SIZE]>(1)?;
    let signal = ctx.call(
        Sys::RT_SIGTIMEDWAIT,
        (set, found.address(), timeout, SET_BYTES),
    )?;
    if !info.is_null() {
        siginfo::write(ctx.memory(), info.address(), &found.get(0), ctx.wide())?;
    }
    Ok(signal)
}

/// `rt_sigqueueinfo(process, signal, information)`
pub(crate) fn sigqueueinfo(
    ctx: &mut Ctx<'_, '_>,
    process: i32,
    signal: i32,
    info: GuestPtr<u8>,
) -> Result<u64, Errno> {
    let frame = ctx.scratch();
    let info = siginfo::read_queued(ctx.memory(), info, ctx.wide())?;
    let info = frame.value(info)?.address();
    ctx.call(Sys::RT_SIGQUEUEINFO, (process, signal, info))
}

/// `sigaltstack(new, old)`
pub(crate) fn sigaltstack(
    ctx: &mut Ctx<'_, '_>,
    new: GuestPtr<u8>,
    old: GuestPtr<u8>,
) -> Result<u64, Stop> {
    const SS_ONSTACK: u32 = 1;
    const SS_DISABLE: u32 = 2;
    /// `MINSIGSTKSZ`
    const LEAST: u64 = 2048;
    let before = ctx.thread().signals.alternate.get();
    let pointer = match ctx.exports().stack_save {
        Some(save) => ctx.call_guest(save, &[])?,
        None => 0,
    };
    let in_use = before.contains(pointer);
    let word = ctx.pointer_size();
    if !new.is_null() {
        if in_use {
            return Err(Errno::EPERM.into());
        }
        let flags: u32 = ctx.memory().read(new.byte_add(word).cast())?;
        let wanted = match flags {
            SS_DISABLE => Alternate::default(),
            0 | SS_ONSTACK => Alternate {
                start: ctx.read_word(new.address())?,
                size: ctx.read_word(new.byte_add(2 * word).address())?,
            },
            _ => return Err(Errno::EINVAL.into()),
        };
        if flags != SS_DISABLE && wanted.size < LEAST {
            return Err(Errno::ENOMEM.into());
        }
        ctx.memory().slice(wanted.start, wanted.size)?;
        ctx.thread().signals.alternate.set(wanted);
    }
    if !old.is_null() {
        let flags = match (in_use, before.size) {
            (true, _) => SS_ONSTACK,
            (false, 0) => SS_DISABLE,
            (false, _) => 0,
        };
        ctx.write_word(old.address(), before.start)?;
        ctx.memory().write(old.byte_add(word).cast(), flags)?;
        ctx.write_word(old.byte_add(2 * word).address(), before.size)?;
    }
    Ok(0)
}

/// `kill(process, signal)`
pub(crate) fn kill(ctx: &mut Ctx<'_, '_>, process: i32, signal: i32) -> Result<u64, Errno> {
    ctx.call(Sys::KILL, (process, signal))
}

/// `tkill(thread, signal)`, for threads of this process.
pub(crate) fn tkill(ctx: &mut Ctx<'_, '_>, thread: i32, signal: i32) -> Result<u64, Errno> {
    let process = ctx.call(Sys::GETPID, ())?;
    ctx.call(Sys::TGKILL, (process, thread, signal))
}

/// `nanosleep(time, rest)`
pub(crate) fn nanosleep(
    ctx: &mut Ctx<'_, '_>,
    time: GuestPtr<u8>,
    rest: GuestPtr<u8>,
) -> Result<u64, Errno> {
    const CLOCK_MONOTONIC: i32 = 1;
    clock_nanosleep(ctx, CLOCK_MONOTONIC, 0, time, rest)
}

/// `clock_nanosleep(clock, flags, time, rest)`
pub(crate) fn clock_nanosleep(
    ctx: &mut Ctx<'_, '_>,
    clock: i32,
    flags: i32,
    time: GuestPtr<u8>,
    rest: GuestPtr<u8>,
) -> Result<u64, Errno> {
    const TIMER_ABSTIME: i32 = 1;
    let frame = ctx.scratch();
    let time: KernelTime = read_time(ctx.memory(), time.address(), ctx.time64())?;
    let time = frame.value(time)?;
    let left = frame.value([0i64; 2])?;
    let slept = ctx.call(
        Sys::CLOCK_NANOSLEEP,
        (clock, flags, time.address(), left.address()),
    );
    if slept == Err(Errno::EINTR) && flags & TIMER_ABSTIME == 0 && !rest.is_null() {
        write_time(ctx.memory(), rest.address(), ctx.time64(), left.get(0))?;
    }
    slept
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
