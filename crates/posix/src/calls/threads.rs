//! Threads: what modules built with `-pthread` import. Their C library does the
//! rest itself, by atomic instructions.
//!
//! Under JavaScript much is sent to the main thread, which alone may do system
//! calls there. Here every thread does its own.

use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::guest::{CString, GuestPtr};
use crate::handler::Stop;
use crate::layout::time::read_time_if_any;
use crate::signals;
use crate::sys::Sys;
use crate::threads::{self, Cancellation, Job, Mail, Pthread, Unwind};
use wasmjit_runtime::platform::{WaitResult, WaitValue};
use wasmjit_runtime::{Trap, TrapCode};

/// `PTHREAD_CANCELED`
const CANCELED: u64 = -1_i64 as u64;

/// Errors that the guest's functions return as positive numbers.
fn number(errno: Errno) -> i32 {
    errno.emscripten() as i32
}

/// `__pthread_create_js(thread, attributes, start, argument)`
pub(crate) fn create(
    ctx: &mut Ctx<'_, '_>,
    thread: GuestPtr<u8>,
    _attributes: GuestPtr<u8>,
    start: GuestPtr<u8>,
    argument: GuestPtr<u8>,
) -> Result<i32, Trap> {
    free_unclaimed(ctx)?;
    if ctx.shared().shared_memory().is_none() {
        return Ok(number(Errno::EAGAIN));
    }
    let job = Job {
        thread: thread.address(),
        start: start.address(),
        argument: argument.address(),
        mask: signals::mask(ctx)?,
    };
    Ok(threads::start(ctx, job).map_or_else(number, |()| 0))
}

/// Runs a new thread's function; returns its result.
pub(crate) fn run(
    ctx: &mut Ctx<'_, '_>,
    thread: u64,
    start: u64,
    argument: u64,
) -> Result<u64, Trap> {
    let pthread = Pthread::of(ctx, thread).map_err(|_| TrapCode::MemoryOutOfBounds)?;
    let (end, size) = pthread
        .stack(ctx)
        .map_err(|_| TrapCode::MemoryOutOfBounds)?;
    let exports = ctx.exports();
    // First of all: whatever runs next needs the stack.
    if let Some(restore) = exports.stack_restore {
        ctx.call_guest(restore, &[end])?;
    }
    let limits = [exports.stack_set_limits, exports.stack_checks];
    for set_limits in limits.into_iter().flatten() {
        ctx.call_guest(set_limits, &[end, end - size])?;
    }
    introduce(ctx, thread, false)?;
    let function = ctx.function(start)?;
    // As on real machines, a function without parameters does not mind one.
    let parameters = function.ty(ctx.store_ref()).params().len().min(1);
    ctx.call_pointer(start, &[argument][..parameters])
}

/// Introduces the calling thread to the C library.
fn introduce(ctx: &mut Ctx<'_, '_>, thread: u64, first: bool) -> Result<(), Trap> {
    /// Bytes of a thread's stack unless it says otherwise, as newer versions have
    /// it. Only the first thread's call counts.
    const STACK: u64 = 64 << 10;
    let main = first as u64;
    let stack = if first { STACK } else { 0 };
    let exports = ctx.exports();
    let all = [thread, main, main, 1, stack, 0];
    let ways = [
        (exports.thread_init_4, 4),
        (exports.thread_init_5, 5),
        (exports.thread_init_6, 6),
    ];
    if let Some((init, count)) = ways.into_iter().find_map(|(way, n)| Some((way?, n))) {
        ctx.call_guest(init, &all[..count])?;
    }
    if let Some(init) = exports.tls_init {
        ctx.call_guest(init, &[])?;
    }
    Ok(())
}

/// `__emscripten_init_main_thread_js(thread)`: tells the C library that this is
/// the main thread and may block.
pub(crate) fn init_main(ctx: &mut Ctx<'_, '_>, thread: GuestPtr<u8>) -> Result<(), Trap> {
    let platform = &*ctx.shared().threads.platform;
    ctx.thread().handle().set_guest(platform, thread.address());
    introduce(ctx, thread.address(), true)
}

/// Ends the calling guest thread, which has returned from its function.
pub(crate) fn exit_thread(ctx: &mut Ctx<'_, '_>, result: u64) -> Result<(), Trap> {
    if let Some(exit) = ctx.exports().thread_exit {
        ctx.call_guest(exit, &[result])?;
    }
    Ok(())
}

/// Whether the calling guest thread has not ended yet.
pub(crate) fn is_alive(ctx: &mut Ctx<'_, '_>) -> Result<bool, Trap> {
    match ctx.exports().thread_self {
        Some(function) => Ok(ctx.call_guest(function, &[])? != 0),
        None => Ok(false),
    }
}

