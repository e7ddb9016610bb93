//! `siginfo_t`, `struct sigaction` as system calls have it, `stack_t`, `sigevent`.

use super::Encoder;
use crate::errno::Errno;
use crate::guest::{GuestMemory, GuestPtr};
use crate::signals::{Action, INFO_SIZE};

/// Bytes of a guest's `siginfo_t`.
pub(crate) const SIZE: u64 = 128;

/// Where the kernel's 64-bit `siginfo_t` has what depends on the signal, and where
/// a guest with 32-bit pointers has it.
const KERNEL_FIELDS: usize = 16;
const GUEST_FIELDS: usize = 12;

const SIGILL: i32 = 4;
const SIGTRAP: i32 = 5;
const SIGBUS: i32 = 7;
const SIGFPE: i32 = 8;
const SIGSEGV: i32 = 11;
const SIGCHLD: i32 = 17;
const SIGPOLL: i32 = 29;

fn word(info: &[u8; INFO_SIZE], at: usize) -> u32 {
    let mut bytes = [0; 4];
    bytes.copy_from_slice(&info[at..at + 4]);
    u32::from_le_bytes(bytes)
}

/// Number of the signal.
pub(crate) fn signal(info: &[u8; INFO_SIZE]) -> i32 {
    word(info, 0) as i32
}

/// Writes the kernel's `siginfo_t` as the guest has it.
///
/// # Errors
/// `EFAULT` outside of memory.
pub(crate) fn write(
    memory: GuestMemory<'_>,
    at: u64,
    info: &[u8; INFO_SIZE],
    wide: bool,
) -> Result<(), Errno> {
    let encoded = if wide { *info } else { encode(info) };
    memory.write(GuestPtr::new(at), encoded)
}

/// The kernel's `siginfo_t` as a guest with 32-bit pointers has it.
fn encode(info: &[u8; INFO_SIZE]) -> [u8; SIZE as usize] {
    let mut e = Encoder::<{ SIZE as usize }>::new();
    for at in [0, 4, 8] {
        e.u32(at, word(info, at));
    }
    // Words of 32 bits, one after the other.
    let mut copy = |words: usize| {
        for i in 0..words {
            e.u32(GUEST_FIELDS + 4 * i, word(info, KERNEL_FIELDS + 4 * i));
        }
    };
    match (word(info, 0) as i32, word(info, 8) as i32) {
        (SIGCHLD, 1..) => {
            // Process, user, status; then times of a word each.
            copy(3);
            e.u32(GUEST_FIELDS + 12, word(info, 32));
            e.u32(GUEST_FIELDS + 16, word(info, 40));
        }
        (SIGPOLL, 1..) => {
            e.u32(GUEST_FIELDS, word(info, 16));
            e.u32(GUEST_FIELDS + 4, word(info, 24));
        }
        (SIGILL | SIGTRAP | SIGBUS | SIGFPE | SIGSEGV, 1..) => copy(1),
        // Sender and user, or timer and overrun; and the low word of the value.
        _ => copy(3),
    }
    e.0
}

/// Reads the guest's `siginfo_t` of a signal to be sent with a value, as the kernel
/// has it.
///
/// # Errors
/// `EFAULT` outside of memory.
pub(crate) fn read_queued(
    memory: GuestMemory<'_>,
    at: GuestPtr<u8>,
    wide: bool,
) -> Result<[u8; INFO_SIZE], Errno> {
    let guest = memory.read(at.cast::<[u8; INFO_SIZE]>())?;
    if wide {
        return Ok(guest);
    }
    let mut e = Encoder::<INFO_SIZE>::new();
    for i in [0, 4, 8] {
        e.u32(i, word(&guest, i));
    }
    for i in 0..3 {
        e.u32(KERNEL_FIELDS + 4 * i, word(&guest, GUEST_FIELDS + 4 * i));
    }
    Ok(e.0)
}

/// Offsets in the C library's `struct k_sigaction`: flags and mask, after the
/// handler. Between them is a function that is never used.
const fn action_offsets(wide: bool) -> (u64, u64) {
    if wide { (8, 24) } else { (4, 12) }
}

impl Action {
    /// Reads the guest's `struct k_sigaction`.
    ///
    /// # Errors
    /// `EFAULT` outside of memory.
    pub(crate) fn load(
        memory: GuestMemory<'_>,
        at: GuestPtr<Action>,
        wide: bool,
    ) -> Result<Self, Errno> {
        let (flags, mask) = action_offsets(wide);
        Ok(Self {
            handler: match wide {
                true => memory.read(at.cast::<u64>())?,
                // `SIG_IGN` is negative.
                false => memory.read(at.cast::<i32>())? as i64 as u64,
            },
            flags: memory.read(at.byte_add(flags).cast())?,
            mask: memory.read(at.byte_add(mask).cast())?,
        })
    }

