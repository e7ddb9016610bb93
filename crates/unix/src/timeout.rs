//! A limit of time for a running program.

use crate::kick::Thread;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use wasmjit_runtime::InterruptHandle;

/// How often a thread is told again, in case it was just about to block.
const AGAIN: Duration = Duration::from_millis(10);

/// Interrupts a store when its time is over, unless dropped before.
pub struct Timeout {
    shared: Arc<Shared>,
    watch: Option<JoinHandle<()>>,
    /// The process that has the thread.
    process: u32,
    /// Belongs to the thread that runs the store.
    not_send: PhantomData<*mut ()>,
}

struct Shared {
    cancelled: Mutex<bool>,
    changed: Condvar,
    expired: AtomicBool,
}

impl Timeout {
    /// Starts the clock. To be called on the thread that runs the store: it is
    /// also woken from system calls.
    pub fn start(duration: Duration, store: InterruptHandle) -> Self {
        let shared = Arc::new(Shared {
            cancelled: Mutex::new(false),
            changed: Condvar::new(),
            expired: AtomicBool::new(false),
        });
        let thread = Thread::current();
        let watch = std::thread::Builder::new()
            .name("timeout".into())
            .stack_size(64 << 10)
            .spawn({
                let shared = shared.clone();
                move || {
                    #[cfg(target_os = "linux")]
                    crate::signals::leave_to_others();
                    watch(&shared, duration, &store, thread);
                }
            })
            .ok();
        Self {
            shared,
            watch,
            process: std::process::id(),
            not_send: PhantomData,
        }
    }

    /// Whether the time was over.
    pub fn expired(&self) -> bool {
        self.shared.expired.load(Ordering::Acquire)
    }
}

impl Drop for Timeout {
    fn drop(&mut self) {
        *lock(&self.shared.cancelled) = true;
        self.shared.changed.notify_all();
        // A copy of the process does not have the thread.
        if let Some(watch) = self.watch.take()
            && std::process::id() == self.process
        {
            // A panic there has been printed already.
            let _ = watch.join();
        }
    }
}

fn lock(mutex: &Mutex<bool>) -> std::sync::MutexGuard<'_, bool> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn watch(shared: &Shared, duration: Duration, store: &InterruptHandle, thread: Thread) {
    let mut cancelled = lock(&shared.cancelled);
    let mut deadline = Instant::now().checked_add(duration);
    while !*cancelled {
        let Some(at) = deadline else {
            cancelled = shared
                .changed
                .wait(cancelled)
                .unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        let now = Instant::now();
        if now < at {
            let waited = shared.changed.wait_timeout(cancelled, at - now);
            cancelled = waited.unwrap_or_else(PoisonError::into_inner).0;
            continue;
        }
        shared.expired.store(true, Ordering::Release);
        store.interrupt_and_wake();
        // It lives: it has to cancel us first.
        thread.kick();
        deadline = now.checked_add(AGAIN);
    }
}
