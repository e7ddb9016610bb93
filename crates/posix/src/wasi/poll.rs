//! `poll_oneoff`: waiting for clocks and descriptors.

use super::descriptors::host;
use super::types::{SECOND, nanoseconds};
use crate::calls::clock;
use crate::calls::poll::{Poll, poll_host};
use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::guest::GuestPtr;
use crate::handler::{Size, WasiResult};
use crate::layout::Encoder;
use crate::sys::Sys;

/// Bytes of a subscription and of an event.
type Subscription = [u8; 48];
type Event = [u8; 32];

/// Most subscriptions at once.
const MAX: u64 = 1024;

const POLLIN: i16 = 1;
const POLLOUT: i16 = 4;
const POLLERR: i16 = 8;
const POLLHUP: i16 = 16;
const POLLNVAL: i16 = 32;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Clock { id: i32, time: u64, absolute: bool },
    Read(i32),
    Write(i32),
}

fn number(bytes: &[u8], at: usize, length: usize) -> u64 {
    (0..length).fold(0, |n, i| n | (bytes[at + i] as u64) << (8 * i))
}

fn wanted(subscription: &Subscription) -> Result<Wanted, Errno> {
    let word = number(subscription, 16, 4) as i32;
    Ok(match subscription[8] {
        0 => Wanted::Clock {
            id: word,
            time: number(subscription, 24, 8),
            absolute: number(subscription, 40, 2) & 1 != 0,
        },
        1 => Wanted::Read(word),
        2 => Wanted::Write(word),
        _ => return Err(Errno::EINVAL),
    })
}

/// Nanoseconds from now to the time of a subscription.
fn rest(ctx: &Ctx<'_, '_>, id: i32, time: u64, absolute: bool) -> Result<u64, Errno> {
    if !absolute {
        return Ok(time);
    }
    Ok(time.saturating_sub(nanoseconds(clock::read(ctx, id)?)))
}

/// `poll_oneoff(subscriptions, events, count, number of events)`
pub(crate) fn oneoff(
    ctx: &mut Ctx<'_, '_>,
    subscriptions: GuestPtr<Subscription>,
    events: GuestPtr<Event>,
    count: Size,
    stored: GuestPtr<u32>,
) -> WasiResult {
    if count.0 == 0 || count.0 > MAX {
        return Err(Errno::EINVAL.into());
    }
    let memory = ctx.memory();
    memory.host(events, count.0)?;
    let stored = memory.place(stored)?;
    let frame = ctx.scratch();
    // One entry per subscription; clocks have none of the kernel's.
    let polls = frame.array::<Poll>(count.0 as usize)?;
    let mut shortest: Option<u64> = None;
    for i in 0..count.0 {
        let mut poll = Poll {
            fd: -1,
            ..Poll::default()
        };
        match wanted(&memory.read(subscriptions.at(i))?)? {
            Wanted::Clock { id, time, absolute } => {
                let rest = rest(ctx, id, time, absolute)?;
                shortest = Some(shortest.map_or(rest, |other| other.min(rest)));
            }
            Wanted::Read(fd) => (poll.fd, poll.events) = (host(ctx, fd)?, POLLIN),
            Wanted::Write(fd) => (poll.fd, poll.events) = (host(ctx, fd)?, POLLOUT),
        }
        polls.set(i as usize, poll);
    }
    let timeout = shortest.map(|ns| {
        let ns = ns.min(i64::MAX as u64) as i64;
        [ns / SECOND, ns % SECOND]
    });
    let ready = poll_host(ctx, polls, timeout)?;
    let mut written = 0;
    for i in 0..count.0 {
        let subscription = memory.read(subscriptions.at(i))?;
        let poll = polls.get(i as usize);
        let mut event = Encoder::<32>::new();
        event.u64(0, number(&subscription, 0, 8));
        event.put(10, [subscription[8]]);
        match wanted(&subscription)? {
            Wanted::Clock { id, time, absolute } => {
                // Those whose time has come when nothing else has happened.
                let due = ready == 0
                    && match absolute {
                        true => rest(ctx, id, time, true)? == 0,
                        false => shortest.is_some_and(|shortest| time <= shortest),
                    };
                if !due {
                    continue;
                }
            }
            Wanted::Read(_) | Wanted::Write(_) => {
                if poll.revents == 0 {
                    continue;
                }
                describe(ctx, poll, &mut event)?;
            }
        }
        memory.write(events.at(written), event.0)?;
        written += 1;
    }
    stored.store(written as u32);
    Ok(())
}

/// What is ready of a descriptor.
fn describe(ctx: &Ctx<'_, '_>, poll: Poll, event: &mut Encoder<32>) -> Result<(), Errno> {
    const FIONREAD: u32 = 0x541b;
    const HANGUP: u16 = 1;
    if poll.revents & POLLNVAL != 0 {
        event.put(8, Errno::EBADF.wasi().to_le_bytes());
        return Ok(());
    }
    if poll.revents & POLLERR != 0 {
        event.put(8, Errno::EIO.wasi().to_le_bytes());
    }
    if poll.events & POLLIN != 0 {
        let frame = ctx.scratch();
        let bytes = frame.value(0i32)?;
        let known = ctx.call(Sys::IOCTL, (poll.fd, FIONREAD, bytes.address()));
        // Something to read whose length is not known.
        let length = if known.is_ok() { bytes.get(0) } else { 1 };
        event.u64(16, length.max(0) as u64);
    }
    if poll.revents & POLLHUP != 0 {
        event.put(24, HANGUP.to_le_bytes());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subscriptions() {
        let mut bytes = [0; 48];
        bytes[16] = 1;
        bytes[24] = 5;
        bytes[40] = 1;
        assert_eq!(
            wanted(&bytes),
            Ok(Wanted::Clock {
                id: 1,
                time: 5,
                absolute: true
            })
        );
        bytes[8] = 2;
        assert_eq!(wanted(&bytes), Ok(Wanted::Write(1)));
        bytes[8] = 3;
        assert_eq!(wanted(&bytes), Err(Errno::EINVAL));
    }
}
