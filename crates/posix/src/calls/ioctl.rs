//! `ioctl`.
//!
//! The kernel reads and writes what the third argument points to, and what
//! pointers in there point to; so only requests whose argument is known are let
//! through.

use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::guest::GuestPtr;
use crate::handler::SysResult;
use crate::sys::Sys;

/// What a request's argument is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Argument {
    None,
    Number,
    /// So many bytes, the same for guest and kernel.
    Bytes(u64),
    /// A `struct ifreq`: 32 bytes in the guest, 40 for the kernel, without
    /// pointers in those requests.
    Interface,
}

/// Bytes of a guest's `struct ifreq`.
const GUEST_INTERFACE: usize = 32;

/// The argument of a request, and the kernel's number for it.
fn argument(request: u32) -> Option<(u32, Argument)> {
    use Argument::{Bytes, Interface, None as Nothing, Number};
    let argument = match request {
        // TCGETS, TCSETS, TCSETSW, TCSETSF: the kernel's structure is the start
        // of the guest's.
        0x5401..=0x5404 => Bytes(36),
        // TCGETA, TCSETA, TCSETAW, TCSETAF
        0x5405..=0x5408 => Bytes(18),
        // TCSBRK, TCXONC, TCFLSH, TIOCSCTTY, TCSBRKP, TIOCGPTPEER
        0x5409..=0x540b | 0x540e | 0x5425 | 0x5441 => Number,
        // TIOCEXCL, TIOCNXCL, TIOCNOTTY, TIOCSBRK, TIOCCBRK, FIONCLEX, FIOCLEX
        0x540c | 0x540d | 0x5422 | 0x5427 | 0x5428 | 0x5450 | 0x5451 => Nothing,
        // TIOCGPGRP, TIOCSPGRP, TIOCOUTQ
        0x540f..=0x5411 => Bytes(4),
        // TIOCSTI
        0x5412 => Bytes(1),
        // TIOCGWINSZ, TIOCSWINSZ
        0x5413 | 0x5414 => Bytes(8),
        // TIOCMGET, TIOCMBIS, TIOCMBIC, TIOCMSET, TIOCGSOFTCAR, TIOCSSOFTCAR,
        // FIONREAD
        0x5415..=0x541b => Bytes(4),
        // TIOCPKT, FIONBIO, TIOCSETD, TIOCGETD, TIOCGSID, FIOASYNC
        0x5420 | 0x5421 | 0x5423 | 0x5424 | 0x5429 | 0x5452 => Bytes(4),
        // FIOQSIZE
        0x5460 => Bytes(8),
        // TIOCGPTN, TIOCSPTLCK, TIOCGPKT, TIOCGPTLCK, TIOCGEXCL
        0x8004_5430 | 0x4004_5431 | 0x8004_5438..=0x8004_5440 => Bytes(4),
        // FIOSETOWN, SIOCSPGRP, FIOGETOWN, SIOCGPGRP, SIOCATMARK
        0x8901..=0x8905 => Bytes(4),
        // Names, flags, addresses, numbers of network interfaces.
        0x8910 | 0x8913..=0x891d | 0x8921 | 0x8922 | 0x8927 | 0x8933 => Interface,
        // BLKROGET, BLKGETSIZE is a long; BLKSSZGET
        0x125e | 0x1268 => Bytes(4),
        // BLKGETSIZE64, whose number has the size of a size_t
        0x8004_1272 => return Some((0x8008_1272, Bytes(8))),
        // FS_IOC_GETFLAGS and FS_IOC_SETFLAGS, likewise of a long; an int is
        // what they read and write.
        0x8004_6601 => return Some((0x8008_6601, Bytes(4))),
        0x4004_6602 => return Some((0x4008_6602, Bytes(4))),
        _ => return None,
    };
    Some((request, argument))
}

/// `ioctl(descriptor, request, argument…)`
pub(crate) fn ioctl(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    request: u32,
    varargs: GuestPtr<u32>,
) -> SysResult {
    let Some((request, argument)) = argument(request) else {
        // The kernel's answer when a device does not know a request, after the
        // one for a descriptor that is not open.
        ctx.call(Sys::FCNTL, (fd, 1))?;
        return Err(Errno::ENOTTY.into());
    };
    let memory = ctx.memory();
    let result = match argument {
        Argument::None => ctx.call(Sys::IOCTL, (fd, request))?,
        Argument::Number => {
            let number = memory.read(varargs)? as i32;
            ctx.call(Sys::IOCTL, (fd, request, number))?
        }
        Argument::Bytes(size) => {
            let at = GuestPtr::<u8>::new(ctx.read_word(varargs.address())?);
            ctx.call(Sys::IOCTL, (fd, request, memory.host(at, size)?))?
        }
        Argument::Interface => {
            let at = GuestPtr::<[u8; GUEST_INTERFACE]>::new(ctx.read_word(varargs.address())?);
            let mut interface = [0u8; 40];
            interface[..GUEST_INTERFACE].copy_from_slice(&memory.read(at)?);
            let frame = ctx.scratch();
            let slot = frame.value(interface)?;
            let result = ctx.call(Sys::IOCTL, (fd, request, slot.address()))?;
            let mut back = [0; GUEST_INTERFACE];
            back.copy_from_slice(&slot.get(0)[..GUEST_INTERFACE]);
            memory.write(at, back)?;
            result
        }
    };
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_requests() {
        assert_eq!(argument(0x5413), Some((0x5413, Argument::Bytes(8))));
        assert_eq!(argument(0x5421), Some((0x5421, Argument::Bytes(4))));
        assert_eq!(argument(0x8933), Some((0x8933, Argument::Interface)));
        // SG_IO, SIOCETHTOOL: structures with pointers.
        assert_eq!(argument(0x2285), None);
        assert_eq!(argument(0x8946), None);
    }
}
