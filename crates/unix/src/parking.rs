//! Threads that wait at an address: `memory.atomic.wait` and `notify`.
//!
//! Where the kernel has them, 32-bit waits are its futexes. All others go by a
//! table of buckets, chosen by the address; each has a lock and its waiters in
//! the order in which they came. Two memories never share an address, and a
//! memory that several instances share has one address in all of them.

#[cfg(target_os = "linux")]
use crate::futex;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use wasmjit_runtime::platform::{WaitResult, WaitValue};

const BUCKETS: usize = 64;

static TABLE: [Bucket; BUCKETS] = [const { Bucket(Mutex::new(VecDeque::new())) }; BUCKETS];

/// Threads that wait by the table, or are about to.
static IN_TABLE: AtomicUsize = AtomicUsize::new(0);

struct Bucket(Mutex<VecDeque<Waiter>>);

struct Waiter {
    address: usize,
    /// Shared with the thread that waits.
    wake: Arc<Condvar>,
}

impl Bucket {
    fn of(address: usize) -> &'static Self {
        // Multiplicative hashing; addresses are multiples of 4.
        let hash = (address >> 2).wrapping_mul(0x9e37_79b9_7f4a_7c15_u64 as usize);
        &TABLE[(hash >> (usize::BITS - BUCKETS.trailing_zeros())) % BUCKETS]
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Waiter>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits; see [`wasmjit_runtime::platform::Platform::atomic_wait`].
///
/// # Safety
/// `address` must stay readable and be aligned.
pub(crate) unsafe fn wait(
    address: *const u8,
    expected: WaitValue,
    timeout_ns: i64,
    interrupted: &dyn Fn() -> bool,
) -> WaitResult {
    #[cfg(target_os = "linux")]
    if let WaitValue::Bits32(value) = expected {
        // SAFETY: the caller's promise.
        let result = unsafe { futex::wait(address, value, timeout_ns, interrupted) };
        if let Some(result) = result {
            return result;
        }
    }
    // Before the value is read: whoever changes it then sees the waiter.
    IN_TABLE.fetch_add(1, Ordering::SeqCst);
    // SAFETY: the caller's promise.
    let result = unsafe { wait_in_table(address, expected, timeout_ns, interrupted) };
    IN_TABLE.fetch_sub(1, Ordering::SeqCst);
    result
}

/// As [`wait`], by the table.
///
/// # Safety
/// `address` must stay readable and be aligned.
unsafe fn wait_in_table(
    address: *const u8,
    expected: WaitValue,
    timeout_ns: i64,
    interrupted: &dyn Fn() -> bool,
) -> WaitResult {
    let deadline = u64::try_from(timeout_ns)
        .ok()
        .and_then(|ns| Instant::now().checked_add(Duration::from_nanos(ns)));
    let bucket = Bucket::of(address as usize);
    let mut waiters = bucket.lock();
    // SAFETY: readable and aligned, says the caller; others access it atomically.
    let equal = unsafe {
        match expected {
            WaitValue::Bits32(value) => {
                (*address.cast::<AtomicU32>()).load(Ordering::SeqCst) == value
            }
            WaitValue::Bits64(value) => {
                (*address.cast::<AtomicU64>()).load(Ordering::SeqCst) == value
            }
        }
    };
    if !equal {
        return WaitResult::NotEqual;
    }
    let wake = Arc::new(Condvar::new());
    waiters.push_back(Waiter {
        address: address as usize,
        wake: wake.clone(),
    });
    loop {
        // Whoever notifies takes the waiter out of the queue.
        let Some(at) = waiters.iter().position(|w| Arc::ptr_eq(&w.wake, &wake)) else {
            return WaitResult::Woken;
        };
        let end = if interrupted() {
            Some(WaitResult::Interrupted)
        } else if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            Some(WaitResult::TimedOut)
        } else {
            None
        };
        if let Some(end) = end {
            waiters.remove(at);
            return end;
        }
        waiters = match deadline {
            Some(deadline) => {
                let rest = deadline.saturating_duration_since(Instant::now());
                let woken = wake.wait_timeout(waiters, rest);
                woken.unwrap_or_else(PoisonError::into_inner).0
            }
            None => wake.wait(waiters).unwrap_or_else(PoisonError::into_inner),
        };
    }
}

