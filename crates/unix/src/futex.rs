//! Waiting at a 32-bit word by the kernel's futexes.
//!
//! `futex_waitv` waits at two words at once: the caller's, and one that changes
//! when waiters shall look whether they are interrupted. So no such request is
//! ever lost. Signals end the wait as well.
//!
//! The caller's word may be in memory that other processes share, and so may be those
//! who wait: the kernel is not told that it is private.

use std::ptr::null;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use wasmjit_runtime::platform::WaitResult;

/// Changes with each request to look.
static REQUESTS: AtomicU32 = AtomicU32::new(0);

/// The kernel is older than 5.16, or does not allow the call.
static MISSING: AtomicBool = AtomicBool::new(false);

const FUTEX2_SIZE_U32: u32 = 2;
const FUTEX2_PRIVATE: u32 = 128;

/// The kernel's `struct futex_waitv`.
#[repr(C)]
struct Waiter {
    value: u64,
    address: u64,
    flags: u32,
    reserved: u32,
}

impl Waiter {
    /// For a word that is this process's alone if the flags say so.
    fn new(address: *const u8, value: u32, flags: u32) -> Self {
        Self {
            value: value.into(),
            address: address as u64,
            flags: FUTEX2_SIZE_U32 | flags,
            reserved: 0,
        }
    }
}

/// Waits as [`wasmjit_runtime::platform::Platform::atomic_wait`] does; `None`
/// when the kernel cannot, and nothing was done.
///
/// # Safety
/// `address` must stay readable and be aligned.
pub(crate) unsafe fn wait(
    address: *const u8,
    expected: u32,
    timeout_ns: i64,
    interrupted: &dyn Fn() -> bool,
) -> Option<WaitResult> {
    if MISSING.load(Ordering::Relaxed) {
        return None;
    }
    let deadline = u64::try_from(timeout_ns).ok().map(deadline);
    let mut waited = false;
    loop {
        let requests = REQUESTS.load(Ordering::SeqCst);
        if interrupted() {
            return Some(WaitResult::Interrupted);
        }
        let waiters = [
            Waiter::new(address, expected, 0),
            Waiter::new((&raw const REQUESTS).cast(), requests, FUTEX2_PRIVATE),
        ];
        let end = deadline.as_ref().map_or(null(), |time| &raw const *time);
        // SAFETY: the call reads what is passed, and the words.
        let woken = unsafe {
            libc::syscall(
                libc::SYS_futex_waitv,
                waiters.as_ptr(),
                waiters.len(),
                0,
                end,
                libc::CLOCK_MONOTONIC,
            )
        };
        if woken == 0 {
            return Some(WaitResult::Woken);
        }
        let error = match woken {
            1.. => 0,
            _ => std::io::Error::last_os_error().raw_os_error().unwrap_or(0),
        };
        match error {
            libc::ETIMEDOUT => return Some(WaitResult::TimedOut),
            libc::EAGAIN => {
                // SAFETY: readable and aligned, says the caller.
                let word = unsafe { &*address.cast::<AtomicU32>() };
                if word.load(Ordering::SeqCst) != expected {
                    let result = match waited {
                        true => WaitResult::Woken,
                        false => WaitResult::NotEqual,
                    };
                    return Some(result);
                }
                // Then it was the other word.
            }
            0 | libc::EINTR => waited = true,
            _ => {
                MISSING.store(true, Ordering::Relaxed);
                return None;
            }
        }
    }
}

/// So many nanoseconds from now.
fn deadline(ns: u64) -> libc::timespec {
    const SECOND: u64 = 1_000_000_000;
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: writes the time.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut time) };
    let nanos = time.tv_nsec as u64 + ns % SECOND;
    time.tv_sec += (ns / SECOND + nanos / SECOND) as libc::time_t;
    time.tv_nsec = (nanos % SECOND) as libc::c_long;
    time
}

/// Lets the calling thread look whether it is interrupted before it waits. May be
/// used in a signal handler.
pub(crate) fn request() {
    REQUESTS.fetch_add(1, Ordering::SeqCst);
}

/// Makes every waiter look whether it is interrupted.
pub(crate) fn wake_all() {
    request();
    wake(
        (&raw const REQUESTS).cast(),
        u32::MAX,
        libc::FUTEX_PRIVATE_FLAG,
    );
}

/// Wakes up to `count` waiters, of all processes; returns how many.
pub(crate) fn notify(address: *const u8, count: u32) -> u32 {
    wake(address, count, 0)
}

fn wake(address: *const u8, count: u32, flags: libc::c_int) -> u32 {
    let count = count.min(i32::MAX as u32);
    // SAFETY: the address is only compared with those of waiters.
    let woken = unsafe { libc::syscall(libc::SYS_futex, address, libc::FUTEX_WAKE | flags, count) };
    woken.max(0) as u32
}
