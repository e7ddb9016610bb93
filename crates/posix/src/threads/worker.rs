//! A host thread that runs guest threads, one after the other.

use super::handle::Job;
use super::{Handle, IDLE_MAX, Mail, Pthread, Stopped};
use crate::calls::{exit, threads as calls};
use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::exit::ExitStatus;
use crate::process::{self, Shared};
use crate::signals::{self, Signals};
use crate::thread::Thread;
use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::sync::Arc;
use core::error::Error;
use core::fmt;
use core::sync::atomic::{AtomicU32, Ordering};
use wasmjit_runtime::platform::{Platform, WaitValue};
use wasmjit_runtime::{Store, Trap, TrapCode};

/// Host stack for a byte of guest stack: compiled code keeps on the host's stack
/// what C does not take the address of.
const STACK_RATIO: u64 = 16;

/// Least and most bytes of a host stack.
const STACK_MIN: u64 = 8 << 20;
const STACK_MAX: u64 = 1 << 30;

/// A guest thread leaves its function for good, without ending the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unwind;

impl fmt::Display for Unwind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the thread has left its function")
    }
}

impl Error for Unwind {}

/// Runs a guest thread.
///
/// # Errors
/// `EAGAIN` when there can be no more threads, or no memory for one; others when the
/// guest's description of it is not sound.
pub(crate) fn start(ctx: &Ctx<'_, '_>, job: Job) -> Result<(), Errno> {
    let shared = ctx.thread().shared();
    let pthread = Pthread::new(ctx, job.thread)?;
    let (_, guest_stack) = pthread.stack(ctx)?;
    pthread.note_layout(&shared.threads);
    let stack = guest_stack
        .saturating_mul(STACK_RATIO)
        .clamp(STACK_MIN, STACK_MAX) as usize;
    let threads = &shared.threads;
    threads.running.fetch_add(1, Ordering::AcqRel);
    let idle = {
        let mut list = threads.list.lock();
        list.known.push(job.thread);
        let at = list.idle.iter().position(|handle| handle.stack() >= stack);
        at.map(|at| {
            let handle = list.idle.swap_remove(at);
            list.running.push(handle.clone());
            handle
        })
    };
    if let Some(handle) = idle {
        // It was read there a moment ago.
        let _ = pthread.set_number(ctx, handle.host());
        handle.set_guest(&*threads.platform, job.thread);
        handle.give(&*threads.platform, job);
        return Ok(());
    }
    let started = start_host(shared, job, stack);
    if started.is_err() {
        threads.forget(job.thread);
        one_less(shared);
    }
    started
}

/// Starts a host thread for a guest thread.
fn start_host(shared: &Arc<Shared>, job: Job, stack: usize) -> Result<(), Errno> {
    /// Not known yet; it runs; there is no memory for it.
    const UNKNOWN: u32 = 0;
    const RUNS: u32 = 1;
    const FAILED: u32 = 2;
    let platform = &*shared.threads.platform;
    let state = Arc::new(AtomicU32::new(UNKNOWN));
    let given = (shared.clone(), state.clone());
    shared.kernel.spawn(
        stack,
        Box::new(move || {
            let (shared, state) = given;
            let platform = shared.threads.platform.clone();
            let report = |result: u32| {
                state.store(result, Ordering::Release);
                platform.atomic_notify(Arc::as_ptr(&state).cast(), u32::MAX);
            };
            run(&shared, job, stack, &|ready| {
                report(if ready { RUNS } else { FAILED });
            });
        }),
    )?;
    loop {
        match state.load(Ordering::Acquire) {
            RUNS => return Ok(()),
            UNKNOWN => {}
            _ => return Err(Errno::EAGAIN),
        }
        // SAFETY: the word lives as long as `state`, and is aligned.
        unsafe {
            let seen = WaitValue::Bits32(UNKNOWN);
            platform.atomic_wait(Arc::as_ptr(&state).cast(), seen, -1, &|| false);
        }
    }
}

/// A host thread that receives signals for the guest, until this is dropped.
struct Receives<'a>(&'a dyn Signals);

impl Drop for Receives<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// The life of a host thread.
fn run(shared: &Arc<Shared>, job: Job, stack: usize, ready: &dyn Fn(bool)) {
    let kernel = &*shared.kernel;
    let mut store = Store::new(shared.program.engine(), Box::new(()));
    store.set_limits(shared.limits);
    let handle = Arc::new(Handle::new(
        store.interrupt_handle(),
        kernel.current_thread(),
        stack,
    ));
    let thread = Rc::new(Thread::new(shared.clone(), handle.clone()));
    let _signals = shared.kernel.signals().map(|signals| {
        // None before the guest thread says which.
        signals.end();
        signals.begin(store.interrupt_handle());
        Receives(signals)
    });
    // Before anyone asks for its number.
    let number = move |ctx: &mut Ctx<'_, '_>| {
        let number = ctx.thread().handle().host();
        let set = Pthread::of(ctx, job.thread).and_then(|pthread| pthread.set_number(ctx, number));
        Ok(set.map_or(-1, |()| 0))
    };
    if process::instance(&mut store, &thread).is_err()
        || process::with_context(&mut store, &thread, number).is_err()
    {
        ready(false);
        return;
    }
    handle.set_guest(&*shared.threads.platform, job.thread);
    shared.threads.list.lock().running.push(handle.clone());
    ready(true);
    let end = process::with_context(&mut store, &thread, move |ctx| serve(ctx, job).map(|()| 0));
    drop(store);
    let threads = &shared.threads;
    {
        let mut list = threads.list.lock();
        list.running.retain(|other| !Arc::ptr_eq(other, &handle));
        list.idle.retain(|other| !Arc::ptr_eq(other, &handle));
    }
    match end {
        Ok(_) => {}
        Err(trap) => {
            if trap.downcast_host::<Stopped>().is_none() {
                threads.end(kernel, ExitStatus::of(Err(trap)));
                threads.see_first_off(kernel);
            }
            let _ = one_less(shared);
        }
    }
}

