//! The threads of a process.
//!
//! A guest thread runs on a host thread of its own, with a store and an instance
//! of its own; they share the memory, the code and [`Shared`]. When a guest thread
//! ends, its host thread waits for the next one to run: making an instance takes
//! longer than all the rest. As under JavaScript, the instance is used again.

mod handle;
mod pthread;
mod worker;

pub(crate) use handle::{Handle, Job, Mail};
pub(crate) use pthread::{Cancellation, Pthread};
pub(crate) use worker::{Unwind, interrupted, start, wait_for_end};

use crate::exit::ExitStatus;
use crate::kernel::Kernel;
use crate::lock::Lock;
use crate::thread::Thread;
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::error::Error;
use core::fmt;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use wasmjit_runtime::platform::{Platform, WaitValue};

/// Host threads that are kept for later guest threads.
const IDLE_MAX: usize = 32;

/// How often a thread that does not react is told again that the process ends.
const AGAIN_NS: i64 = 1_000_000;

/// How often it is told. Some calls of the host cannot be ended from outside.
const TIMES: usize = 200;

/// The process ends, and not because of this thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the process has ended")
    }
}

impl Error for Stopped {}

/// Ends the whole process from a thread that is not its first; see
/// [`crate::ProcessBuilder::on_orphaned_end`].
pub(crate) type Ender = Box<dyn Fn(ExitStatus) + Send + Sync>;

/// The threads of a process, as they know of each other.
pub(crate) struct Threads {
    pub(crate) platform: Arc<dyn Platform>,
    list: Lock<List>,
    /// How the process ends, once that is decided.
    end: Lock<Option<ExitStatus>>,
    /// 1 once it is decided.
    ended: AtomicU32,
    /// Guest threads beside the first that have not ended.
    running: AtomicU32,
    /// Where the C library's `struct pthread` has its stack, once a thread was started;
    /// 0 before.
    pthread_stack: AtomicU64,
    /// 1 once the first thread has noticed the end.
    first_left: AtomicU32,
    /// Whether the process is a copy of the one that was started.
    is_copy: AtomicBool,
    /// Whether the process is a copy that another thread than the first has made.
    first_is_gone: AtomicBool,
    ender: Option<Ender>,
}

#[derive(Default)]
struct List {
    /// Those that run guest code, the first among them.
    running: Vec<Arc<Handle>>,
    /// Those that wait for a guest thread to run.
    idle: Vec<Arc<Handle>>,
    /// Guest threads whose memory has not been given back.
    known: Vec<u64>,
    /// Those of them that nobody will ask about: detached, and at their end.
    unclaimed: Vec<u64>,
}

impl Threads {
    pub(crate) fn new(platform: Arc<dyn Platform>, ender: Option<Ender>) -> Self {
        Self {
            platform,
            list: Lock::new(List::default()),
            end: Lock::new(None),
            ended: AtomicU32::new(0),
            running: AtomicU32::new(0),
            pthread_stack: AtomicU64::new(0),
            first_left: AtomicU32::new(0),
            is_copy: AtomicBool::new(false),
            first_is_gone: AtomicBool::new(false),
            ender,
        }
    }