/// `emscripten_unwind_to_js_event_loop()`, `emscripten_exit_with_live_runtime()`:
/// leaves the thread's function, as `pthread_exit` does.
pub(crate) fn unwind(_ctx: &mut Ctx<'_, '_>) -> Result<(), Trap> {
    Err(Trap::exit(Unwind))
}

/// `__emscripten_thread_cleanup(thread)`: gives the memory of a thread back that
/// has ended. Its stack is part of that, so the thread itself cannot do it.
pub(crate) fn cleanup(ctx: &mut Ctx<'_, '_>, thread: GuestPtr<u8>) -> Result<(), Trap> {
    let guest = thread.address();
    let threads = &ctx.shared().threads;
    if ctx.thread().handle().runs(guest) {
        threads.leave_unclaimed(guest);
        return Ok(());
    }
    threads.wait_until_left(guest, &|| ctx.store_ref().interrupted());
    ctx.poll()?;
    free(ctx, guest)
}

/// Gives the memory of a thread back that has left its stack, unless that was
/// done.
fn free(ctx: &mut Ctx<'_, '_>, guest: u64) -> Result<(), Trap> {
    if ctx.shared().threads.forget(guest)
        && let Some(free) = ctx.exports().thread_free
    {
        ctx.call_guest(free, &[guest])?;
    }
    Ok(())
}

/// Gives the memory of those threads back that nobody asks about.
fn free_unclaimed(ctx: &mut Ctx<'_, '_>) -> Result<(), Trap> {
    while let Some(guest) = ctx.shared().threads.take_unclaimed() {
        free(ctx, guest)?;
    }
    Ok(())
}

/// `__call_main(argc, argv)`: the program itself, on a thread of its own.
pub(crate) fn call_main(ctx: &mut Ctx<'_, '_>, argc: i32, argv: GuestPtr<u8>) -> Result<(), Trap> {
    let exports = ctx.exports();
    let arguments = [argc as u32 as u64, argv.address()];
    let status = match (exports.main_2, exports.main_0) {
        (Some(main), _) => ctx.call_guest(main, &arguments)?,
        (None, Some(main)) => ctx.call_guest(main, &[])?,
        (None, None) => return Err(TrapCode::UndefinedElement.into()),
    };
    super::exit::exit(ctx, status as i32)
}

/// `_emscripten_default_pthread_stack_size()`: what `emcc` has for it where it is
/// not told otherwise, which only its JavaScript knows.
pub(crate) fn default_stack(_ctx: &mut Ctx<'_, '_>) -> i32 {
    2 << 20
}

/// `pthread_kill(thread, signal)`; returns an error number. One signal is that of
/// `pthread_cancel`. For a thread that has ended and was not joined yet, signals have no
/// effect, and that is no error.
pub(crate) fn kill(ctx: &mut Ctx<'_, '_>, thread: GuestPtr<u8>, signal: i32) -> i32 {
    const SIGCANCEL: i32 = 33;
    const SIGNALS: core::ops::RangeInclusive<i32> = 0..=64;
    let Some(host) = host_thread(ctx, thread) else {
        return match ctx.shared().threads.knows(thread.address()) {
            true if SIGNALS.contains(&signal) => 0,
            true => number(Errno::EINVAL),
            false => number(Errno::ESRCH),
        };
    };
    if signal == SIGCANCEL {
        ask_to_end(ctx, thread.address());
        // One that only waits for mail looks for it there.
        send(ctx, thread.address(), Mail::Mailbox);
        return 0;
    }
    let sent = super::signals::tkill(ctx, host as i32, signal);
    sent.map_or_else(number, |_| 0)
}

/// The kernel's name for the thread that runs a guest thread. Without threads,
/// there is only this one.
pub(super) fn host_thread(ctx: &Ctx<'_, '_>, thread: GuestPtr<u8>) -> Option<u64> {
    if ctx.shared().shared_memory().is_none() {
        return Some(ctx.thread().handle().host());
    }
    let found = ctx.shared().threads.find(thread.address());
    found.map(|handle| handle.host())
}

/// Lets another thread notice that it shall end (`pthread_cancel`), if it may.
fn ask_to_end(ctx: &Ctx<'_, '_>, guest: u64) {
    let Some(handle) = ctx.shared().threads.find(guest) else {
        return;
    };
    let wanted = Pthread::of(ctx, guest).map(|pthread| pthread.cancellation(ctx));
    if !matches!(wanted, Ok(Cancellation::No) | Err(_)) {
        handle.cancel();
        ctx.kernel().kick(handle.host());
    }
}

