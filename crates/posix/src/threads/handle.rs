//! What threads can do with each other.

use crate::lock::Lock;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use wasmjit_runtime::InterruptHandle;
use wasmjit_runtime::platform::{Platform, WaitValue};

/// A guest thread to be run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Job {
    /// The guest's `pthread_t`.
    pub(crate) thread: u64,
    /// The function pointer where it starts, and its argument.
    pub(crate) start: u64,
    pub(crate) argument: u64,
    /// The signals that it blocks at first: those that its creator does.
    pub(crate) mask: u64,
}

/// Something for a thread to do when it has nothing else to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mail {
    /// Look into its mailbox.
    Mailbox,
    /// Carry out the calls queued for it.
    Calls,
    /// Carry out what is in this queue for it.
    Queue(u64),
}

#[derive(Default)]
struct Inbox {
    job: Option<Job>,
    mail: Vec<Mail>,
}

/// A host thread, as the others know it.
pub(crate) struct Handle {
    interrupt: InterruptHandle,
    /// The kernel's name for it.
    host: AtomicU64,
    /// Bytes of its stack.
    stack: usize,
    /// The `pthread_t` of the guest thread that it runs; 0 when it runs none.
    guest: AtomicU64,
    /// Changes when there is news in the inbox, or `guest` has changed.
    bell: AtomicU32,
    inbox: Lock<Inbox>,
    /// Someone wants the guest thread to end.
    cancel: AtomicBool,
}

impl Handle {
    pub(crate) fn new(interrupt: InterruptHandle, host: u64, stack: usize) -> Self {
        Self {
            interrupt,
            host: AtomicU64::new(host),
            stack,
            guest: AtomicU64::new(0),
            bell: AtomicU32::new(0),
            inbox: Lock::new(Inbox::default()),
            cancel: AtomicBool::new(false),
        }
    }

    /// The kernel's name for the thread.
    pub(crate) fn host(&self) -> u64 {
        self.host.load(Ordering::Relaxed)
    }

    /// Notes another name, which the thread has in a copy of the process.
    pub(crate) fn set_host(&self, host: u64) {
        self.host.store(host, Ordering::Relaxed);
    }

    /// Keeps others from its inbox as long as the result exists.
    pub(crate) fn hold(&self) -> impl Sized + '_ {
        self.inbox.lock()
    }

    /// Bytes of its stack.
    pub(super) fn stack(&self) -> usize {
        self.stack
    }

    /// Whether it runs this guest thread.
    pub(crate) fn runs(&self, guest: u64) -> bool {
        self.guest.load(Ordering::Acquire) == guest
    }

    /// Says which guest thread it runs now; 0 for none.
    pub(crate) fn set_guest(&self, platform: &dyn Platform, guest: u64) {
        self.cancel.store(false, Ordering::Relaxed);
        self.guest.store(guest, Ordering::Release);
        self.ring(platform);
    }

    /// Interrupts its code.
    pub(super) fn interrupt(&self) {
        self.interrupt.interrupt();
    }

    /// Asks the guest thread to end, when that is possible.
    pub(crate) fn cancel(&self) {
        self.cancel.store(true, Ordering::Release);
        self.interrupt.interrupt_and_wake();
    }

    /// Whether that was asked for, since the last call of this function.
    pub(crate) fn take_cancel(&self) -> bool {
        self.cancel.swap(false, Ordering::AcqRel)
    }

    /// Gives it a guest thread to run.
    pub(super) fn give(&self, platform: &dyn Platform, job: Job) {
        self.inbox.lock().job = Some(job);
        self.ring(platform);
    }

    pub(super) fn take_job(&self) -> Option<Job> {
        self.inbox.lock().job.take()
    }

    /// Leaves something to do in its inbox.
    pub(crate) fn send(&self, platform: &dyn Platform, mail: Mail) {
        {
            let mut inbox = self.inbox.lock();
            if !inbox.mail.contains(&mail) {
                inbox.mail.push(mail);
            }
        }
        self.ring(platform);
    }

    pub(super) fn take_mail(&self) -> Vec<Mail> {
        core::mem::take(&mut self.inbox.lock().mail)
    }

    /// Wakes whoever waits for news of the thread.
    pub(super) fn ring(&self, platform: &dyn Platform) {
        self.bell.fetch_add(1, Ordering::Release);
        platform.atomic_notify(core::ptr::from_ref(&self.bell).cast(), u32::MAX);
    }

    /// The state of the bell, to be read before one looks whether there is news.
    pub(super) fn bell(&self) -> u32 {
        self.bell.load(Ordering::Acquire)
    }

    /// Waits until the bell has rung since `seen`.
    pub(super) fn wait(&self, platform: &dyn Platform, seen: u32, interrupted: &dyn Fn() -> bool) {
        let at = core::ptr::from_ref(&self.bell).cast();
        // SAFETY: the word lives as long as `self`, and is aligned.
        unsafe { platform.atomic_wait(at, WaitValue::Bits32(seen), -1, interrupted) };
    }

    /// Waits until it no longer runs a guest thread.
    pub(super) fn wait_while_running(
        &self,
        platform: &dyn Platform,
        guest: u64,
        interrupted: &dyn Fn() -> bool,
    ) {
        let seen = self.bell();
        if self.runs(guest) {
            self.wait(platform, seen, interrupted);
        }
    }
}