    /// Writes the guest's `struct k_sigaction`.
    ///
    /// # Errors
    /// `EFAULT` outside of memory.
    pub(crate) fn store(
        self,
        memory: GuestMemory<'_>,
        at: GuestPtr<Action>,
        wide: bool,
    ) -> Result<(), Errno> {
        let (flags, mask) = action_offsets(wide);
        match wide {
            true => {
                memory.write(at.cast(), self.handler)?;
                memory.write(at.byte_add(flags).cast(), u64::from(self.flags))?;
            }
            false => {
                memory.write(at.cast(), self.handler as u32)?;
                memory.write(at.byte_add(flags).cast(), self.flags)?;
            }
        }
        memory.write(at.byte_add(mask).cast(), self.mask)
    }
}

/// How a timer tells that its time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) value: u64,
    pub(crate) signal: i32,
    /// `SIGEV_*`
    pub(crate) notify: i32,
    /// Number of a thread, where the notification is for one.
    pub(crate) thread: i32,
}

impl Event {
    /// Reads the guest's `struct sigevent`.
    ///
    /// # Errors
    /// `EFAULT` outside of memory.
    pub(crate) fn load(
        memory: GuestMemory<'_>,
        at: GuestPtr<Event>,
        wide: bool,
    ) -> Result<Self, Errno> {
        let size = if wide { 8 } else { 4 };
        Ok(Self {
            value: match wide {
                true => memory.read(at.cast::<u64>())?,
                false => memory.read(at.cast::<u32>())?.into(),
            },
            signal: memory.read(at.byte_add(size).cast())?,
            notify: memory.read(at.byte_add(size + 4).cast())?,
            thread: memory.read(at.byte_add(size + 8).cast())?,
        })
    }

    /// The kernel's `struct sigevent`.
    pub(crate) fn encode(self) -> [u8; 64] {
        let mut e = Encoder::<64>::new();
        e.u64(0, self.value)
            .u32(8, self.signal as u32)
            .u32(12, self.notify as u32)
            .u32(16, self.thread as u32);
        e.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_move_to_the_guests_places() {
        const SI_QUEUE: i32 = -1;
        let mut bytes = [0; SIZE as usize];
        // SAFETY: `bytes` outlives `memory` and is not used meanwhile.
        let memory = unsafe { GuestMemory::new(bytes.as_mut_ptr(), bytes.len()) };
        let mut e = Encoder::<INFO_SIZE>::new();
        e.u32(0, 35).u32(8, SI_QUEUE as u32);
        e.u32(16, 7).u32(20, 1000).u32(24, 0x1234_5678);
        let guest = encode(&e.0);
        let fields = [0, 8, 12, 16, 20].map(|at| word(&guest, at));
        assert_eq!(fields, [35, SI_QUEUE as u32, 7, 1000, 0x1234_5678]);
        write(memory, 0, &e.0, false).unwrap();
        let back = read_queued(memory, GuestPtr::new(0), false);
        assert_eq!(back, Ok(e.0));
    }

    #[test]
    fn a_childs_end() {
        let mut e = Encoder::<INFO_SIZE>::new();
        e.u32(0, SIGCHLD as u32).u32(8, 1);
        e.u32(16, 99).u32(20, 1000).u32(24, 3).u64(32, 5).u64(40, 6);
        let guest = encode(&e.0);
        let fields = [12, 16, 20, 24, 28].map(|at| word(&guest, at));
        assert_eq!(fields, [99, 1000, 3, 5, 6]);
    }

    #[test]
    fn actions_of_both_widths() {
        let mut bytes = [0; 64];
        // SAFETY: `bytes` outlives `memory` and is not used meanwhile.
        let memory = unsafe { GuestMemory::new(bytes.as_mut_ptr(), bytes.len()) };
        for wide in [false, true] {
            let action = Action {
                handler: 17,
                flags: 0x9000_0004,
                mask: 0x8000_0000_0000_0001,
            };
            action.store(memory, GuestPtr::new(3), wide).unwrap();
            let read = Action::load(memory, GuestPtr::new(3), wide);
            assert_eq!(read, Ok(action));
        }
    }
}
