//! `sendmsg` and `recvmsg`, alone and several at once.

use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::guest::{GuestPtr, Place};
use crate::handler::SysResult;
use crate::layout::message::{
    CONTROL_MAX, GuestMessage, IOV_MAX, MSG_CTRUNC, MessagePtr, control_room, control_to_guest,
    control_to_kernel,
};
use crate::layout::time::read_time;
use crate::sys::Sys;
use alloc::vec::Vec;

type Message = GuestPtr<MessagePtr>;

/// Bytes of a guest's `struct mmsghdr`: a message and a length.
const MULTI: u64 = 32;
/// Offset of the length in it.
const MULTI_LENGTH: u64 = 28;

/// `sendmsg(socket, message, flags)`
pub(crate) fn sendmsg(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    message: Message,
    flags: i32,
    _: i32,
    _: i32,
    _: i32,
) -> SysResult {
    Ok(send(ctx, fd, message, flags)?)
}

fn send(ctx: &Ctx<'_, '_>, fd: i32, message: Message, flags: i32) -> Result<u64, Errno> {
    let memory = ctx.memory();
    let frame = ctx.scratch();
    let guest = GuestMessage::load(memory, message)?;
    let mut kernel = guest.to_kernel(memory, &frame)?;
    if guest.control != 0 && guest.control_length != 0 {
        if guest.control_length as u64 > CONTROL_MAX {
            return Err(Errno::ENOBUFS);
        }
        let control = memory.slice(guest.control, guest.control_length as u64)?;
        let control = control_to_kernel(&control.to_vec())?;
        let slots = frame.array::<u8>(control.len())?;
        for (i, &byte) in control.iter().enumerate() {
            slots.set(i, byte);
        }
        kernel.control = slots.address().get();
        kernel.control_length = control.len() as u64;
    }
    let slot = frame.value(kernel)?;
    ctx.call(Sys::SENDMSG, (fd, slot.address(), flags))
}

/// `recvmsg(socket, message, flags)`
pub(crate) fn recvmsg(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    message: Message,
    flags: i32,
    _: i32,
    _: i32,
    _: i32,
) -> SysResult {
    Ok(receive(ctx, fd, message, flags)?)
}

fn receive(ctx: &Ctx<'_, '_>, fd: i32, message: Message, flags: i32) -> Result<u64, Errno> {
    let memory = ctx.memory();
    let frame = ctx.scratch();
    let guest = GuestMessage::load(memory, message)?;
    let mut kernel = guest.to_kernel(memory, &frame)?;
    let room = match guest.control {
        0 => 0,
        _ => guest.control_length.min(CONTROL_MAX as u32),
    };
    let control_to = memory.slice(guest.control, room as u64)?;
    let control = frame.array::<u8>(control_room(room))?;
    if !control.is_empty() {
        kernel.control = control.address().get();
        kernel.control_length = control.len() as u64;
    }
    let slot = frame.value(kernel)?;
    let received = ctx.call(Sys::RECVMSG, (fd, slot.address(), flags))?;
    let kernel = slot.get(0);
    let length = (kernel.control_length as usize).min(control.len());
    let bytes: Vec<u8> = (0..length).map(|i| control.get(i)).collect();
    let translated = control_to_guest(&bytes, room as usize);
    for fd in &translated.lost {
        // Nothing can be done about one that does not close.
        let _ = ctx.call(Sys::CLOSE, (*fd,));
    }
    control_to.write(&translated.bytes);
    let truncated = if translated.truncated { MSG_CTRUNC } else { 0 };
    GuestMessage::store_received(
        memory,
        message,
        kernel.name_length,
        translated.bytes.len() as u32,
        kernel.flags | truncated,
    )?;
    Ok(received)
}

/// `sendmmsg(socket, messages, count, flags)`
pub(crate) fn sendmmsg(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    messages: Message,
    count: u32,
    flags: i32,
    _varargs: GuestPtr<u32>,
) -> SysResult {
    let mut done = 0;
    while done < (count as u64).min(IOV_MAX) {
        let message = messages.byte_add(done * MULTI);
        let sent = place_of_length(ctx, message).and_then(|place| {
            place.store(send(ctx, fd, message, flags)? as u32);
            Ok(())
        });
        match sent {
            Ok(()) => {}
            Err(_) if done > 0 => break,
            Err(errno) => return Err(errno.into()),
        }
        done += 1;
    }
    Ok(done)
}

/// `recvmmsg(socket, messages, count, flags, timeout)`
pub(crate) fn recvmmsg(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    messages: Message,
    count: u32,
    flags: i32,
    varargs: GuestPtr<u32>,
) -> SysResult {
    /// Waits for the first message only.
    const MSG_WAITFORONE: i32 = 0x10000;
    const MSG_DONTWAIT: i32 = 0x40;
    const CLOCK_MONOTONIC: i32 = 1;
    let now = |ctx: &Ctx<'_, '_>| super::clock::read(ctx, CLOCK_MONOTONIC);
    let deadline = match varargs.is_null() {
        true => None,
        false => match ctx.read_word(varargs.address())? {
            0 => None,
            at => {
                let [seconds, nanos] = read_time(ctx.memory(), at, ctx.long_time64())?;
                let [start, start_nanos] = now(ctx)?;
                let nanos = start_nanos.saturating_add(nanos.max(0));
                let seconds = seconds.saturating_add(nanos / 1_000_000_000);
                Some([start.saturating_add(seconds), nanos % 1_000_000_000])
            }
        },
    };
    let mut flags_now = flags & !MSG_WAITFORONE;
    let mut done = 0;
    while done < (count as u64).min(IOV_MAX) {
        let message = messages.byte_add(done * MULTI);
        let received = place_of_length(ctx, message).and_then(|place| {
            place.store(receive(ctx, fd, message, flags_now)? as u32);
            Ok(())
        });
        match received {
            Ok(()) => {}
            Err(_) if done > 0 => break,
            Err(errno) => return Err(errno.into()),
        }
        done += 1;
        if flags & MSG_WAITFORONE != 0 {
            flags_now |= MSG_DONTWAIT;
        }
        // As Linux: the time is looked at after each message.
        if let Some(deadline) = deadline
            && now(ctx)? >= deadline
        {
            break;
        }
    }
    Ok(done)
}

/// Where the length of a message goes.
fn place_of_length<'c>(ctx: &'c Ctx<'_, '_>, message: Message) -> Result<Place<'c, u32>, Errno> {
    ctx.memory().place(message.byte_add(MULTI_LENGTH).cast())
}
