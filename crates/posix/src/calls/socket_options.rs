//! `getsockopt` and `setsockopt`.
//!
//! Most values are the same for guest and kernel. Times are not, and the few
//! that contain pointers cannot be served.

use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::guest::GuestPtr;
use crate::handler::SysResult;
use crate::layout::time::{KernelTime, read_time, time_size, write_time};
use crate::sys::Sys;

const SOL_SOCKET: i32 = 1;

/// `SO_RCVTIMEO` and `SO_SNDTIMEO` as the kernel takes them with 64-bit times,
/// and where guests with 64-bit times have them.
const TIMES: [(i32, i32); 2] = [(20, 66), (21, 67)];

/// The kernel's number for a time limit that a guest names.
fn time_option(level: i32, option: i32) -> Option<i32> {
    if level != SOL_SOCKET {
        return None;
    }
    TIMES
        .iter()
        .find(|(old, new)| option == *old || option == *new)
        .map(|(old, _)| *old)
}

/// Whether the kernel interprets a value of this option as it stands, without
/// following pointers in it.
fn is_plain(level: i32, option: i32) -> bool {
    match level {
        // Not SO_ATTACH_FILTER, SO_ATTACH_REUSEPORT_CBPF.
        SOL_SOCKET => !matches!(option, 26 | 51),
        // IPv4 and IPv6: not the options of packet filters. Among those of IPv6 are
        // IPV6_RECVTCLASS, IPV6_TCLASS and IPV6_AUTOFLOWLABEL.
        0 => !(64..=71).contains(&option),
        41 => !(64..=71).contains(&option) || matches!(option, 66 | 67 | 70),
        // TCP: not TCP_ZEROCOPY_RECEIVE, whose value is an address to map at.
        6 => option != 35,
        // UDP, ICMPv6, raw, UDP-Lite; Bluetooth, netlink, vsock.
        17 | 58 | 255 | 136 | 274 | 270 | 40 => true,
        _ => false,
    }
}

/// `setsockopt(socket, level, option, value, length)`
pub(crate) fn setsockopt(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    level: i32,
    option: i32,
    value: GuestPtr<u8>,
    length: u32,
    _: i32,
) -> SysResult {
    let memory = ctx.memory();
    if let Some(option) = time_option(level, option) {
        let time64 = ctx.time64();
        if (length as u64) < time_size(time64) {
            return Err(Errno::EINVAL.into());
        }
        let time = read_time(memory, value.address(), time64)?;
        let frame = ctx.scratch();
        let slot = frame.value(time)?;
        return Ok(ctx.call(
            Sys::SETSOCKOPT,
            (
                fd,
                level,
                option,
                slot.address(),
                size_of::<KernelTime>() as u32,
            ),
        )?);
    }
    if !is_plain(level, option) {
        return Err(Errno::ENOPROTOOPT.into());
    }
    let value = memory.host_or_null(value, length as u64)?;
    Ok(ctx.call(Sys::SETSOCKOPT, (fd, level, option, value, length))?)
}

/// `getsockopt(socket, level, option, value, length)`
pub(crate) fn getsockopt(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    level: i32,
    option: i32,
    value: GuestPtr<u8>,
    length: GuestPtr<u32>,
    _: i32,
) -> SysResult {
    let memory = ctx.memory();
    let frame = ctx.scratch();
    let room = memory.read(length)?;
    if let Some(option) = time_option(level, option) {
        let time64 = ctx.time64();
        if (room as u64) < time_size(time64) {
            return Err(Errno::EINVAL.into());
        }
        let slot = frame.array::<KernelTime>(1)?;
        let size = frame.value(size_of::<KernelTime>() as u32)?;
        ctx.call(
            Sys::GETSOCKOPT,
            (fd, level, option, slot.address(), size.address()),
        )?;
        write_time(memory, value.address(), time64, slot.get(0))?;
        memory.write(length, time_size(time64) as u32)?;
        return Ok(0);
    }
    if !is_plain(level, option) {
        return Err(Errno::ENOPROTOOPT.into());
    }
    if room > i32::MAX as u32 {
        return Err(Errno::EINVAL.into());
    }
    let room = memory.slice_up_to(value.address(), room as u64)?;
    let size = frame.value(room.len() as u32)?;
    ctx.call(
        Sys::GETSOCKOPT,
        (fd, level, option, room.host_address(), size.address()),
    )?;
    memory.write(length, size.get(0))?;
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options() {
        assert_eq!(time_option(1, 66), Some(20));
        assert_eq!(time_option(1, 21), Some(21));
        assert_eq!(time_option(6, 20), None);
        assert!(is_plain(1, 2) && is_plain(6, 1) && is_plain(41, 26));
        assert!(!is_plain(1, 26) && !is_plain(0, 64) && !is_plain(263, 18));
    }
}
