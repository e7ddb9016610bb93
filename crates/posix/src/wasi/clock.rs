//! Clocks.

use super::types::nanoseconds;
use crate::calls::clock;
use crate::ctx::Ctx;
use crate::guest::GuestPtr;
use crate::handler::WasiResult;

/// `clock_time_get(clock, precision, time)`: the clocks have Linux's numbers.
pub(crate) fn time_get(
    ctx: &mut Ctx<'_, '_>,
    id: i32,
    _precision: u64,
    to: GuestPtr<u64>,
) -> WasiResult {
    let time = nanoseconds(clock::read(ctx, id)?);
    Ok(ctx.memory().write(to, time)?)
}

/// `clock_res_get(clock, resolution)`
pub(crate) fn res_get(ctx: &mut Ctx<'_, '_>, id: i32, to: GuestPtr<u64>) -> WasiResult {
    let time = nanoseconds(clock::resolution(ctx, id)?);
    Ok(ctx.memory().write(to, time)?)
}
