//! The seam to the host's signals.
//!
//! A guest's signals are the host's: a signal that the guest ignores or leaves to
//! its default action is ignored or left so by the host, and what a thread of the
//! guest blocks its host thread blocks. Only where the guest has a handler, the
//! host catches the signal, keeps it with the thread that it arrived at, and
//! blocks all others there until the thread has taken it.

use crate::errno::Errno;
use wasmjit_runtime::InterruptHandle;

/// Bytes of a `siginfo_t` of a 64-bit Linux.
pub const INFO_SIZE: usize = 128;

/// What the host does about a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// The default action.
    Default,
    /// Nothing.
    Ignore,
    /// Catches it for the guest.
    Catch,
}

/// A signal that was caught for the calling thread.
#[derive(Clone, Copy)]
pub struct Caught {
    /// A `siginfo_t` of a 64-bit Linux.
    pub info: [u8; INFO_SIZE],
    /// The signals that the thread blocked when it arrived.
    pub mask: u64,
}

/// What a [`crate::Kernel`] offers for signals. Signal sets have a bit for each
/// signal, the lowest for signal 1.
pub trait Signals: Send + Sync {
    /// The calling thread is about to run code of the guest: signals for it
    /// interrupt that code. Signals that arrive at threads of which this is not
    /// so are left to the others.
    fn begin(&self, interrupt: InterruptHandle);

    /// The calling thread will not run code of the guest any more. It blocks all
    /// signals from now on.
    fn end(&self);

    /// Takes the signal that was caught for the calling thread. All signals stay
    /// blocked until [`Self::set_mask`].
    fn take(&self) -> Option<Caught>;

    /// Whether the thread's code was interrupted because of a signal, since the
    /// last call of this function.
    fn take_attention(&self) -> bool;

    /// Sets which signals the calling thread blocks, as soon as it has none to
    /// take.
    fn set_mask(&self, mask: u64);

    /// What is done about a signal. One that the embedder handles itself counts
    /// as left to its default action.
    ///
    /// # Errors
    /// `EINVAL` for a signal that there is not.
    fn disposition(&self, signal: i32) -> Result<Disposition, Errno>;

    /// Sets what is done about a signal; `flags` may have `SA_RESTART`,
    /// `SA_NOCLDSTOP` and `SA_NOCLDWAIT`, in Linux's numbers.
    ///
    /// # Errors
    /// `EINVAL` for a signal with which this cannot be done.
    fn set_disposition(
        &self,
        signal: i32,
        disposition: Disposition,
        flags: u32,
    ) -> Result<(), Errno>;

    /// Signals that a thread never blocks for the guest, because the host needs
    /// them.
    fn reserved(&self) -> u64;
}
