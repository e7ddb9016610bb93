//! The high word of 64-bit results, and small functions of old versions.

use crate::ctx::Ctx;
use wasmjit_runtime::Trap;

/// `setTempRet0(value)`
pub(crate) fn set_temp_ret0(ctx: &mut Ctx<'_, '_>, value: u32) {
    ctx.thread().temp_ret0.set(value);
}

/// `getTempRet0()`
pub(crate) fn get_temp_ret0(ctx: &mut Ctx<'_, '_>) -> u32 {
    ctx.thread().temp_ret0.get()
}

/// Leaves the high word of a 64-bit result, wherever the module keeps it.
pub(crate) fn leave_high_word(ctx: &mut Ctx<'_, '_>, value: u32) -> Result<(), Trap> {
    match ctx.exports().set_temp_ret0 {
        Some(set) => {
            ctx.call_guest(set, &[value as u64])?;
        }
        None => set_temp_ret0(ctx, value),
    }
    Ok(())
}

/// `dysize(year)`
pub(crate) fn dysize(_ctx: &mut Ctx<'_, '_>, year: i32) -> i32 {
    if crate::time::calendar::is_leap(year as i64) {
        366
    } else {
        365
    }
}
