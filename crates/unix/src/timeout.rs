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

/// What a copy of the process needs in order to go on with the limit.
struct Running {
    shared: Arc<Shared>,
    deadline: Instant,
    store: InterruptHandle,
}

/// The limit of this process, if there is one.
static RUNNING: Mutex<Option<Running>> = Mutex::new(None);

/// In a copy of the process, which does not have the thread that watches the time,
/// starts another. To be called by the thread that was copied.
pub(crate) fn go_on_in_copy() {
    // Whoever holds it is about to end the limit, and does not exist here.
    let Ok(running) = RUNNING.try_lock() else {
        return;
    };
    if let Some(Running {
        shared,
        deadline,
        store,
    }) = &*running
    {
        let (shared, deadline, store) = (shared.clone(), *deadline, store.clone());
        let thread = Thread::current();
        spawn(move || {
            std::thread::sleep(deadline.saturating_duration_since(Instant::now()));
            // Until the process ends.
            loop {
                shared.expire(&store, thread);
                std::thread::sleep(AGAIN);
            }
        });
    }
}

/// Starts a thread that watches the time.
fn spawn(job: impl FnOnce() + Send + 'static) -> Option<JoinHandle<()>> {
    let thread = std::thread::Builder::new()
        .name("timeout".into())
        .stack_size(64 << 10)
        .spawn(move || {
            #[cfg(target_os = "linux")]
            crate::signals::leave_to_others();
            job();
        });
    thread.ok()
}

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
        let deadline = Instant::now().checked_add(duration);
        if let Some(deadline) = deadline {
            *lock(&RUNNING) = Some(Running {
                shared: shared.clone(),
                deadline,
                store: store.clone(),
            });
        }
        let watch = spawn({
            let shared = shared.clone();
            move || watch(&shared, deadline, &store, thread)
        });
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
        // A copy of the process does not have the thread, which may have held the
        // lock.
        if std::process::id() != self.process {
            return;
        }
        *lock(&RUNNING) = None;
        *lock(&self.shared.cancelled) = true;
        self.shared.changed.notify_all();
        if let Some(watch) = self.watch.take() {
            // A panic there has been printed already.
            let _ = watch.join();
        }
    }
}

impl Shared {
    /// The time is over: ends what the thread does.
    fn expire(&self, store: &InterruptHandle, thread: Thread) {
        self.expired.store(true, Ordering::Release);
        store.interrupt_and_wake();
        thread.kick();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn watch(shared: &Shared, mut deadline: Option<Instant>, store: &InterruptHandle, thread: Thread) {
    let mut cancelled = lock(&shared.cancelled);
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
        // The thread lives: it has to cancel us first.
        shared.expire(store, thread);
        deadline = now.checked_add(AGAIN);
    }
}
