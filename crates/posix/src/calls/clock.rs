//! Clocks.

use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::guest::GuestPtr;
use crate::handler::LibcResult;
use crate::layout::saturate_i32;
use crate::layout::time::{KernelTime, read_time, write_time};
use crate::sys::Sys;
use wasmjit_runtime::Trap;

const CLOCK_REALTIME: i32 = 0;
const CLOCK_MONOTONIC: i32 = 1;
const CLOCK_PROCESS_CPUTIME: i32 = 2;

/// Reads a clock: seconds and nanoseconds.
pub(crate) fn read(ctx: &Ctx<'_, '_>, clock: i32) -> Result<KernelTime, Errno> {
    ctx.kernel().clock(clock)
}

/// Seconds since 1970.
pub(crate) fn now(ctx: &Ctx<'_, '_>) -> Result<i64, Errno> {
    Ok(read(ctx, CLOCK_REALTIME)?[0])
}

fn milliseconds([seconds, nanos]: KernelTime) -> f64 {
    seconds as f64 * 1e3 + nanos as f64 / 1e6
}

/// `clock_gettime(clock, time)`
pub(crate) fn gettime(ctx: &mut Ctx<'_, '_>, clock: i32, to: GuestPtr<u8>) -> LibcResult {
    let time = read(ctx, clock)?;
    write_time(ctx.memory(), to.address(), ctx.time64(), time)?;
    Ok(0)
}

/// `clock_getres(clock, time)`
pub(crate) fn getres(ctx: &mut Ctx<'_, '_>, clock: i32, to: GuestPtr<u8>) -> LibcResult {
    let time = resolution(ctx, clock)?;
    if !to.is_null() {
        write_time(ctx.memory(), to.address(), ctx.time64(), time)?;
    }
    Ok(0)
}

/// Resolution of a clock.
pub(crate) fn resolution(ctx: &Ctx<'_, '_>, clock: i32) -> Result<KernelTime, Errno> {
    let frame = ctx.scratch();
    let slot = frame.array::<KernelTime>(1)?;
    ctx.call(crate::sys::Sys::CLOCK_GETRES, (clock, slot.address()))?;
    Ok(slot.get(0))
}

/// `clock_settime(clock, time)`
pub(crate) fn settime(ctx: &mut Ctx<'_, '_>, clock: i32, from: GuestPtr<u8>) -> Result<u64, Errno> {
    let time = read_time(ctx.memory(), from.address(), ctx.time64())?;
    let frame = ctx.scratch();
    let time = frame.value(time)?;
    ctx.call(Sys::CLOCK_SETTIME, (clock, time.address()))
}

/// `gettimeofday(time, zone)`
pub(crate) fn gettimeofday(
    ctx: &mut Ctx<'_, '_>,
    to: GuestPtr<u8>,
    _zone: GuestPtr<u8>,
) -> LibcResult {
    let [seconds, nanos] = read(ctx, CLOCK_REALTIME)?;
    let time = [seconds, nanos / 1000];
    write_time(ctx.memory(), to.address(), ctx.time64(), time)?;
    Ok(0)
}

/// `time(result)`, of 32 bits
pub(crate) fn time(ctx: &mut Ctx<'_, '_>, to: GuestPtr<i32>) -> LibcResult {
    let seconds = saturate_i32(now(ctx)?);
    ctx.memory().write_if(to, seconds)?;
    Ok(seconds)
}

/// `clock()`: microseconds of processor time.
pub(crate) fn clock(ctx: &mut Ctx<'_, '_>) -> i32 {
    match read(ctx, CLOCK_PROCESS_CPUTIME) {
        Ok([seconds, nanos]) => seconds.wrapping_mul(1_000_000).wrapping_add(nanos / 1000) as i32,
        Err(_) => -1,
    }
}

/// `difftime(later, earlier)`, of 32 bits
pub(crate) fn difftime(_ctx: &mut Ctx<'_, '_>, later: i32, earlier: i32) -> f64 {
    later as f64 - earlier as f64
}

/// `ftime(result)`: seconds, milliseconds, zone.
pub(crate) fn ftime(ctx: &mut Ctx<'_, '_>, to: GuestPtr<u32>) -> LibcResult {
    let [seconds, nanos] = read(ctx, CLOCK_REALTIME)?;
    let memory = ctx.memory();
    let millis = (nanos / 1_000_000) as u16;
    if ctx.time64() {
        memory.write(to.cast(), seconds)?;
        memory.write(to.byte_add(8).cast(), [millis, 0, 0])?;
    } else {
        memory.write(to.cast(), saturate_i32(seconds))?;
        memory.write(to.byte_add(4).cast(), [millis, 0, 0])?;
    }
    Ok(0)
}

/// `timespec_get(time, base)`
pub(crate) fn timespec_get(
    ctx: &mut Ctx<'_, '_>,
    to: GuestPtr<u8>,
    base: i32,
) -> Result<i32, Trap> {
    const TIME_UTC: i32 = 1;
    let stored = base == TIME_UTC
        && read(ctx, CLOCK_REALTIME)
            .and_then(|time| write_time(ctx.memory(), to.address(), ctx.time64(), time))
            .is_ok();
    Ok(if stored { base } else { 0 })
}

/// `emscripten_get_now()`: milliseconds of the monotonic clock.
pub(crate) fn get_now(ctx: &mut Ctx<'_, '_>) -> f64 {
    read(ctx, CLOCK_MONOTONIC).map_or(0.0, milliseconds)
}

/// `emscripten_date_now()`: milliseconds since 1970.
pub(crate) fn date_now(ctx: &mut Ctx<'_, '_>) -> f64 {
    read(ctx, CLOCK_REALTIME).map_or(0.0, milliseconds)
}

/// `emscripten_get_now_res()`: resolution of the monotonic clock in milliseconds.
pub(crate) fn get_now_res(ctx: &mut Ctx<'_, '_>) -> f64 {
    resolution(ctx, CLOCK_MONOTONIC).map_or(1.0, milliseconds)
}

/// `_emscripten_get_now_is_monotonic()`
pub(crate) fn now_is_monotonic(_ctx: &mut Ctx<'_, '_>) -> i32 {
    1
}
