//! Sockets, as far as WASI has them.

use super::descriptors::{self, host};
use super::types::descriptor_flags;
use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::guest::{GuestPtr, HostAddress};
use crate::handler::{Size, WasiResult};
use crate::layout::message::{KernelMessage, load_iovecs};
use crate::sys::Sys;

type Buffers = GuestPtr<[u32; 2]>;

/// `sock_accept(socket, flags, descriptor)`
pub(crate) fn accept(ctx: &mut Ctx<'_, '_>, fd: i32, flags: u32, to: GuestPtr<i32>) -> WasiResult {
    // SOCK_NONBLOCK has O_NONBLOCK's number.
    let flags = descriptor_flags(flags) & crate::flags::O_NONBLOCK;
    let to = ctx.memory().place(to)?;
    let none = HostAddress::NULL;
    let accepted = ctx.call(Sys::ACCEPT4, (host(ctx, fd)?, none, none, flags))?;
    to.store(descriptors::add(ctx, accepted as i32)?);
    Ok(())
}

/// `sock_recv(socket, buffers, count, flags, received, message flags)`
pub(crate) fn recv(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    buffers: Buffers,
    count: Size,
    flags: u32,
    received: GuestPtr<u32>,
    message_flags: GuestPtr<u16>,
) -> WasiResult {
    const MSG_PEEK: i32 = 2;
    const MSG_WAITALL: i32 = 0x100;
    const MSG_TRUNC: i32 = 0x20;
    let memory = ctx.memory();
    let received = memory.place(received)?;
    let message_flags = memory.place(message_flags)?;
    let frame = ctx.scratch();
    let vector = load_iovecs(memory, buffers, count.0, &frame)?;
    let message = frame.value(KernelMessage {
        iov: vector.address().get(),
        iov_length: count.0,
        ..KernelMessage::default()
    })?;
    let mut kernel_flags = 0;
    for (bit, flag) in [(1, MSG_PEEK), (2, MSG_WAITALL)] {
        if flags & bit != 0 {
            kernel_flags |= flag;
        }
    }
    let length = ctx.call(
        Sys::RECVMSG,
        (host(ctx, fd)?, message.address(), kernel_flags),
    )?;
    received.store(length as u32);
    let truncated = message.get(0).flags & MSG_TRUNC != 0;
    message_flags.store(truncated as u16);
    Ok(())
}

/// `sock_send(socket, buffers, count, flags, sent)`
pub(crate) fn send(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    buffers: Buffers,
    count: Size,
    _flags: u32,
    sent: GuestPtr<u32>,
) -> WasiResult {
    let memory = ctx.memory();
    let sent = memory.place(sent)?;
    let frame = ctx.scratch();
    let vector = load_iovecs(memory, buffers, count.0, &frame)?;
    let length = ctx.call(Sys::WRITEV, (host(ctx, fd)?, vector.address(), count.0))?;
    sent.store(length as u32);
    Ok(())
}

/// `sock_shutdown(socket, how)`
pub(crate) fn shutdown(ctx: &mut Ctx<'_, '_>, fd: i32, how: u32) -> WasiResult {
    let how = match how {
        1 => 0,
        2 => 1,
        3 => 2,
        _ => return Err(Errno::EINVAL.into()),
    };
    ctx.call(Sys::SHUTDOWN, (host(ctx, fd)?, how))?;
    Ok(())
}