/// The calling thread's cancellation.
fn cancellation(ctx: &mut Ctx<'_, '_>) -> Result<Cancellation, Trap> {
    let Some(function) = ctx.exports().thread_self else {
        return Ok(Cancellation::No);
    };
    let thread = ctx.call_guest(function, &[])?;
    if thread == 0 {
        return Ok(Cancellation::No);
    }
    let pthread = Pthread::of(ctx, thread);
    Ok(pthread.map_or(Cancellation::No, |pthread| pthread.cancellation(ctx)))
}

/// Ends the calling thread if it shall end wherever it is.
pub(crate) fn cancel_anywhere(ctx: &mut Ctx<'_, '_>) -> Result<(), Trap> {
    match cancellation(ctx)? {
        Cancellation::Anywhere => cancel(ctx),
        _ => Ok(()),
    }
}

/// Ends the calling thread, whose call was interrupted, if it shall end where it
/// waits.
pub(crate) fn cancel_where_it_waits(ctx: &mut Ctx<'_, '_>) -> Result<(), Trap> {
    if ctx.shared().shared_memory().is_none() {
        return Ok(());
    }
    match cancellation(ctx)? {
        Cancellation::No | Cancellation::Told => Ok(()),
        Cancellation::WhereItWaits | Cancellation::Anywhere => cancel(ctx),
    }
}

/// `__wasmjit_futex_wait(word, value, time)`: waits until someone wakes those who wait
/// for a word, as long as it has the value.
pub(crate) fn futex_wait(
    ctx: &mut Ctx<'_, '_>,
    word: GuestPtr<u32>,
    value: u32,
    time: GuestPtr<u8>,
) -> Result<u64, Stop> {
    const SECOND: i64 = 1_000_000_000;
    let time = read_time_if_any(ctx.memory(), time, ctx.time64())?;
    let ns = time.map(|[seconds, ns]| seconds.saturating_mul(SECOND).saturating_add(ns));
    let memory = ctx.shared().shared_memory().ok_or(Errno::ENOSYS)?;
    // It may have been asked to end before it came here.
    heed_cancel(ctx)?;
    let result = {
        let interrupted = || ctx.store_ref().interrupted();
        let ns = ns.map_or(-1, |ns| ns.max(0));
        memory.atomic_wait(word.address(), WaitValue::Bits32(value), ns, &interrupted)?
    };
    match result {
        WaitResult::Woken | WaitResult::NotEqual => Ok(0),
        WaitResult::TimedOut => Err(Errno::ETIMEDOUT.into()),
        WaitResult::Interrupted => {
            let ends = ctx.thread().signals.ends.get();
            ctx.poll()?;
            heed_cancel(ctx)?;
            match ctx.thread().signals.ends.get() == ends {
                // As if it had been woken: who waits looks at the word again.
                true => Ok(0),
                false => Err(Errno::EINTR.into()),
            }
        }
    }
}

/// Ends the calling thread, which is about to wait, if it shall; an error where it wants
/// to be told.
fn heed_cancel(ctx: &mut Ctx<'_, '_>) -> Result<(), Stop> {
    match cancellation(ctx)? {
        Cancellation::No => Ok(()),
        Cancellation::Told => Err(Errno::ECANCELED.into()),
        Cancellation::WhereItWaits | Cancellation::Anywhere => Ok(cancel(ctx)?),
    }
}

fn cancel(ctx: &mut Ctx<'_, '_>) -> Result<(), Trap> {
    exit_thread(ctx, CANCELED)?;
    Err(Trap::exit(Unwind))
}

/// `_emscripten_notify_mailbox_postmessage(thread, …)`: something was put into the
/// mailbox of a thread, such as a signal.
pub(crate) fn notify_mailbox(ctx: &mut Ctx<'_, '_>, thread: GuestPtr<u8>) {
    if send(ctx, thread.address(), Mail::Mailbox) {
        ask_to_end(ctx, thread.address());
    }
}

/// As [`notify_mailbox`], with the calling thread as the second argument.
pub(crate) fn notify_mailbox_from(
    ctx: &mut Ctx<'_, '_>,
    thread: GuestPtr<u8>,
    _from: GuestPtr<u8>,
) {
    notify_mailbox(ctx, thread);
}

/// `_emscripten_notify_thread_queue(thread, main)`
pub(crate) fn notify_calls(
    ctx: &mut Ctx<'_, '_>,
    thread: GuestPtr<u8>,
    _main: GuestPtr<u8>,
) -> i32 {
    send(ctx, thread.address(), Mail::Calls) as i32
}

