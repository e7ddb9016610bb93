//! The linear memory: growth, copies, and calls about pages that have no meaning
//! for it.

use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::guest::GuestPtr;
use crate::handler::{Size, SysResult};
use wasmjit_runtime::{Trap, TrapCode};

/// Bytes of a page of WebAssembly.
const PAGE: u64 = 64 << 10;

/// Most bytes that a growth adds beyond what was asked for.
const EXTRA_MAX: u64 = 96 << 20;

/// Most bytes of a 32-bit memory: the last page is left out, since its end has
/// no 32-bit number.
const LIMIT: u64 = (1 << 32) - PAGE;

/// Most bytes that the memory may ever have.
fn heap_max_bytes(ctx: &mut Ctx<'_, '_>) -> u64 {
    let Some(memory) = ctx.guest_memory() else {
        return 0;
    };
    let wide = ctx.wide();
    let ty = memory.ty(ctx.store());
    let max = ty
        .maximum
        .map_or(u64::MAX, |pages| pages.saturating_mul(PAGE));
    if wide { max } else { max.min(LIMIT) }
}

/// `emscripten_get_heap_max()`
pub(crate) fn heap_max(ctx: &mut Ctx<'_, '_>) -> Size {
    Size(heap_max_bytes(ctx))
}

/// `emscripten_resize_heap(bytes)`: 1 if the memory has at least so many now.
pub(crate) fn resize_heap(ctx: &mut Ctx<'_, '_>, wanted: Size) -> i32 {
    let Some(memory) = ctx.guest_memory() else {
        return 0;
    };
    let max = heap_max_bytes(ctx);
    let now = memory.data_size(ctx.store()) as u64;
    if wanted.0 > max {
        return 0;
    }
    if wanted.0 <= now {
        return 1;
    }
    // A fifth more than now, so that a growing heap grows seldom.
    let generous = (now + now / 5)
        .min(wanted.0.saturating_add(EXTRA_MAX))
        .clamp(wanted.0, max);
    for target in [generous, wanted.0] {
        let pages = (target - now).div_ceil(PAGE);
        if memory.grow(ctx.store(), pages).is_some() {
            return 1;
        }
    }
    0
}

/// `emscripten_get_heap_size()`
pub(crate) fn heap_size(ctx: &mut Ctx<'_, '_>) -> Size {
    Size(ctx.memory().len() as u64)
}

/// `emscripten_notify_memory_growth(memory)`: nothing is kept that depends on it.
pub(crate) fn notify_growth(_ctx: &mut Ctx<'_, '_>, _memory: Size) {}

/// `emscripten_memcpy_big(to, from, length)`, `_emscripten_memcpy_js`: returns
/// `to` where a result is declared.
pub(crate) fn copy(
    ctx: &mut Ctx<'_, '_>,
    to: GuestPtr<u8>,
    from: GuestPtr<u8>,
    length: Size,
) -> Result<GuestPtr<u8>, Trap> {
    ctx.memory()
        .copy(to.address(), from.address(), length.0)
        .map_err(|_| TrapCode::MemoryOutOfBounds)?;
    Ok(to)
}

/// `mprotect`, `madvise`: linear memory has no rights of its own, and advice may
/// be ignored.
pub(crate) fn ignored_range(
    ctx: &mut Ctx<'_, '_>,
    start: GuestPtr<u8>,
    length: Size,
    _argument: i32,
) -> SysResult {
    ctx.memory()
        .slice(start.address(), length.0)
        .map_err(|_| Errno::ENOMEM)?;
    Ok(0)
}

/// `mlock`, `munlock`: memory is not locked.
pub(crate) fn ignored_lock(ctx: &mut Ctx<'_, '_>, start: GuestPtr<u8>, length: Size) -> SysResult {
    ignored_range(ctx, start, length, 0)
}

/// `mlockall(flags)`
pub(crate) fn ignored_lock_all(_ctx: &mut Ctx<'_, '_>, _flags: i32) -> SysResult {
    Ok(0)
}

/// `munlockall()`
pub(crate) fn ignored_unlock_all(_ctx: &mut Ctx<'_, '_>) -> SysResult {
    Ok(0)
}

/// `mincore(start, length, map)`: all is there.
pub(crate) fn mincore(
    ctx: &mut Ctx<'_, '_>,
    start: GuestPtr<u8>,
    length: Size,
    to: GuestPtr<u8>,
) -> SysResult {
    let memory = ctx.memory();
    memory
        .slice(start.address(), length.0)
        .map_err(|_| Errno::ENOMEM)?;
    memory.slice(to.address(), length.0.div_ceil(PAGE))?.fill(1);
    Ok(0)
}

/// `mremap(old, old size, new size, flags, new)`: mappings do not move.
pub(crate) fn mremap(
    _ctx: &mut Ctx<'_, '_>,
    _old: GuestPtr<u8>,
    _old_size: Size,
    _new_size: Size,
    _flags: i32,
    _new: GuestPtr<u8>,
) -> SysResult {
    Err(Errno::ENOMEM.into())
}
