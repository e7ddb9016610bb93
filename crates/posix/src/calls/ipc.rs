//! System V's shared memory, semaphores and queues of messages.
//!
//! The structures of these calls are the kernel's own, with pointers of 64 bits: the
//! link library has the guest's, whose form depends on the version.

use super::mapping::{self, Pages};
use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::guest::{GuestPtr, HostAddress, Plain};
use crate::handler::Size;
use crate::kernel::Rights;
use crate::layout::time::read_time_if_any;
use crate::sys::Sys;
use alloc::vec;

/// Commands that all three have.
const IPC_RMID: i32 = 0;
const IPC_SET: i32 = 1;
const IPC_STAT: i32 = 2;

/// The kernel's `struct ipc64_perm`, in 32-bit words.
type Rights64 = [u32; 12];

/// The kernel's `struct shmid64_ds`: who may use it, its size, and when and by whom it
/// was used.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(crate) struct Segment {
    rights: Rights64,
    size: u64,
    rest: [u64; 7],
}

// SAFETY: numbers only, without padding.
unsafe impl Plain for Segment {}

/// The kernel's `struct msqid64_ds`.
pub(crate) type Queue = [u64; 15];

/// A `struct semid64_ds` as guests have it: who may use it, two times, and how many
/// semaphores there are.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(crate) struct Set {
    rights: Rights64,
    changed: [i64; 2],
    count: u64,
}

// SAFETY: numbers only, without padding.
unsafe impl Plain for Set {}

/// The kernel's, which has room for more beside the times on x86-64.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
struct KernelSet {
    rights: Rights64,
    #[cfg(target_arch = "x86_64")]
    changed: [[i64; 2]; 2],
    #[cfg(not(target_arch = "x86_64"))]
    changed: [i64; 2],
    count: u64,
    rest: [u64; 2],
}

// SAFETY: numbers only, without padding.
unsafe impl Plain for KernelSet {}

impl KernelSet {
    const EMPTY: Self = Self {
        rights: [0; 12],
        #[cfg(target_arch = "x86_64")]
        changed: [[0; 2]; 2],
        #[cfg(not(target_arch = "x86_64"))]
        changed: [0; 2],
        count: 0,
        rest: [0; 2],
    };

    fn to_guest(self) -> Set {
        #[cfg(target_arch = "x86_64")]
        let changed = self.changed.map(|[time, _]| time);
        #[cfg(not(target_arch = "x86_64"))]
        let changed = self.changed;
        Set {
            rights: self.rights,
            changed,
            count: self.count,
        }
    }
}

/// Most semaphores of a set: operations number them by 16 bits.
const SEMAPHORES_MAX: usize = 1 << 16;

/// `shmget(key, size, flags)`
pub(crate) fn shmget(
    ctx: &mut Ctx<'_, '_>,
    key: i32,
    size: Size,
    flags: i32,
) -> Result<u64, Errno> {
    ctx.call(Sys::SHMGET, (key, size.0, flags))
}

/// `shmat(segment, address, flags)`: puts the segment's pages in the place of memory
/// that the guest has set aside.
pub(crate) fn shmat(
    ctx: &mut Ctx<'_, '_>,
    segment: i32,
    address: GuestPtr<u8>,
    flags: i32,
) -> Result<u64, Errno> {
    const SHM_RDONLY: i32 = 0o10000;
    let frame = ctx.scratch();
    let status = frame.array::<Segment>(1)?;
    ctx.call(Sys::SHMCTL, (segment, IPC_STAT, status.address()))?;
    let rights = match flags & SHM_RDONLY {
        0 => Rights::ReadWrite,
        _ => Rights::Read,
    };
    let pages = Pages::Segment(segment);
    mapping::attach(ctx, address.address(), status.get(0).size, rights, pages)?;
    Ok(address.address())
}

/// `shmdt(address)`
pub(crate) fn shmdt(ctx: &mut Ctx<'_, '_>, address: GuestPtr<u8>) -> Result<u64, Errno> {
    mapping::detach(ctx, address.address())?;
    Ok(0)
}

/// `shmctl(segment, command, status)`
pub(crate) fn shmctl(
    ctx: &mut Ctx<'_, '_>,
    segment: i32,
    command: i32,
    status: GuestPtr<Segment>,
) -> Result<u64, Errno> {
    const SHM_LOCK: i32 = 11;
    const SHM_UNLOCK: i32 = 12;
    let status = match command {
        IPC_RMID | SHM_LOCK | SHM_UNLOCK => HostAddress::NULL,
        IPC_SET | IPC_STAT => ctx.memory().host(status, 1)?,
        _ => return Err(Errno::EINVAL),
    };
    ctx.call(Sys::SHMCTL, (segment, command, status))
}

/// `semget(key, count, flags)`
pub(crate) fn semget(
    ctx: &mut Ctx<'_, '_>,
    key: i32,
    count: i32,
    flags: i32,
) -> Result<u64, Errno> {
    ctx.call(Sys::SEMGET, (key, count, flags))
}

/// `semop(set, operations, count)`: the operations are the same for the kernel.
pub(crate) fn semop(
    ctx: &mut Ctx<'_, '_>,
    set: i32,
    operations: GuestPtr<[u16; 3]>,
    count: Size,
) -> Result<u64, Errno> {
    let operations = ctx.memory().host(operations, count.0)?;
    ctx.call(Sys::SEMOP, (set, operations, count.0))
}

