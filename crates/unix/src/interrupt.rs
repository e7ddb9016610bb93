//! Ctrl-C and Ctrl-\ while a program runs.

use crate::handler;
use crate::kick::Thread;
use std::ptr;
use std::sync::atomic::{AtomicI32, AtomicPtr, Ordering};
use wasmjit_runtime::InterruptHandle;

static MAIN: AtomicPtr<Main> = AtomicPtr::new(ptr::null_mut());
/// The signal that arrived; 0 for none.
static CAUGHT: AtomicI32 = AtomicI32::new(0);

extern "C" fn on_interrupt(
    signal: libc::c_int,
    _info: *mut libc::siginfo_t,
    _context: *mut libc::c_void,
) {
    CAUGHT.store(signal, Ordering::Relaxed);
    #[cfg(target_os = "linux")]
    if signal == libc::SIGQUIT {
        crate::sampler::take_all(_context);
    }
    // SAFETY: null, or what `interrupt_on_ctrl_c` gave away for good.
    if let Some(main) = unsafe { MAIN.load(Ordering::Acquire).as_ref() } {
        main.store.interrupt();
        // The signal may have arrived at any thread.
        if Thread::current() != main.thread {
            main.thread.kick();
        }
    }
}

/// Whose code is interrupted.
struct Main {
    store: InterruptHandle,
    thread: Thread,
}

/// Lets the first SIGINT (Ctrl-C) or SIGQUIT (Ctrl-\) interrupt the code of a
/// store, so that what it was doing can be told; the second ends the process at
/// once. SIGQUIT also notes where the other threads are
/// ([`crate::sampler::stacks`]). Where one of the signals is ignored, as in
/// background jobs, it stays so. For the process's main program, to be called on
/// its thread: the handle is kept for ever.
pub fn interrupt_on_signals(store: InterruptHandle) {
    let thread = Thread::current();
    let main = Box::into_raw(Box::new(Main { store, thread }));
    MAIN.store(main, Ordering::Release);
    for signal in [libc::SIGINT, libc::SIGQUIT] {
        if handler::current(signal).is_none_or(|now| now.sa_sigaction != libc::SIG_DFL) {
            continue;
        }
        // SAFETY: the handler stores to an atomic and to the store's, which the
        // handle keeps alive, and sends signals.
        unsafe { handler::set(signal, &handler::action(on_interrupt, libc::SA_RESETHAND)) };
    }
}

/// The signal that arrived since [`interrupt_on_signals`], if one did.
pub fn interrupting_signal() -> Option<i32> {
    match CAUGHT.load(Ordering::Relaxed) {
        0 => None,
        signal => Some(signal),
    }
}
