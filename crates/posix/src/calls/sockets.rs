//! Sockets. Addresses are as the kernel has them; calls are padded to six
//! arguments.

use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::guest::{GuestPtr, HostAddress};
use crate::handler::{Size, SysResult};
use crate::scratch::{Frame, Slots};
use crate::sys::Sys;

type Address = GuestPtr<u8>;
type Length = GuestPtr<u32>;

/// Where the kernel may write an address: room in guest memory, and its size in
/// scratch memory, which no one else changes.
struct Room<'f> {
    address: HostAddress,
    length: Option<(Length, Slots<'f, u32>)>,
}

impl<'f> Room<'f> {
    fn new(
        ctx: &Ctx<'_, '_>,
        frame: &'f Frame<'_>,
        address: Address,
        length: Length,
    ) -> Result<Self, Errno> {
        if address.is_null() || length.is_null() {
            return Ok(Self {
                address: HostAddress::NULL,
                length: None,
            });
        }
        let memory = ctx.memory();
        let size = memory.read(length)?;
        if size > i32::MAX as u32 {
            return Err(Errno::EINVAL);
        }
        let room = memory.slice_up_to(address.address(), size as u64)?;
        Ok(Self {
            address: room.host_address(),
            length: Some((length, frame.value(room.len() as u32)?)),
        })
    }

    fn length_address(&self) -> HostAddress {
        self.length
            .as_ref()
            .map_or(HostAddress::NULL, |(_, slot)| slot.address())
    }

    fn store(self, ctx: &Ctx<'_, '_>) -> Result<(), Errno> {
        match self.length {
            Some((to, slot)) => ctx.memory().write(to, slot.get(0)),
            None => Ok(()),
        }
    }
}

/// `socket(family, type, protocol)`
pub(crate) fn socket(
    ctx: &mut Ctx<'_, '_>,
    family: i32,
    kind: i32,
    protocol: i32,
    _: i32,
    _: i32,
    _: i32,
) -> SysResult {
    Ok(ctx.call(Sys::SOCKET, (family, kind, protocol))?)
}

/// `socketpair(family, type, protocol, descriptors)`
pub(crate) fn socketpair(
    ctx: &mut Ctx<'_, '_>,
    family: i32,
    kind: i32,
    protocol: i32,
    to: GuestPtr<[i32; 2]>,
    _: i32,
    _: i32,
) -> SysResult {
    let to = ctx.memory().host(to, 1)?;
    Ok(ctx.call(Sys::SOCKETPAIR, (family, kind, protocol, to))?)
}

/// `bind(socket, address, length)`
pub(crate) fn bind(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    address: Address,
    length: u32,
    _: i32,
    _: i32,
    _: i32,
) -> SysResult {
    let address = ctx.memory().host(address, length as u64)?;
    Ok(ctx.call(Sys::BIND, (fd, address, length))?)
}

/// `connect(socket, address, length)`
pub(crate) fn connect(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    address: Address,
    length: u32,
    _: i32,
    _: i32,
    _: i32,
) -> SysResult {
    let address = ctx.memory().host(address, length as u64)?;
    Ok(ctx.call(Sys::CONNECT, (fd, address, length))?)
}

/// `listen(socket, backlog)`
pub(crate) fn listen(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    backlog: i32,
    _: i32,
    _: i32,
    _: i32,
    _: i32,
) -> SysResult {
    Ok(ctx.call(Sys::LISTEN, (fd, backlog))?)
}

/// `accept4(socket, address, length, flags)`
pub(crate) fn accept4(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    address: Address,
    length: Length,
    flags: i32,
    _: i32,
    _: i32,
) -> SysResult {
    let frame = ctx.scratch();
    let room = Room::new(ctx, &frame, address, length)?;
    let result = ctx.call(
        Sys::ACCEPT4,
        (fd, room.address, room.length_address(), flags),
    )?;
    room.store(ctx)?;
    Ok(result)
}

/// `getsockname(socket, address, length)`
pub(crate) fn getsockname(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    address: Address,
    length: Length,
    _: i32,
    _: i32,
    _: i32,
) -> SysResult {
    name(ctx, Sys::GETSOCKNAME, fd, address, length)
}

/// `getpeername(socket, address, length)`
pub(crate) fn getpeername(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    address: Address,
    length: Length,
    _: i32,
    _: i32,
    _: i32,
) -> SysResult {
    name(ctx, Sys::GETPEERNAME, fd, address, length)
}

fn name(ctx: &Ctx<'_, '_>, call: Sys, fd: i32, address: Address, length: Length) -> SysResult {
    let frame = ctx.scratch();
    let room = Room::new(ctx, &frame, address, length)?;
    ctx.call(call, (fd, room.address, room.length_address()))?;
    room.store(ctx)?;
    Ok(0)
}

/// `shutdown(socket, how)`
pub(crate) fn shutdown(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    how: i32,
    _: i32,
    _: i32,
    _: i32,
    _: i32,
) -> SysResult {
    Ok(ctx.call(Sys::SHUTDOWN, (fd, how))?)
}

/// `sendto(socket, buffer, length, flags, address, address length)`
pub(crate) fn sendto(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    buffer: GuestPtr<u8>,
    length: Size,
    flags: i32,
    address: Address,
    address_length: u32,
) -> SysResult {
    let memory = ctx.memory();
    let buffer = memory.host(buffer, length.0)?;
    let address = memory.host_or_null(address, address_length as u64)?;
    Ok(ctx.call(
        Sys::SENDTO,
        (fd, buffer, length.0, flags, address, address_length),
    )?)
}

/// `recvfrom(socket, buffer, length, flags, address, address length)`
pub(crate) fn recvfrom(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    buffer: GuestPtr<u8>,
    length: Size,
    flags: i32,
    address: Address,
    address_length: Length,
) -> SysResult {
    let buffer = ctx.memory().host(buffer, length.0)?;
    if address.is_null() {
        return Ok(ctx.call(Sys::RECVFROM, (fd, buffer, length.0, flags))?);
    }
    let frame = ctx.scratch();
    let room = Room::new(ctx, &frame, address, address_length)?;
    let result = ctx.call(
        Sys::RECVFROM,
        (
            fd,
            buffer,
            length.0,
            flags,
            room.address,
            room.length_address(),
        ),
    )?;
    room.store(ctx)?;
    Ok(result)
}
