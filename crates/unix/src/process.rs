//! The process itself: signals and environment, as a native program has them.

use crate::handler;
use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStringExt;
use std::ptr;

/// Gives SIGPIPE its default action back, which Rust's start-up code took away:
/// a program that writes to a closed pipe ends, as native programs do.
pub fn restore_sigpipe() {
    set_default(libc::SIGPIPE);
}

fn set_default(signal: c_int) {
    // SAFETY: the default action runs no code of ours.
    unsafe { handler::set(signal, &handler::without(libc::SIG_DFL, 0)) };
}

/// The environment, each variable as `NAME=value`.
pub fn environment() -> Vec<Vec<u8>> {
    std::env::vars_os()
        .map(|(name, value)| {
            let mut entry = name.into_vec();
            entry.push(b'=');
            entry.extend(value.into_vec());
            entry
        })
        .collect()
}

/// The variable of the environment in which the command passes options on to
/// programs that a program runs.
pub const INHERITED: &str = "WASMJIT_INHERITED";

/// Adds to the environment of a program that is about to be executed what this
/// process passes on to it, in the place of anything that says so already.
pub fn add_inherited(environment: &mut Vec<Vec<u8>>) {
    let prefix = format!("{INHERITED}=");
    environment.retain(|variable| !variable.starts_with(prefix.as_bytes()));
    if let Some(value) = std::env::var_os(INHERITED) {
        let mut variable = prefix.into_bytes();
        variable.extend(value.into_vec());
        environment.push(variable);
    }
}

/// Ends the process at once. What the C library would do at its end is not done:
/// its pages would have to be fetched for that, and a copy of a process is made to
/// end often.
pub fn leave(status: i32) -> ! {
    // SAFETY: ends the process.
    unsafe { libc::_exit(status) }
}

/// Ends the process as the default action of `signal` would, so that whoever
/// waits for it sees it killed by that signal.
pub fn die(signal: i32) -> ! {
    set_default(signal);
    // SAFETY: unblocks the signal and sends it to this process; ends it anyway
    // if the default action does not.
    unsafe {
        let mut set = MaybeUninit::<libc::sigset_t>::zeroed().assume_init();
        libc::sigemptyset(&mut set);
        libc::sigaddset(&mut set, signal);
        libc::pthread_sigmask(libc::SIG_UNBLOCK, &set, ptr::null_mut());
        libc::raise(signal);
        libc::_exit(128 + signal)
    }
}