    /// Whether the process is about to end.
    pub(crate) fn have_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire) != 0
    }

    /// Keeps other threads from what is known of threads as long as the result
    /// exists.
    pub(crate) fn hold(&self) -> impl Sized + '_ {
        (self.list.lock(), self.end.lock())
    }

    /// Forgets all threads but one: the process is a copy, made by that one.
    pub(crate) fn keep_only(&self, thread: &Thread) {
        let first = thread.is_first();
        {
            let mut list = self.list.lock();
            list.running
                .retain(|handle| Arc::ptr_eq(handle, thread.handle()));
            list.idle.clear();
            list.unclaimed.clear();
        }
        self.running.store(u32::from(!first), Ordering::Release);
        self.first_is_gone.store(!first, Ordering::Release);
        self.is_copy.store(true, Ordering::Release);
    }

    /// Ends the process here and now, if it is a copy that has but the calling thread.
    /// Many copies do little else than to end, and each page that they touch on a longer
    /// way has to be copied or fetched first.
    pub(crate) fn end_copy(&self, status: ExitStatus) {
        let Some(ender) = &self.ender else { return };
        if !self.is_copy.load(Ordering::Acquire) || self.have_ended() {
            return;
        }
        let alone = {
            let list = self.list.lock();
            list.running.len() == 1 && list.idle.is_empty()
        };
        if alone {
            ender(status);
        }
    }

    /// Adds the process's first thread.
    pub(crate) fn add_first(&self, handle: Arc<Handle>) {
        self.list.lock().running.push(handle);
    }

    /// The thread that runs a guest thread.
    pub(crate) fn find(&self, guest: u64) -> Option<Arc<Handle>> {
        let list = self.list.lock();
        let found = list.running.iter().find(|handle| handle.runs(guest));
        found.cloned()
    }

    /// Waits until a guest thread has left its stack for good. It is at its end,
    /// as the guest says.
    pub(crate) fn wait_until_left(&self, guest: u64, interrupted: &dyn Fn() -> bool) {
        while let Some(handle) = self.find(guest) {
            if interrupted() {
                return;
            }
            handle.wait_while_running(&*self.platform, guest, interrupted);
        }
    }

    /// Whether the memory of a guest thread is to be given back, which is done
    /// once.
    pub(crate) fn forget(&self, guest: u64) -> bool {
        let mut list = self.list.lock();
        let at = list.known.iter().position(|&known| known == guest);
        at.map(|at| list.known.swap_remove(at)).is_some()
    }

    /// Whether a guest thread runs, or has ended and its memory is there still.
    pub(crate) fn knows(&self, guest: u64) -> bool {
        self.list.lock().known.contains(&guest)
    }

    /// Notes that nobody will ask about a guest thread.
    pub(crate) fn leave_unclaimed(&self, guest: u64) {
        self.list.lock().unclaimed.push(guest);
    }

    /// A guest thread that nobody asks about and that has left its stack.
    pub(crate) fn take_unclaimed(&self) -> Option<u64> {
        let mut list = self.list.lock();
        let List {
            running, unclaimed, ..
        } = &mut *list;
        let left = |guest: &u64| !running.iter().any(|handle| handle.runs(*guest));
        let at = unclaimed.iter().position(left)?;
        Some(unclaimed.swap_remove(at))
    }

    /// Decides how the process ends, unless that is decided already, and tells
    /// all threads.
    pub(crate) fn end(&self, kernel: &dyn Kernel, status: ExitStatus) {
        self.end.lock().get_or_insert(status);
        self.ended.store(1, Ordering::Release);
        self.tell_all(kernel);
    }

    /// Lets all threads notice the end.
    fn tell_all(&self, kernel: &dyn Kernel) {
        let all: Vec<Arc<Handle>> = {
            let list = self.list.lock();
            list.running.iter().chain(&list.idle).cloned().collect()
        };
        if all.len() < 2 {
            return;
        }
        for handle in &all {
            handle.interrupt();
            handle.ring(&*self.platform);
            kernel.kick(handle.host());
        }
        self.platform.wake_all();
    }

    /// The first thread is at its end, with this status of its own: ends the
    /// process and returns how it really ends.
    pub(crate) fn finish(&self, kernel: &dyn Kernel, own: ExitStatus) -> ExitStatus {
        self.end(kernel, own);
        self.first_left.store(1, Ordering::Release);
        for _ in 0..TIMES {
            let running = self.running.load(Ordering::Acquire);
            if running == 0 {
                break;
            }
            self.wait(&self.running, running, AGAIN_NS);
            self.tell_all(kernel);
        }
        let decided = self.end.lock().take();
        decided.unwrap_or(ExitStatus::Code(0))
    }

    /// Makes sure that the first thread ends the process, as was decided, or does
    /// it in its place.
    fn see_first_off(&self, kernel: &dyn Kernel) {
        for _ in 0..TIMES {
            if self.first_is_gone.load(Ordering::Acquire) {
                break;
            }
            if self.first_left.load(Ordering::Acquire) != 0 {
                return;
            }
            self.wait(&self.first_left, 0, AGAIN_NS);
            self.tell_all(kernel);
        }
        if let Some(ender) = &self.ender
            && let Some(status) = self.end.lock().take()
        {
            ender(status);
        }
    }

    fn wait(&self, word: &AtomicU32, seen: u32, timeout_ns: i64) {
        let at = core::ptr::from_ref(word).cast();
        // SAFETY: the word lives as long as `self`, and is aligned.
        unsafe {
            let seen = WaitValue::Bits32(seen);
            self.platform.atomic_wait(at, seen, timeout_ns, &|| false);
        }
    }
}
