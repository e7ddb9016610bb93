//! Ctrl-C while a program runs.

use crate::kick::Thread;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
use wasmjit_runtime::InterruptHandle;

static MAIN: AtomicPtr<Main> = AtomicPtr::new(ptr::null_mut());
static CAUGHT: AtomicBool = AtomicBool::new(false);

extern "C" fn on_interrupt(_: libc::c_int) {
    CAUGHT.store(true, Ordering::Relaxed);
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

/// Lets the first Ctrl-C (SIGINT) interrupt the code of a store, so that what
/// it was doing can be told; the second ends the process at once. Where SIGINT
/// is ignored, as in background jobs, it stays so. For the process's main
/// program, to be called on its thread: the handle is kept for ever.
pub fn interrupt_on_ctrl_c(store: InterruptHandle) {
    // SAFETY: the handler stores to an atomic and to the store's, which the handle
    // keeps alive, and sends a signal.
    unsafe {
        let mut current = MaybeUninit::<libc::sigaction>::zeroed().assume_init();
        libc::sigaction(libc::SIGINT, ptr::null(), &mut current);
        if current.sa_sigaction != libc::SIG_DFL {
            return;
        }
        let thread = Thread::current();
        let main = Box::into_raw(Box::new(Main { store, thread }));
        MAIN.store(main, Ordering::Release);
        let mut action = MaybeUninit::<libc::sigaction>::zeroed().assume_init();
        action.sa_sigaction = on_interrupt as *const () as usize;
        action.sa_flags = libc::SA_ONSTACK | libc::SA_RESETHAND;
        libc::sigemptyset(&mut action.sa_mask);
        libc::sigaction(libc::SIGINT, &action, ptr::null_mut());
    }
}

/// Whether Ctrl-C was pressed since [`interrupt_on_ctrl_c`].
pub fn ctrl_c_pressed() -> bool {
    CAUGHT.load(Ordering::Relaxed)
}
