//! The seam to the machine and operating system.

use crate::vm::StoreContext;
use core::ptr::NonNull;

/// What the runtime needs from the place it runs in.
///
/// # Safety
/// Implementations must return memory that is valid as described; the
/// runtime's memory safety rests on it.
pub unsafe trait Platform: Send + Sync {
    /// Size of a page of memory, a power of two.
    fn page_size(&self) -> usize;

    /// Reserves `bytes` (a multiple of the page size) of address space without
    /// access rights. `None` when there is no room.
    fn reserve(&self, bytes: usize) -> Option<NonNull<u8>>;

    /// Makes pages of a reservation readable and writable; they read as zero.
    /// Returns false when there is no memory.
    ///
    /// # Safety
    /// The range must lie in a reservation, be page-aligned and not yet
    /// committed.
    unsafe fn commit(&self, start: NonNull<u8>, bytes: usize) -> bool;

    /// Gives a whole reservation back.
    ///
    /// # Safety
    /// Must be exactly a range that [`Self::reserve`] returned, no longer used.
    unsafe fn release(&self, start: NonNull<u8>, bytes: usize);

    /// Turns committed pages into executable, no longer writable code, visible
    /// to instruction fetch on every CPU.
    ///
    /// # Safety
    /// The range must be page-aligned, committed, and hold finished code.
    unsafe fn make_executable(&self, start: NonNull<u8>, bytes: usize) -> bool;

    /// Whether the platform can turn faults of compiled code into traps (it
    /// catches faults and redirects them to [`crate::arch::trap_landing`]).
    fn catches_faults(&self) -> bool;

    /// Called when the calling thread starts (`context`) or stops (null) to
    /// run code of a store; returns what was set before. The fault handler
    /// works with the current one.
    fn set_current(&self, context: *mut StoreContext) -> *mut StoreContext;

    /// Lowest stack address that compiled code may use on the calling thread;
    /// leaves room below it for host functions and signal handlers.
    fn stack_limit(&self) -> usize;

    /// Blocks while the value at `address` (of 4 or 8 bytes as `expected`
    /// says) equals `expected`, until notified, `timeout_ns` has passed
    /// (negative: never), or `interrupted` returns true (polled when woken by
    /// [`Self::wake_all`] or a signal).
    ///
    /// # Safety
    /// `address` must stay readable and be aligned.
    unsafe fn atomic_wait(
        &self,
        address: *const u8,
        expected: WaitValue,
        timeout_ns: i64,
        interrupted: &dyn Fn() -> bool,
    ) -> WaitResult;

    /// Wakes up to `count` waiters at `address`; returns how many.
    fn atomic_notify(&self, address: *const u8, count: u32) -> u32;

    /// Makes every blocked [`Self::atomic_wait`] look whether it is
    /// interrupted. A platform whose waits look regularly has nothing to do.
    fn wake_all(&self) {}
}

/// The value that a waiter expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitValue {
    /// `memory.atomic.wait32`
    Bits32(u32),
    /// `memory.atomic.wait64`
    Bits64(u64),
}

/// How a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitResult {
    /// Woken by a notification.
    Woken,
    /// The value was another one.
    NotEqual,
    /// The time was over.
    TimedOut,
    /// The store was interrupted.
    Interrupted,
}
