//! Signal handlers of this process.

use libc::{c_int, c_void, sigaction, siginfo_t};
use std::mem::MaybeUninit;
use std::ptr;

/// What is called with `SA_SIGINFO`.
pub(crate) type Handler = extern "C" fn(c_int, *mut siginfo_t, *mut c_void);

/// An action with a handler, which runs on the alternate stack where the thread has one.
///
/// It runs with all signals blocked. Another handler within it could change the mask and
/// the program counter that its own return restores, but not those of the code that was
/// interrupted first: what it wants of that code would be lost.
pub(crate) fn action(handler: Handler, flags: c_int) -> sigaction {
    let flags = libc::SA_SIGINFO | libc::SA_ONSTACK | flags;
    let mut action = without(handler as *const () as usize, flags);
    // SAFETY: fills the set.
    unsafe { libc::sigfillset(&mut action.sa_mask) };
    action
}

/// An action without a handler: `SIG_DFL` or `SIG_IGN`.
pub(crate) fn without(disposition: libc::sighandler_t, flags: c_int) -> sigaction {
    // SAFETY: all bits zero are a valid `sigaction`.
    let mut action = unsafe { MaybeUninit::<sigaction>::zeroed().assume_init() };
    action.sa_sigaction = disposition;
    action.sa_flags = flags;
    action
}

/// Sets what is done about a signal; says whether that was possible.
///
/// # Safety
/// A handler must be safe to run at any time.
pub(crate) unsafe fn set(signal: c_int, action: &sigaction) -> bool {
    // SAFETY: the action is valid; the rest is the caller's promise.
    unsafe { libc::sigaction(signal, action, ptr::null_mut()) == 0 }
}

/// What is done about a signal; `None` when there is no such signal.
pub(crate) fn current(signal: c_int) -> Option<sigaction> {
    let mut current = without(libc::SIG_DFL, 0);
    // SAFETY: the call writes the action.
    let found = unsafe { libc::sigaction(signal, ptr::null(), &mut current) == 0 };
    found.then_some(current)
}
