//! Interrupting loops of compiled code that do not ask whether they should end.
//!
//! Whoever interrupts a store sends its thread the signal of [`crate::kick`]. If that
//! finds the thread in compiled code, its handler lets it poll there and go on; anywhere
//! else the thread asks by itself when it comes back to compiled code.

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub(crate) use here::{look_up, resume, run_by_this_thread, this_is_a_copy};

use std::sync::atomic::{AtomicBool, Ordering};

static ON: AtomicBool = AtomicBool::new(false);

/// Lets loops run without asking for attention, in the engines that are made from now
/// on: interruptions reach them by `SIGURG`, where that is possible (Linux on x86-64).
/// For commands; a library has no business to take a signal. To be called before the
/// first engine is made.
pub fn interrupt_loops() {
    if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        crate::kick::install();
        ON.store(true, Ordering::Relaxed);
    }
}

/// Whether [`interrupt_loops`] was called.
pub(crate) fn are_interrupted() -> bool {
    ON.load(Ordering::Relaxed)
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod here {
    use crate::{code, current, kick, machine};
    use libc::{REG_EFL, REG_RIP, REG_RSP, c_void, ucontext_t};
    use std::cell::Cell;
    use std::sync::atomic::Ordering;
    use wasmjit_runtime::arch::{poll_anywhere, polled_anywhere, returns_to_code};
    use wasmjit_runtime::vm::{INTERRUPTED, StoreContext};

    thread_local! {
        /// The thread's number; 0 while it has not been asked for.
        static NUMBER: Cell<u64> = const { Cell::new(0) };
    }

    /// Notes that the calling thread runs a store's code.
    ///
    /// # Safety
    /// `context` must be valid.
    pub(crate) unsafe fn run_by_this_thread(context: *mut StoreContext) {
        let number = match NUMBER.get() {
            0 => {
                let number = kick::Thread::current().id();
                NUMBER.set(number);
                number
            }
            number => number,
        };
        // SAFETY: the caller's promise; the field is atomic.
        let runner = unsafe { &(*context).runner };
        if runner.load(Ordering::Relaxed) != number {
            // Before the code looks whether it was interrupted.
            runner.store(number, Ordering::SeqCst);
        }
    }

    /// In a copy of the process: its thread has another number.
    pub(crate) fn this_is_a_copy() {
        NUMBER.set(0);
        let context = current::get();
        if super::are_interrupted() && !context.is_null() {
            // SAFETY: the store runs on this thread.
            unsafe { run_by_this_thread(context) };
        }
    }

    fn registers<'a>(context: *mut c_void) -> &'a mut [i64; 23] {
        // SAFETY: the third argument of a handler is a `ucontext_t`, which is the
        // handler's alone.
        unsafe { &mut (*context.cast::<ucontext_t>()).uc_mcontext.gregs }
    }

    /// If the thread was interrupted in compiled code of a store that wants attention,
    /// makes it poll there.
    ///
    /// # Safety
    /// `context` must be the third argument of a handler with `SA_SIGINFO`.
    pub(crate) unsafe fn look_up(context: *mut c_void) {
        let store = current::get();
        // SAFETY: what the thread runs is valid; the field is atomic.
        if store.is_null() || unsafe { !wants_attention(store) } {
            return;
        }
        // SAFETY: the caller's context.
        let pc = unsafe { machine::registers(context) }.pc;
        if super::are_interrupted() && (code::contains(pc) || returns_to_code(pc)) {
            let registers = registers(context);
            let sp = registers[REG_RSP as usize] as usize - 16;
            // SAFETY: compiled code has no red zone, and leaves more room than this
            // below it.
            unsafe { (sp as *mut [usize; 2]).write([store as usize, pc]) };
            registers[REG_RSP as usize] = sp as i64;
            registers[REG_RIP as usize] = poll_anywhere as *const () as i64;
        }
    }

    /// If the thread has polled for [`look_up`], lets it go on where it was, or poll
    /// again. Returns false otherwise. The signal of kicks must be blocked: one that
    /// comes now then finds the thread in compiled code.
    ///
    /// # Safety
    /// As for [`look_up`], for a fault of an instruction.
    pub(crate) unsafe fn resume(context: *mut c_void) -> bool {
        let registers = registers(context);
        if registers[REG_RIP as usize] != polled_anywhere as *const () as i64 {
            return false;
        }
        let sp = registers[REG_RSP as usize] as usize;
        // SAFETY: nothing else leads to that instruction: these are the flags, which
        // `poll_anywhere` has pushed, and what `look_up` has written.
        let [flags, store, pc] = unsafe { (sp as *const [usize; 3]).read() };
        registers[REG_EFL as usize] = flags as i64;
        // SAFETY: the store that the thread runs.
        let (sp, pc) = if unsafe { wants_attention(store as *mut StoreContext) } {
            (sp + 8, poll_anywhere as *const () as usize)
        } else {
            (sp + 24, pc)
        };
        registers[REG_RSP as usize] = sp as i64;
        registers[REG_RIP as usize] = pc as i64;
        true
    }

    /// # Safety
    /// `store` must be valid.
    unsafe fn wants_attention(store: *mut StoreContext) -> bool {
        // SAFETY: the caller's promise; the field is atomic.
        unsafe { (*store).stack_limit.load(Ordering::Acquire) == INTERRUPTED }
    }
}
