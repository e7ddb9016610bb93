//! Ending the system calls in which threads of this process block.
//!
//! A signal without effect of its own makes a blocked call end with `EINTR`.
//! One that arrives just before the call blocks is lost, so whoever needs the
//! thread to notice sends it again until it has.
//!
//! In compiled code it makes the thread look up as well: see [`crate::loops`].

use crate::handler;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::Once;

/// The signal: its default is to be ignored, and hardly anything uses it.
pub(crate) const SIGNAL: libc::c_int = libc::SIGURG;

/// What the signal says about its cause: no other sender says that.
#[cfg(target_os = "linux")]
pub(crate) const CODE: libc::c_int = -0x6b69;

/// A thread of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thread(u64);

impl Thread {
    /// The calling thread.
    pub fn current() -> Self {
        install();
        // SAFETY: both ask for the calling thread's identity.
        #[cfg(target_os = "linux")]
        let id = unsafe { libc::syscall(libc::SYS_gettid) } as u64;
        // SAFETY: as above.
        #[cfg(not(target_os = "linux"))]
        let id = unsafe { libc::pthread_self() } as usize as u64;
        Self(id)
    }

    /// From [`Self::id`].
    pub(crate) fn from_id(id: u64) -> Self {
        Self(id)
    }

    /// A number for it.
    pub(crate) fn id(self) -> u64 {
        self.0
    }

    /// Ends the system call in which it blocks, if it does. May be used in a
    /// signal handler.
    #[cfg(target_os = "linux")]
    pub fn kick(self) {
        // SAFETY: sends a signal whose handler does nothing, to a thread of this
        // process; one that has ended is not found. All bits zero are a valid
        // `siginfo_t`, which the call reads.
        unsafe {
            let mut info = MaybeUninit::<libc::siginfo_t>::zeroed().assume_init();
            info.si_code = CODE;
            let (process, thread) = (libc::getpid(), self.0 as libc::pid_t);
            let number = libc::SYS_rt_tgsigqueueinfo;
            libc::syscall(number, process, thread, SIGNAL, &raw const info);
        }
    }

    /// Ends the system call in which it blocks, if it does. May be used in a
    /// signal handler. The thread must not have ended.
    #[cfg(not(target_os = "linux"))]
    pub fn kick(self) {
        // SAFETY: the thread lives, and the signal's handler does nothing.
        unsafe { libc::pthread_kill(self.0 as usize as libc::pthread_t, SIGNAL) };
    }
}

/// Gives the signal a handler that hardly does anything: one that is ignored does not
/// end system calls. Unblocks it in the calling thread.
pub(crate) fn install() {
    extern "C" fn on_kick(
        _signal: libc::c_int,
        _info: *mut libc::siginfo_t,
        _context: *mut libc::c_void,
    ) {
        // SAFETY: the argument of this handler.
        #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
        unsafe {
            crate::loops::look_up(_context);
        }
    }
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        // SAFETY: the handler is safe to run at any time; the set is valid.
        unsafe {
            handler::set(SIGNAL, &handler::action(on_kick, 0));
            // Whoever has started the process may have blocked it.
            let mut set = MaybeUninit::<libc::sigset_t>::zeroed().assume_init();
            libc::sigaddset(&mut set, SIGNAL);
            libc::pthread_sigmask(libc::SIG_UNBLOCK, &set, ptr::null_mut());
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsRawFd;
    use std::sync::mpsc;

    #[test]
    fn ends_a_call_that_blocks() {
        let (reader, writer) = std::io::pipe().unwrap();
        let (tell, told) = mpsc::channel();
        let blocked = std::thread::spawn(move || {
            tell.send(Thread::current()).unwrap();
            let mut byte = 0u8;
            // SAFETY: room for one byte. Not `Read::read`, which tries again.
            unsafe { libc::read(reader.as_raw_fd(), (&raw mut byte).cast(), 1) }
        });
        let thread = told.recv().unwrap();
        while !blocked.is_finished() {
            thread.kick();
            std::thread::yield_now();
        }
        assert_eq!(blocked.join().unwrap(), -1);
        drop(writer);
    }
}