/// Wakes up to `count` waiters; returns how many.
pub(crate) fn notify(address: *const u8, count: u32) -> u32 {
    let mut woken = 0;
    if IN_TABLE.load(Ordering::SeqCst) > 0 {
        woken = notify_in_table(address, count);
    }
    #[cfg(target_os = "linux")]
    if woken < count {
        woken += futex::notify(address, count - woken);
    }
    woken
}

fn notify_in_table(address: *const u8, count: u32) -> u32 {
    let mut waiters = Bucket::of(address as usize).lock();
    let mut woken = 0;
    waiters.retain(|waiter| {
        if woken == count || waiter.address != address as usize {
            return true;
        }
        waiter.wake.notify_one();
        woken += 1;
        false
    });
    woken
}

/// Makes every waiter look whether it is interrupted.
pub(crate) fn wake_all() {
    #[cfg(target_os = "linux")]
    futex::wake_all();
    for bucket in &TABLE {
        for waiter in bucket.lock().iter() {
            waiter.wake.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;
    use std::thread;

    fn address(cell: &AtomicU32) -> *const u8 {
        std::ptr::from_ref(cell).cast()
    }

    #[test]
    fn other_value_and_timeout() {
        let cell = AtomicU32::new(1);
        // SAFETY: the cell lives on.
        unsafe {
            let wait = |value, ns| wait(address(&cell), WaitValue::Bits32(value), ns, &|| false);
            assert_eq!(wait(2, -1), WaitResult::NotEqual);
            assert_eq!(wait(1, 0), WaitResult::TimedOut);
            assert_eq!(wait(1, 1_000_000), WaitResult::TimedOut);
        }
        assert_eq!(notify(address(&cell), 1), 0);
    }

    #[test]
    fn notified_in_order() {
        let cell = Arc::new(AtomicU32::new(7));
        let threads: Vec<_> = (0..3)
            .map(|_| {
                let cell = cell.clone();
                // SAFETY: the thread keeps the cell alive.
                thread::spawn(move || unsafe {
                    wait(address(&cell), WaitValue::Bits32(7), -1, &|| false)
                })
            })
            .collect();
        let mut woken = 0;
        while woken < 3 {
            woken += notify(address(&cell), 2);
            thread::yield_now();
        }
        for thread in threads {
            assert_eq!(thread.join().unwrap(), WaitResult::Woken);
        }
    }

    #[test]
    fn wide_values_and_narrow_ones_at_one_address() {
        let cell = AtomicU64::new(7);
        let at = std::ptr::from_ref(&cell).cast::<u8>() as usize;
        thread::scope(|scope| {
            let values = [WaitValue::Bits64(7), WaitValue::Bits32(7)];
            let waiters = values.map(|value| {
                // SAFETY: the cell outlives the scope.
                scope.spawn(move || unsafe { wait(at as *const u8, value, -1, &|| false) })
            });
            let mut woken = 0;
            while woken < 2 {
                woken += notify(at as *const u8, 1);
                thread::yield_now();
            }
            for waiter in waiters {
                assert_eq!(waiter.join().unwrap(), WaitResult::Woken);
            }
        });
    }

    #[test]
    fn interrupted() {
        let cell = AtomicU32::new(0);
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            // SAFETY: the cell outlives the scope.
            let waiter = scope.spawn(|| unsafe {
                wait(address(&cell), WaitValue::Bits32(0), -1, &|| {
                    stop.load(Ordering::Relaxed)
                })
            });
            stop.store(true, Ordering::Relaxed);
            while !waiter.is_finished() {
                wake_all();
                thread::yield_now();
            }
            assert_eq!(waiter.join().unwrap(), WaitResult::Interrupted);
        });
    }
}
