//! Copying a process in which several threads work for the runtime.
//!
//! A copy made by `fork` has one thread. A lock that another thread held at that
//! moment would stay locked there for ever, and what it protects would be half
//! done. Therefore whoever compiles [joins](join) for that time, and whoever is
//! about to make a copy [waits](alone) until nobody does. Code is finished in the
//! copy function by function, as in the original; what another thread had begun
//! is begun anew.

use core::sync::atomic::{AtomicBool, Ordering};
use spin::{RwLock, RwLockReadGuard, RwLockWriteGuard};

static GATE: RwLock<()> = RwLock::new(());

/// Somebody waits to be alone: nobody else joins meanwhile.
static WANTED: AtomicBool = AtomicBool::new(false);

/// While it exists, the process is not copied.
pub struct Joined(#[expect(dead_code, reason = "held")] RwLockReadGuard<'static, ()>);

/// While it exists, no other thread holds a lock of the compiler.
pub struct Alone(#[expect(dead_code, reason = "held")] RwLockWriteGuard<'static, ()>);

/// Keeps the process from being copied until the result is dropped: for work on
/// what threads share that must not be seen half done. A thread joins once at a
/// time, and makes no copy meanwhile.
pub fn join() -> Joined {
    loop {
        if !WANTED.load(Ordering::Acquire)
            && let Some(guard) = GATE.try_read()
        {
            return Joined(guard);
        }
        core::hint::spin_loop();
    }
}

/// Waits until no thread has [joined](join); none can until the result is
/// dropped, which a copy of the process does as well. `relax` is called again
/// and again while that takes time.
pub fn alone(relax: impl Fn()) -> Alone {
    while WANTED.swap(true, Ordering::AcqRel) {
        relax();
    }
    let guard = loop {
        match GATE.try_write() {
            Some(guard) => break guard,
            None => relax(),
        }
    };
    WANTED.store(false, Ordering::Release);
    Alone(guard)
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::sync::atomic::AtomicU32;

    #[test]
    fn one_is_alone() {
        let inside = AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for _ in 0..1000 {
                        let _joined = join();
                        inside.fetch_add(1, Ordering::SeqCst);
                        inside.fetch_sub(1, Ordering::SeqCst);
                    }
                });
            }
            for _ in 0..100 {
                let _alone = alone(std::thread::yield_now);
                assert_eq!(inside.load(Ordering::SeqCst), 0);
            }
        });
    }
}
