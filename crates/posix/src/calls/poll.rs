//! Waiting for descriptors: `poll` and `select`.

use crate::calls::signals::with_mask;
use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::guest::{GuestPtr, HostAddress, Plain};
use crate::handler::{Stop, SysResult};
use crate::layout::time::{KernelTime, read_time, read_time_if_any};
use crate::sys::Sys;

/// A `struct pollfd`, the same for guests and the kernel.
pub(crate) type PollFd = [u8; 8];

/// Bits of an `fd_set`, and bytes.
const SET_BITS: i32 = 1024;
const SET_BYTES: u64 = 128;

/// `poll(descriptors, count, timeout in ms)`
pub(crate) fn poll(
    ctx: &mut Ctx<'_, '_>,
    descriptors: GuestPtr<PollFd>,
    count: u32,
    ms: i32,
) -> SysResult {
    let descriptors = ctx.memory().host(descriptors, count as u64)?;
    let frame = ctx.scratch();
    let time = (ms >= 0).then(|| [(ms / 1000) as i64, (ms % 1000) as i64 * 1_000_000]);
    let time = frame.optional(time)?;
    Ok(ctx.call(Sys::PPOLL, (descriptors, count, time, HostAddress::NULL, 0))?)
}

/// `poll` with a timeout of zero.
pub(crate) fn poll_now(
    ctx: &mut Ctx<'_, '_>,
    descriptors: GuestPtr<PollFd>,
    count: u32,
) -> SysResult {
    poll(ctx, descriptors, count, 0)
}

/// `ppoll(descriptors, count, timeout, signal mask)`
pub(crate) fn ppoll(
    ctx: &mut Ctx<'_, '_>,
    descriptors: GuestPtr<PollFd>,
    count: u32,
    time: GuestPtr<u8>,
    mask: GuestPtr<u64>,
) -> Result<u64, Stop> {
    let memory = ctx.memory();
    let descriptors = memory.host(descriptors, count as u64)?;
    let time = read_time_if_any(memory, time, ctx.time64())?;
    let frame = ctx.scratch();
    let time = frame.optional(time)?;
    let mask = signal_mask(ctx, mask)?;
    with_mask(ctx, mask, |ctx, mask| {
        ctx.call(Sys::PPOLL, (descriptors, count, time, mask, MASK_BYTES))
    })
}

/// Bytes of the kernel's signal mask, the first of a guest's.
const MASK_BYTES: u32 = 8;

pub(super) fn signal_mask(ctx: &Ctx<'_, '_>, mask: GuestPtr<u64>) -> Result<Option<u64>, Errno> {
    match mask.is_null() {
        true => Ok(None),
        false => ctx.memory().read(mask).map(Some),
    }
}

/// The sets of `select`, checked.
fn sets(ctx: &Ctx<'_, '_>, count: i32, sets: [GuestPtr<u8>; 3]) -> Result<[HostAddress; 3], Errno> {
    if !(0..=SET_BITS).contains(&count) {
        return Err(Errno::EINVAL);
    }
    let memory = ctx.memory();
    let [read, write, except] = sets;
    Ok([
        memory.host_or_null(read, SET_BYTES)?,
        memory.host_or_null(write, SET_BYTES)?,
        memory.host_or_null(except, SET_BYTES)?,
    ])
}

/// `select(count, read, write, except, timeout)`
pub(crate) fn select(
    ctx: &mut Ctx<'_, '_>,
    count: i32,
    read: GuestPtr<u8>,
    write: GuestPtr<u8>,
    except: GuestPtr<u8>,
    time: GuestPtr<u8>,
) -> SysResult {
    let [read, write, except] = sets(ctx, count, [read, write, except])?;
    let time = match time.is_null() {
        true => None,
        false => {
            let [seconds, micros] = read_time(ctx.memory(), time.address(), ctx.long_time64())?;
            if seconds < 0 || micros < 0 {
                return Err(Errno::EINVAL.into());
            }
            // More than a second of microseconds is allowed.
            let seconds = seconds.saturating_add(micros / 1_000_000);
            Some([seconds, micros % 1_000_000 * 1000])
        }
    };
    let frame = ctx.scratch();
    let time = frame.optional(time)?;
    Ok(ctx.call(
        Sys::PSELECT6,
        (count, read, write, except, time, HostAddress::NULL),
    )?)
}

/// `pselect6(count, read, write, except, timeout, mask and its size)`
pub(crate) fn pselect6(
    ctx: &mut Ctx<'_, '_>,
    count: i32,
    read: GuestPtr<u8>,
    write: GuestPtr<u8>,
    except: GuestPtr<u8>,
    time: GuestPtr<u8>,
    mask: GuestPtr<u8>,
) -> SysResult {
    let [read, write, except] = sets(ctx, count, [read, write, except])?;
    let time = read_time_if_any(ctx.memory(), time, ctx.long_time64())?;
    let frame = ctx.scratch();
    let time = frame.optional(time)?;
    let mask = match mask.is_null() {
        true => None,
        false => {
            let inner = GuestPtr::new(ctx.read_word(mask.address())?);
            signal_mask(ctx, inner)?
        }
    };
    Ok(with_mask(ctx, mask, |ctx, mask| {
        let frame = ctx.scratch();
        let mask = frame.value([mask.get(), MASK_BYTES as u64])?.address();
        ctx.call(Sys::PSELECT6, (count, read, write, except, time, mask))
    })?)
}

/// A `struct pollfd` with names.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
pub(crate) struct Poll {
    pub(crate) fd: i32,
    pub(crate) events: i16,
    pub(crate) revents: i16,
}

// SAFETY: numbers only, without padding.
unsafe impl Plain for Poll {}

/// Polls descriptors of the host's choice.
pub(crate) fn poll_host(
    ctx: &Ctx<'_, '_>,
    polls: crate::scratch::Slots<'_, Poll>,
    time: Option<KernelTime>,
) -> Result<u64, Errno> {
    let frame = ctx.scratch();
    let time = frame.optional(time)?;
    ctx.call(
        Sys::PPOLL,
        (
            polls.address(),
            polls.len() as u64,
            time,
            HostAddress::NULL,
            0,
        ),
    )
}
