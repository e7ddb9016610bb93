//! Local time, and time as text.

use crate::ctx::Ctx;
use crate::environment;
use crate::errno::Errno;
use crate::guest::{CString, GuestPtr};
use crate::handler::{Size, Stop};
use crate::layout::saturate_i32;
use crate::layout::time::Tm;
use crate::time::zone::Zone;
use crate::time::{calendar, format, parse};
use alloc::sync::Arc;
use wasmjit_runtime::{Trap, TrapCode};

type TmPtr = GuestPtr<Tm>;

/// Longest pattern and longest text.
const TEXT_MAX: usize = 64 << 10;

/// A pointer outside of memory, where there is no way to report it.
fn fault(_: Errno) -> Trap {
    TrapCode::MemoryOutOfBounds.into()
}

/// The time zone that the environment names: the guest's own, as it is now, where
/// that is known.
fn zone(ctx: &Ctx<'_, '_>) -> Arc<Zone> {
    const NAME: &[u8] = b"TZ";
    let shared = ctx.shared();
    let zone = match environment::variable(ctx, NAME) {
        Some(value) => shared.zone(value.as_deref()),
        None => shared.zone(shared.first_variable(NAME)),
    };
    // Newer versions ask only once; what they were told then is kept up to date.
    if let Some(places) = shared.zone_places(&zone) {
        // They were valid when the guest passed them.
        let _ = tell(ctx, &zone, places);
    }
    zone
}

/// Writes what the C library wants to know of a time zone: seconds west, whether
/// there is summer time, the names of both.
fn tell(ctx: &Ctx<'_, '_>, zone: &Zone, places: [u64; 4]) -> Result<(), Errno> {
    let summary = zone.summary(super::clock::now(ctx).unwrap_or(0));
    let [timezone, daylight, standard, summer] = places;
    ctx.write_word(timezone, summary.west as i64 as u64)?;
    let memory = ctx.memory();
    memory.write(GuestPtr::new(daylight), summary.daylight as i32)?;
    for (to, name) in [standard, summer].into_iter().zip(&summary.names) {
        let mut bytes = [0u8; NAME];
        let length = name.len().min(NAME - 1);
        bytes[..length].copy_from_slice(&name.as_bytes()[..length]);
        memory.write(GuestPtr::new(to), bytes)?;
    }
    Ok(())
}

fn store(ctx: &Ctx<'_, '_>, tm: Option<Tm>, to: TmPtr) -> i32 {
    let result = match tm {
        Some(tm) => tm.store(ctx.memory(), to),
        None => Err(Errno::EOVERFLOW),
    };
    result.map_or_else(|errno| ctx.guest_errno(errno) as i32, |()| 0)
}

/// `_localtime_js(seconds, tm)`: zero or an error number.
pub(crate) fn local(ctx: &mut Ctx<'_, '_>, seconds: i64, to: TmPtr) -> i32 {
    let tm = zone(ctx).local(seconds);
    store(ctx, tm, to)
}

/// `_gmtime_js(seconds, tm)`: zero or an error number.
pub(crate) fn utc(ctx: &mut Ctx<'_, '_>, seconds: i64, to: TmPtr) -> i32 {
    store(ctx, calendar::broken_down(seconds, 0), to)
}

/// `_localtime_js(address of seconds, tm)`, of 32 bits
pub(crate) fn local_at(ctx: &mut Ctx<'_, '_>, at: GuestPtr<i32>, to: TmPtr) -> Result<(), Trap> {
    let seconds = ctx.memory().read(at).map_err(fault)?;
    local(ctx, seconds as i64, to);
    Ok(())
}

/// `_gmtime_js(address of seconds, tm)`, of 32 bits
pub(crate) fn utc_at(ctx: &mut Ctx<'_, '_>, at: GuestPtr<i32>, to: TmPtr) -> Result<(), Trap> {
    let seconds = ctx.memory().read(at).map_err(fault)?;
    utc(ctx, seconds as i64, to);
    Ok(())
}

/// `_mktime_js(tm)`: seconds; completes the fields.
pub(crate) fn make(ctx: &mut Ctx<'_, '_>, at: TmPtr) -> Result<i64, Trap> {
    let tm = Tm::load(ctx.memory(), at).map_err(fault)?;
    let zone = zone(ctx);
    let seconds = zone.seconds(&tm);
    match zone.local(seconds) {
        Some(complete) => {
            complete.store(ctx.memory(), at).map_err(fault)?;
            Ok(seconds)
        }
        None => Ok(-1),
    }
}

/// `_timegm_js(tm)`: seconds; completes the fields.
pub(crate) fn make_utc(ctx: &mut Ctx<'_, '_>, at: TmPtr) -> Result<i64, Trap> {
    let tm = Tm::load(ctx.memory(), at).map_err(fault)?;
    let seconds = calendar::seconds(&tm);
    match calendar::broken_down(seconds, 0) {
        Some(complete) => {
            complete.store(ctx.memory(), at).map_err(fault)?;
            Ok(seconds)
        }
        None => Ok(-1),
    }
}

/// `_mktime_js(tm)`, of 32 bits
pub(crate) fn make_32(ctx: &mut Ctx<'_, '_>, at: TmPtr) -> Result<i32, Trap> {
    make(ctx, at).map(saturate_i32)
}

/// `_timegm_js(tm)`, of 32 bits
pub(crate) fn make_utc_32(ctx: &mut Ctx<'_, '_>, at: TmPtr) -> Result<i32, Trap> {
    make_utc(ctx, at).map(saturate_i32)
}