/// `semtimedop(set, operations, count, time)`
pub(crate) fn semtimedop(
    ctx: &mut Ctx<'_, '_>,
    set: i32,
    operations: GuestPtr<[u16; 3]>,
    count: Size,
    time: GuestPtr<u8>,
) -> Result<u64, Errno> {
    let memory = ctx.memory();
    let operations = memory.host(operations, count.0)?;
    let frame = ctx.scratch();
    let time = frame.optional(read_time_if_any(memory, time, ctx.time64())?)?;
    ctx.call(Sys::SEMTIMEDOP, (set, operations, count.0, time))
}

/// `semctl(set, semaphore, command, argument)`: the argument is a value, or points to
/// the values of all, or to a status.
pub(crate) fn semctl(
    ctx: &mut Ctx<'_, '_>,
    set: i32,
    semaphore: i32,
    command: i32,
    argument: GuestPtr<u8>,
) -> Result<u64, Errno> {
    const GETPID: i32 = 11;
    const GETVAL: i32 = 12;
    const GETALL: i32 = 13;
    const GETNCNT: i32 = 14;
    const GETZCNT: i32 = 15;
    const SETVAL: i32 = 16;
    const SETALL: i32 = 17;
    let frame = ctx.scratch();
    let memory = ctx.memory();
    let status = frame.value(KernelSet::EMPTY)?;
    let stat = || ctx.call(Sys::SEMCTL, (set, 0, IPC_STAT, status.address()));
    match command {
        IPC_RMID | GETPID | GETVAL | GETNCNT | GETZCNT => {
            ctx.call(Sys::SEMCTL, (set, semaphore, command))
        }
        SETVAL => {
            let value = argument.address() as u32;
            ctx.call(Sys::SEMCTL, (set, semaphore, command, value))
        }
        GETALL | SETALL => {
            stat()?;
            let count = status.get(0).count;
            if count > SEMAPHORES_MAX as u64 {
                return Err(Errno::ENOMEM);
            }
            // The number may be another set's by now, which the kernel takes to have
            // room for as many as it has.
            let mut values = vec![0u8; SEMAPHORES_MAX * size_of::<u16>()];
            let room = memory.slice(argument.address(), count * size_of::<u16>() as u64)?;
            if command == SETALL {
                room.read(&mut values);
            }
            let at = HostAddress::of_host(values.as_mut_ptr());
            let result = ctx.call(Sys::SEMCTL, (set, 0, command, at))?;
            if command == GETALL {
                room.write(&values);
            }
            Ok(result)
        }
        IPC_STAT => {
            let to = memory.place(argument.cast::<Set>())?;
            stat()?;
            to.store(status.get(0).to_guest());
            Ok(0)
        }
        IPC_SET => {
            let Set { rights, .. } = memory.read(argument.cast())?;
            status.set(
                0,
                KernelSet {
                    rights,
                    ..KernelSet::EMPTY
                },
            );
            ctx.call(Sys::SEMCTL, (set, 0, command, status.address()))
        }
        _ => Err(Errno::EINVAL),
    }
}

/// `msgget(key, flags)`
pub(crate) fn msgget(ctx: &mut Ctx<'_, '_>, key: i32, flags: i32) -> Result<u64, Errno> {
    ctx.call(Sys::MSGGET, (key, flags))
}

/// Bytes of a message's type, which stands before its text.
const TYPE: u64 = 8;

/// A message with its type, for the kernel.
fn message(ctx: &Ctx<'_, '_>, at: GuestPtr<u8>, size: Size) -> Result<HostAddress, Errno> {
    ctx.memory().host(at, size.0.saturating_add(TYPE))
}

/// `msgsnd(queue, message, size, flags)`
pub(crate) fn msgsnd(
    ctx: &mut Ctx<'_, '_>,
    queue: i32,
    from: GuestPtr<u8>,
    size: Size,
    flags: i32,
) -> Result<u64, Errno> {
    let from = message(ctx, from, size)?;
    ctx.call(Sys::MSGSND, (queue, from, size.0, flags))
}

/// `msgrcv(queue, message, size, type, flags)`
pub(crate) fn msgrcv(
    ctx: &mut Ctx<'_, '_>,
    queue: i32,
    to: GuestPtr<u8>,
    size: Size,
    wanted: Size,
    flags: i32,
) -> Result<u64, Errno> {
    let to = message(ctx, to, size)?;
    let wanted = match ctx.wide() {
        true => wanted.0 as i64,
        false => i64::from(wanted.0 as i32),
    };
    ctx.call(Sys::MSGRCV, (queue, to, size.0, wanted, flags))
}

/// `msgctl(queue, command, status)`
pub(crate) fn msgctl(
    ctx: &mut Ctx<'_, '_>,
    queue: i32,
    command: i32,
    status: GuestPtr<Queue>,
) -> Result<u64, Errno> {
    let status = match command {
        IPC_RMID => HostAddress::NULL,
        IPC_SET | IPC_STAT => ctx.memory().host(status, 1)?,
        _ => return Err(Errno::EINVAL),
    };
    ctx.call(Sys::MSGCTL, (queue, command, status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(size_of::<Segment>(), 112);
        assert_eq!(size_of::<Queue>(), 120);
        assert_eq!(size_of::<Set>(), 72);
        let kernel = if cfg!(target_arch = "x86_64") {
            104
        } else {
            88
        };
        assert_eq!(size_of::<KernelSet>(), kernel);
    }
}
