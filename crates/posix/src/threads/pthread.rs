//! What the host knows of the C library's `struct pthread`.

use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::guest::GuestPtr;
use crate::threads::Threads;
use core::sync::atomic::Ordering;

/// Where its stack's description is in older versions of Emscripten, up to
/// 3.1.20 or so.
const OLD_STACK: u64 = 44;

/// A guest thread's `struct pthread`.
#[derive(Clone, Copy)]
pub(crate) struct Pthread {
    address: u64,
    /// Offset of the address of the stack's end, which its size follows.
    stack: u64,
}

impl Pthread {
    /// The structure of a thread that is there already.
    pub(crate) fn of(ctx: &Ctx<'_, '_>, address: u64) -> Result<Self, Errno> {
        match ctx.shared().threads.pthread_stack.load(Ordering::Relaxed) {
            0 => Self::new(ctx, address),
            stack => Ok(Self { address, stack }),
        }
    }

    /// Finds out how a structure that `pthread_create` has just filled is laid
    /// out.
    ///
    /// Newer versions allocate it together with what belongs to the thread, and
    /// note where that begins (which is where the structure begins), how long it
    /// is, and then the stack. Older ones leave the first two zero. So does the
    /// structure of the first thread, and others may stand for one in lists of it: once
    /// a thread was started, what was found out holds for all.
    pub(crate) fn new(ctx: &Ctx<'_, '_>, address: u64) -> Result<Self, Errno> {
        let word = ctx.pointer_size();
        let fields = (3 * word..16 * word).step_by(word as usize);
        for field in fields {
            if ctx.read_word(address.wrapping_add(field))? == address {
                return Ok(Self {
                    address,
                    stack: field + 2 * word,
                });
            }
        }
        Ok(Self {
            address,
            stack: OLD_STACK,
        })
    }

    /// Remembers the layout for other threads.
    pub(crate) fn note_layout(self, threads: &Threads) {
        threads.pthread_stack.store(self.stack, Ordering::Relaxed);
    }

    /// The end of its stack, where it begins to grow from, and its size.
    pub(crate) fn stack(self, ctx: &Ctx<'_, '_>) -> Result<(u64, u64), Errno> {
        let at = self.address.wrapping_add(self.stack);
        let end = ctx.read_word(at)?;
        let size = ctx.read_word(at.wrapping_add(ctx.pointer_size()))?;
        if end == 0 || size > end {
            return Err(Errno::EINVAL);
        }
        Ok((end, size))
    }

    /// Gives it the number by which the kernel knows the thread. The C library has
    /// made one up, which `gettid` returns and clocks of threads are made of.
    pub(crate) fn set_number(self, ctx: &Ctx<'_, '_>, number: u64) -> Result<(), Errno> {
        /// From the number to the stack: four words of 32 bits, three bytes, and the
        /// address and length of the thread's memory, with pointers of 32 and 64 bits.
        const NUMBER_TO_STACK: [u64; 2] = [28, 40];
        let distance = NUMBER_TO_STACK[usize::from(ctx.wide())];
        let at = self.address.wrapping_add(self.stack - distance);
        ctx.memory().write(GuestPtr::new(at), number as u32)
    }

    /// Whether the thread shall end (`pthread_cancel`) and may: anywhere, or
    /// where it waits.
    pub(crate) fn cancellation(self, ctx: &Ctx<'_, '_>) -> Cancellation {
        /// From the flag that asks for it to the stack, with pointers of 32 bits.
        const FLAG_TO_STACK: u64 = 16;
        /// `PTHREAD_CANCEL_MASKED` of the C library.
        const MASKED: u8 = 2;
        if ctx.wide() {
            return Cancellation::No;
        }
        let at = self.address.wrapping_add(self.stack - FLAG_TO_STACK);
        let memory = ctx.memory();
        let wanted = memory.read(GuestPtr::<u32>::new(at));
        let state = memory.read(GuestPtr::<[u8; 2]>::new(at.wrapping_add(4)));
        match (wanted, state) {
            (Ok(1..), Ok([0, 0])) => Cancellation::WhereItWaits,
            (Ok(1..), Ok([0, _])) => Cancellation::Anywhere,
            (Ok(1..), Ok([MASKED, _])) => Cancellation::Told,
            _ => Cancellation::No,
        }
    }
}

/// Where a guest thread may be ended now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cancellation {
    /// Nowhere: nobody wants it, or it does not allow it.
    No,
    /// In calls that wait.
    WhereItWaits,
    /// Anywhere.
    Anywhere,
    /// Where it waits for a word, it is told so instead, and sees to it itself.
    Told,
}
