//! Copying a process in which several threads work for the runtime.
//!
//! A copy made by `fork` has one thread. A lock that another thread held at that
//! moment would stay locked there for ever, and what it protects would be half
//! done. Therefore whoever compiles [joins](join) for that time, and whoever is
//! about to make a copy [waits](alone) until nobody does. Code is finished in the
//! copy function by function, as in the original; what another thread had begun
//! is begun anew.

use core::marker::PhantomData;
use core::sync::atomic::{AtomicUsize, Ordering};

/// Who is inside: two for each thread that has joined, and one if a thread is alone
/// or waits to be. Not a lock of a library's: those change their word for a moment
/// also when they are refused, and the copy would have it so for ever.
static GATE: AtomicUsize = AtomicUsize::new(0);

const ALONE: usize = 1;
const JOINED: usize = 2;

/// While it exists, the process is not copied. It stays on its thread.
pub struct Joined(PhantomData<*const ()>);

/// While it exists, no other thread holds a lock of the compiler. It stays on its
/// thread.
pub struct Alone(PhantomData<*const ()>);

/// Changes the gate if nobody is alone or waits to be.
fn enter(by: usize) -> bool {
    let add = |inside: usize| (inside & ALONE == 0).then_some(inside + by);
    GATE.fetch_update(Ordering::Acquire, Ordering::Relaxed, add)
        .is_ok()
}

/// Keeps the process from being copied until the result is dropped: for work on
/// what threads share that must not be seen half done. A thread joins once at a
/// time, and makes no copy meanwhile.
pub fn join() -> Joined {
    while !enter(JOINED) {
        core::hint::spin_loop();
    }
    Joined(PhantomData)
}

/// Waits until no thread has [joined](join); none can until the result is
/// dropped, which a copy of the process does as well. `relax` is called again
/// and again while that takes time.
pub fn alone(relax: impl Fn()) -> Alone {
    while !enter(ALONE) {
        relax();
    }
    while GATE.load(Ordering::Acquire) != ALONE {
        relax();
    }
    Alone(PhantomData)
}

impl Drop for Joined {
    fn drop(&mut self) {
        GATE.fetch_sub(JOINED, Ordering::Release);
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        GATE.store(0, Ordering::Release);
    }
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
