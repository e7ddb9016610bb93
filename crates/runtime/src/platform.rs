//! The seam to the machine and operating system.

use crate::vm::StoreContext;
use core::ptr::NonNull;
use core::sync::atomic::AtomicU32;

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

    /// Whether every memory gets a reservation of
    /// [`GUARDED_RESERVATION`](crate::codegen::GUARDED_RESERVATION) bytes, those
    /// whose accesses are checked too: then they never move.
    fn reserves_in_full(&self) -> bool {
        false
    }

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

    /// What room for code is handed out in multiples of: a power of two, at least 64,
    /// to which code is aligned. A page, where its access rights are changed.
    fn code_unit(&self) -> usize {
        self.page_size()
    }

    /// Reserves address space for code, as [`Self::reserve`] does.
    fn reserve_code(&self, bytes: usize) -> Option<NonNull<u8>> {
        self.reserve(bytes)
    }

    /// Makes a part (in [units](Self::code_unit)) of a reservation for code ready to be filled, and returns
    /// where they can be written: there, or at a second address.
    ///
    /// # Safety
    /// As [`Self::commit`], for a range of [`Self::reserve_code`].
    unsafe fn commit_code(&self, start: NonNull<u8>, bytes: usize) -> Option<NonNull<u8>> {
        // SAFETY: the caller's promise.
        unsafe { self.commit(start, bytes) }.then_some(start)
    }

    /// Gives a whole reservation for code back.
    ///
    /// # Safety
    /// As [`Self::release`], for a range of [`Self::reserve_code`].
    unsafe fn release_code(&self, start: NonNull<u8>, bytes: usize) {
        // SAFETY: the caller's promise.
        unsafe { self.release(start, bytes) }
    }

    /// Turns committed pages into executable, no longer writable code, visible
    /// to instruction fetch on every CPU.
    ///
    /// # Safety
    /// The range must be of whole units, committed, and hold finished code.
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

    /// The word that [`StoreContext::attention`] points to while the calling
    /// thread runs code, where there is such a word.
    fn attention(&self) -> *const AtomicU32 {
        core::ptr::null()
    }

    /// Whether [`Self::interrupt_thread`] reaches compiled code at any instruction, so
    /// that its loops need not ask whether something wants attention. Then
    /// [`Self::set_current`] keeps [`StoreContext::runner`]. Must not change while
    /// there are engines.
    fn interrupts_loops(&self) -> bool {
        false
    }

    /// Makes a thread that runs compiled code notice that its store was interrupted:
    /// lets it go on in [`crate::arch::poll_anywhere`] if it is in such code, or where
    /// [`crate::arch::returns_to_code`]. May be used in a signal handler.
    fn interrupt_thread(&self, _runner: u64) {}

    /// Called where compiled code asks whether something wants attention; may
    /// block. Returns true when the code shall be interrupted.
    fn attend(&self) -> bool {
        false
    }

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

    /// Fills `length` bytes of a linear memory; returns false when that
    /// faulted. Only asked where the feature `ring0` is on, as the next two.
    ///
    /// # Safety
    /// The range must lie in a linear memory of this thread's store.
    unsafe fn fill_guest(&self, to: NonNull<u8>, byte: u8, length: usize) -> bool {
        // SAFETY: the caller's promise.
        unsafe { to.write_bytes(byte, length) };
        true
    }

    /// Copies between linear memories; the ranges may overlap.
    ///
    /// # Safety
    /// As [`Self::fill_guest`], for both ranges.
    unsafe fn copy_guest(&self, to: NonNull<u8>, from: NonNull<u8>, length: usize) -> bool {
        // SAFETY: the caller's promise.
        unsafe { from.copy_to(to, length) };
        true
    }

    /// Copies bytes of the runtime's to a linear memory.
    ///
    /// # Safety
    /// As [`Self::fill_guest`].
    unsafe fn write_guest(&self, to: NonNull<u8>, from: &[u8]) -> bool {
        // SAFETY: the caller's promise.
        unsafe { to.copy_from_nonoverlapping(NonNull::from(from).cast(), from.len()) };
        true
    }

    /// Makes every blocked [`Self::atomic_wait`] look whether it is
    /// interrupted. A platform whose waits look regularly has nothing to do.
    fn wake_all(&self) {}

    /// The calling thread works for the runtime and never runs WebAssembly: what
    /// the process has for the program, as signals and the numbers of descriptors,
    /// is for other threads.
    fn stand_aside(&self) {}
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