/// `_emscripten_notify_proxying_queue(thread, from, main, queue)`
pub(crate) fn notify_queue(
    ctx: &mut Ctx<'_, '_>,
    thread: GuestPtr<u8>,
    _from: GuestPtr<u8>,
    _main: GuestPtr<u8>,
    queue: GuestPtr<u8>,
) -> i32 {
    send(ctx, thread.address(), Mail::Queue(queue.address())) as i32
}

fn send(ctx: &Ctx<'_, '_>, guest: u64, mail: Mail) -> bool {
    let threads = &ctx.shared().threads;
    let handle = threads.find(guest);
    if let Some(handle) = &handle {
        handle.send(&*threads.platform, mail);
    }
    handle.is_some()
}

/// `emscripten_receive_on_main_thread_js(function, count, arguments)`: calls of
/// JavaScript, of which there is none.
pub(crate) fn receive(
    _ctx: &mut Ctx<'_, '_>,
    _function: i32,
    _count: i32,
    _arguments: GuestPtr<u8>,
) -> f64 {
    0.0
}

/// `_emscripten_receive_on_main_thread_js(function, code, thread, count,
/// arguments)`
pub(crate) fn receive_from(
    _ctx: &mut Ctx<'_, '_>,
    _function: i32,
    _code: GuestPtr<u8>,
    _thread: GuestPtr<u8>,
    _count: i32,
    _arguments: GuestPtr<u8>,
) -> f64 {
    0.0
}

/// As [`receive_from`], with a function to be called with the result and its
/// arguments.
#[allow(clippy::too_many_arguments, reason = "the interface has them")]
pub(crate) fn receive_async(
    _ctx: &mut Ctx<'_, '_>,
    _function: i32,
    _code: GuestPtr<u8>,
    _thread: GuestPtr<u8>,
    _count: i32,
    _arguments: GuestPtr<u8>,
    _then: GuestPtr<u8>,
    _data: GuestPtr<u8>,
) -> f64 {
    0.0
}

/// `emscripten_runtime_keepalive_check()`: whether the program lives on when
/// `main` has returned.
pub(crate) fn keepalive(_ctx: &mut Ctx<'_, '_>) -> i32 {
    0
}

/// `emscripten_check_blocking_allowed()`: always.
pub(crate) fn nothing(_ctx: &mut Ctx<'_, '_>) {}

/// Notifications for the event loop of a browser, which there is not.
pub(crate) fn ignored(_ctx: &mut Ctx<'_, '_>, _argument: GuestPtr<u8>) {}

/// `emscripten_num_logical_cores()`
pub(crate) fn cores(ctx: &mut Ctx<'_, '_>) -> i32 {
    let frame = ctx.scratch();
    let Ok(mask) = frame.array::<u64>(128) else {
        return 1;
    };
    match ctx.call(Sys::SCHED_GETAFFINITY, (0, 1024, mask.address())) {
        Ok(bytes) => {
            let words = (bytes as usize / 8).min(mask.len());
            let count: u32 = (0..words).map(|i| mask.get(i).count_ones()).sum();
            count.max(1) as i32
        }
        Err(_) => 1,
    }
}

/// A WebGL context or canvas, which every module with threads of some versions
/// asks for in code that never runs.
pub(crate) fn no_canvas(_ctx: &mut Ctx<'_, '_>, _target: GuestPtr<u8>, _a: GuestPtr<u8>) -> i32 {
    0
}

/// As [`no_canvas`], with a size.
pub(crate) fn no_canvas_size(
    _ctx: &mut Ctx<'_, '_>,
    _target: GuestPtr<u8>,
    _width: i32,
    _height: i32,
) -> i32 {
    /// `EMSCRIPTEN_RESULT_NOT_SUPPORTED`
    const NOT_SUPPORTED: i32 = -1;
    NOT_SUPPORTED
}

/// `pthread_setname_np(thread, name)`
pub(crate) fn set_name(
    ctx: &mut Ctx<'_, '_>,
    _thread: GuestPtr<u8>,
    name: GuestPtr<CString>,
) -> i32 {
    const PR_SET_NAME: i32 = 15;
    let result = ctx
        .memory()
        .string(name, 16)
        .map_err(|errno| match errno {
            Errno::ENAMETOOLONG => Errno::ERANGE,
            errno => errno,
        })
        .and_then(|name| ctx.call(Sys::PRCTL, (PR_SET_NAME, name.host_address())));
    match result {
        Ok(_) => 0,
        Err(errno) => number(errno),
    }
}