/// One guest thread less runs; whether it was the last beside the first.
fn one_less(shared: &Shared) -> bool {
    let threads = &shared.threads;
    let last = threads.running.fetch_sub(1, Ordering::AcqRel) == 1;
    let word = core::ptr::from_ref(&threads.running).cast();
    threads.platform.atomic_notify(word, u32::MAX);
    if threads.running.load(Ordering::Acquire) == 0 {
        // It may wait for exactly this.
        let first = threads.list.lock().running.first().cloned();
        if let Some(first) = first {
            first.ring(&*threads.platform);
        }
    }
    last
}

/// Runs guest threads until the process ends or enough other host threads wait
/// for some.
fn serve(ctx: &mut Ctx<'_, '_>, first: Job) -> Result<(), Trap> {
    let mut next = Some(first);
    while let Some(job) = next {
        signals::set_mask(ctx, job.mask);
        guest_thread(ctx, job)?;
        signals::retire(ctx);
        next = next_job(ctx)?;
    }
    Ok(())
}

/// Runs a guest thread to its end.
fn guest_thread(ctx: &mut Ctx<'_, '_>, job: Job) -> Result<(), Trap> {
    let end = calls::run(ctx, job.thread, job.start, job.argument);
    let end = end.and_then(|result| {
        signals::close(ctx)?;
        calls::exit_thread(ctx, result)
    });
    match end {
        Ok(()) => Ok(()),
        Err(trap) if trap.downcast_host::<Unwind>().is_some() => {
            // It has ended itself, or else wants to live on for its mail.
            while calls::is_alive(ctx)? {
                let handle = ctx.thread().handle().clone();
                let seen = handle.bell();
                match mail(ctx) {
                    Err(trap) if trap.downcast_host::<Unwind>().is_none() => return Err(trap),
                    _ => {}
                }
                wait(ctx, seen)?;
            }
            Ok(())
        }
        Err(trap) => Err(trap),
    }
}

/// Waits for a guest thread to run; `None` when enough others wait.
fn next_job(ctx: &mut Ctx<'_, '_>) -> Result<Option<Job>, Trap> {
    let shared = ctx.thread().shared().clone();
    let threads = &shared.threads;
    let handle = ctx.thread().handle().clone();
    let stays = {
        let mut list = threads.list.lock();
        list.running.retain(|other| !Arc::ptr_eq(other, &handle));
        let stays = list.idle.len() < IDLE_MAX;
        if stays {
            list.idle.push(handle.clone());
        }
        stays
    };
    handle.set_guest(&*threads.platform, 0);
    if one_less(&shared) && threads.first_is_gone.load(Ordering::Acquire) {
        // A process ends with its last thread, as if by `exit(0)`. The first would see
        // to that, but this is a copy that another thread has made.
        threads.running.store(1, Ordering::Release);
        exit::exit(ctx, 0)?;
    }
    drop(shared);
    if !stays {
        return Ok(None);
    }
    loop {
        let seen = handle.bell();
        if let Some(job) = handle.take_job() {
            return Ok(Some(job));
        }
        let threads = &ctx.shared().threads;
        if threads.have_ended() {
            return Ok(None);
        }
        handle.wait(&*threads.platform, seen, &|| threads.have_ended());
    }
}

/// The first thread has nothing more to do: waits until the process ends, or all
/// other threads have.
pub(crate) fn wait_for_end(ctx: &mut Ctx<'_, '_>) -> Result<(), Trap> {
    let handle = ctx.thread().handle().clone();
    loop {
        let seen = handle.bell();
        match mail(ctx) {
            Err(trap) if trap.downcast_host::<Unwind>().is_none() => return Err(trap),
            _ => {}
        }
        if ctx.shared().threads.running.load(Ordering::Acquire) == 0 {
            return Ok(());
        }
        wait(ctx, seen)?;
    }
}

/// Does what is in the thread's inbox.
fn mail(ctx: &mut Ctx<'_, '_>) -> Result<(), Trap> {
    for mail in ctx.thread().handle().take_mail() {
        let exports = ctx.exports();
        let (function, arguments): (_, &[u64]) = match mail {
            Mail::Mailbox => (exports.check_mailbox, &[]),
            Mail::Calls => (exports.process_queued_calls, &[]),
            Mail::Queue(queue) => (exports.execute_queue, &[queue]),
        };
        if let Some(function) = function {
            ctx.call_guest(function, arguments)?;
        }
    }
    Ok(())
}

/// Waits for news.
fn wait(ctx: &mut Ctx<'_, '_>, seen: u32) -> Result<(), Trap> {
    let handle = ctx.thread().handle().clone();
    let platform: Arc<dyn Platform> = ctx.shared().threads.platform.clone();
    handle.wait(&*platform, seen, &|| ctx.store_ref().interrupted());
    ctx.poll()
}

/// What happens when a thread's code is interrupted.
pub(crate) fn interrupted(ctx: &mut Ctx<'_, '_>) -> Result<(), Trap> {
    if ctx.shared().threads.have_ended() {
        return Err(Trap::exit(Stopped));
    }
    let canceled = ctx.thread().handle().take_cancel();
    if canceled {
        calls::cancel_anywhere(ctx)?;
    }
    let signal = ctx.kernel().signals().is_some_and(Signals::take_attention);
    signals::deliver(ctx)?;
    if ctx.thread().is_first() && !signal && !canceled {
        // Nobody else but the embedder wants something of it.
        return Err(TrapCode::Interrupted.into());
    }
    Ok(())
}