/// Bytes of a buffer for a zone's name.
const NAME: usize = 17;

/// `_tzset_js(timezone, daylight, name of standard time, of summer time)`
pub(crate) fn tzset(
    ctx: &mut Ctx<'_, '_>,
    timezone: GuestPtr<u8>,
    daylight: GuestPtr<i32>,
    standard: GuestPtr<u8>,
    summer: GuestPtr<u8>,
) -> Result<(), Trap> {
    let zone = zone(ctx);
    let [timezone, daylight] = [timezone.address(), daylight.address()];
    let places = [timezone, daylight, standard.address(), summer.address()];
    tell(ctx, &zone, places).map_err(fault)?;
    ctx.shared().set_zone_places(places, zone);
    Ok(())
}

/// `_tzset_js(timezone, daylight, names)`: the names are allocated, once
/// for each time zone.
pub(crate) fn tzset_allocating(
    ctx: &mut Ctx<'_, '_>,
    timezone: GuestPtr<u8>,
    daylight: GuestPtr<i32>,
    names: GuestPtr<u8>,
) -> Result<(), Trap> {
    let zone = zone(ctx);
    if ctx.shared().zone_names_set(&zone) {
        return Ok(());
    }
    let summary = zone.summary(super::clock::now(ctx).unwrap_or(0));
    ctx.write_word(timezone.address(), summary.west as i64 as u64)
        .map_err(fault)?;
    ctx.memory()
        .write(daylight, summary.daylight as i32)
        .map_err(fault)?;
    for (i, name) in summary.names.iter().enumerate() {
        let mut bytes = name.as_bytes().to_vec();
        bytes.push(0);
        let at = match ctx.malloc(bytes.len() as u64) {
            Ok(at) => at,
            Err(Stop::Trap(trap)) => return Err(trap),
            Err(Stop::Errno(_)) => return Ok(()),
        };
        let to = ctx.memory().slice(at, bytes.len() as u64).map_err(fault)?;
        to.write(&bytes);
        let pointer = names.address() + i as u64 * ctx.pointer_size();
        ctx.write_word(pointer, at).map_err(fault)?;
    }
    Ok(())
}

/// `strftime(text, size, pattern, tm)`: the length without the final zero.
pub(crate) fn strftime(
    ctx: &mut Ctx<'_, '_>,
    to: GuestPtr<u8>,
    size: Size,
    pattern: GuestPtr<CString>,
    tm: TmPtr,
) -> Result<Size, Trap> {
    let memory = ctx.memory();
    let zone = ctx
        .read_word(Tm::zone(tm).address())
        .ok()
        .filter(|&at| at != 0)
        .and_then(|at| memory.string(GuestPtr::new(at), 64).ok())
        .map(|name| name.to_vec())
        .unwrap_or_default();
    let tm = Tm::load(memory, tm).map_err(fault)?;
    let pattern = memory.string(pattern, TEXT_MAX).map_err(fault)?.to_vec();
    let room = memory.slice_up_to(to.address(), size.0).map_err(fault)?;
    let Some(limit) = room.len().min(TEXT_MAX).checked_sub(1) else {
        return Ok(Size(0));
    };
    match format::format(&tm, &zone, &pattern, limit) {
        Some(mut text) => {
            let length = text.len() as u64;
            text.push(0);
            room.write(&text);
            Ok(Size(length))
        }
        None => Ok(Size(0)),
    }
}

/// `strftime_l(text, size, pattern, tm, locale)`
pub(crate) fn strftime_l(
    ctx: &mut Ctx<'_, '_>,
    to: GuestPtr<u8>,
    size: Size,
    pattern: GuestPtr<CString>,
    tm: TmPtr,
    _locale: GuestPtr<u8>,
) -> Result<Size, Trap> {
    strftime(ctx, to, size, pattern, tm)
}

/// `strptime(text, pattern, tm)`: where reading ended, or null.
pub(crate) fn strptime(
    ctx: &mut Ctx<'_, '_>,
    text: GuestPtr<CString>,
    pattern: GuestPtr<CString>,
    to: TmPtr,
) -> Result<GuestPtr<u8>, Trap> {
    let memory = ctx.memory();
    let content = memory.string(text, TEXT_MAX).map_err(fault)?.to_vec();
    let pattern = memory.string(pattern, TEXT_MAX).map_err(fault)?.to_vec();
    let mut tm = Tm::load(memory, to).map_err(fault)?;
    match parse::parse(&content, &pattern, &mut tm) {
        Some(length) => {
            tm.store(memory, to).map_err(fault)?;
            Ok(text.byte_add(length as u64).cast())
        }
        None => Ok(GuestPtr::new(0)),
    }
}

/// `strptime_l(text, pattern, tm, locale)`
pub(crate) fn strptime_l(
    ctx: &mut Ctx<'_, '_>,
    text: GuestPtr<CString>,
    pattern: GuestPtr<CString>,
    to: TmPtr,
    _locale: GuestPtr<u8>,
) -> Result<GuestPtr<u8>, Trap> {
    strptime(ctx, text, pattern, to)
}

/// `__asctime_r(tm, text)`
pub(crate) fn asctime(
    ctx: &mut Ctx<'_, '_>,
    tm: TmPtr,
    to: GuestPtr<u8>,
) -> Result<GuestPtr<u8>, Trap> {
    let memory = ctx.memory();
    let tm = Tm::load(memory, tm).map_err(fault)?;
    let mut text = format::asctime(&tm);
    text.push(0);
    memory
        .slice(to.address(), text.len() as u64)
        .map_err(fault)?
        .write(&text);
    Ok(to)
}
