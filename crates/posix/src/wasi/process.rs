//! Arguments, environment, the end.

use crate::calls::extra::random_fill;
use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::guest::GuestPtr;
use crate::handler::{Size, WasiResult};
use crate::sys::Sys;
use alloc::vec::Vec;

/// Number of strings and bytes that they take with their zeros.
fn sizes(
    ctx: &Ctx<'_, '_>,
    strings: &[Vec<u8>],
    count: GuestPtr<u8>,
    bytes: GuestPtr<u8>,
) -> WasiResult {
    let total: usize = strings.iter().map(|s| s.len() + 1).sum();
    ctx.write_word(count.address(), strings.len() as u64)?;
    Ok(ctx.write_word(bytes.address(), total as u64)?)
}

/// Writes strings and an array of their addresses.
fn get(
    ctx: &Ctx<'_, '_>,
    strings: &[Vec<u8>],
    pointers: GuestPtr<u8>,
    bytes: GuestPtr<u8>,
) -> WasiResult {
    let memory = ctx.memory();
    let mut at = bytes.address();
    for (i, string) in strings.iter().enumerate() {
        let to = memory.slice(at, string.len() as u64 + 1)?;
        to.write(string);
        to.from(string.len()).write(&[0]);
        let pointer = pointers.byte_add(i as u64 * ctx.pointer_size());
        ctx.write_word(pointer.address(), at)?;
        at += string.len() as u64 + 1;
    }
    Ok(())
}

/// `args_sizes_get(count, bytes)`
pub(crate) fn args_sizes_get(
    ctx: &mut Ctx<'_, '_>,
    count: GuestPtr<u8>,
    bytes: GuestPtr<u8>,
) -> WasiResult {
    sizes(ctx, &ctx.shared().args, count, bytes)
}

/// `args_get(pointers, bytes)`
pub(crate) fn args_get(
    ctx: &mut Ctx<'_, '_>,
    pointers: GuestPtr<u8>,
    bytes: GuestPtr<u8>,
) -> WasiResult {
    get(ctx, &ctx.shared().args, pointers, bytes)
}

/// `environ_sizes_get(count, bytes)`
pub(crate) fn environ_sizes_get(
    ctx: &mut Ctx<'_, '_>,
    count: GuestPtr<u8>,
    bytes: GuestPtr<u8>,
) -> WasiResult {
    sizes(ctx, &ctx.shared().environment, count, bytes)
}

/// `environ_get(pointers, bytes)`
pub(crate) fn environ_get(
    ctx: &mut Ctx<'_, '_>,
    pointers: GuestPtr<u8>,
    bytes: GuestPtr<u8>,
) -> WasiResult {
    get(ctx, &ctx.shared().environment, pointers, bytes)?;
    crate::environment::note(ctx, pointers.address());
    Ok(())
}

/// `random_get(buffer, length)`
pub(crate) fn random_get(ctx: &mut Ctx<'_, '_>, to: GuestPtr<u8>, length: Size) -> WasiResult {
    Ok(random_fill(ctx, to, length.0)?)
}

/// `sched_yield()`
pub(crate) fn sched_yield(ctx: &mut Ctx<'_, '_>) -> WasiResult {
    ctx.call(Sys::SCHED_YIELD, ())?;
    Ok(())
}

/// `proc_raise(signal)`: the signals have Linux's numbers.
pub(crate) fn raise(ctx: &mut Ctx<'_, '_>, signal: i32) -> WasiResult {
    if !(0..=31).contains(&signal) {
        return Err(Errno::EINVAL.into());
    }
    let process = ctx.call(Sys::GETPID, ())?;
    ctx.call(Sys::KILL, (process, signal))?;
    Ok(())
}
