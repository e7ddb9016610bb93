//! Messages for a browser's console: standard output and standard error.

use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::guest::{CString, GuestPtr};
use crate::layout::message::KernelIovec;
use crate::sys::Sys;

/// Writes host data to a descriptor, as far as it goes.
pub(crate) fn write_all(ctx: &Ctx<'_, '_>, fd: i32, text: &[u8]) {
    for part in text.chunks(4096) {
        let frame = ctx.scratch();
        let Ok(slots) = frame.array::<u8>(part.len()) else {
            return;
        };
        for (i, &byte) in part.iter().enumerate() {
            slots.set(i, byte);
        }
        if ctx
            .call(Sys::WRITE, (fd, slots.address(), part.len() as u64))
            .is_err()
        {
            return;
        }
    }
}

/// Writes a guest's string and a line's end.
fn line(ctx: &Ctx<'_, '_>, fd: i32, text: GuestPtr<CString>) -> Result<(), Errno> {
    const TEXT_MAX: usize = 1 << 20;
    let text = ctx.memory().string(text, TEXT_MAX)?;
    let frame = ctx.scratch();
    let end = frame.value(b'\n')?;
    let vector = frame.array::<KernelIovec>(2)?;
    vector.set(0, [text.host_address().get(), text.len() as u64]);
    vector.set(1, [end.address().get(), 1]);
    ctx.call(Sys::WRITEV, (fd, vector.address(), 2))?;
    Ok(())
}

/// `emscripten_console_log(text)`, `emscripten_out(text)`
pub(crate) fn out(ctx: &mut Ctx<'_, '_>, text: GuestPtr<CString>) {
    // A message that cannot be written is lost, as on a console.
    let _ = line(ctx, 1, text);
}

/// `emscripten_console_warn(text)`, `emscripten_console_error(text)`,
/// `emscripten_err(text)`
pub(crate) fn err(ctx: &mut Ctx<'_, '_>, text: GuestPtr<CString>) {
    let _ = line(ctx, 2, text);
}

/// `emscripten_log_js(flags, text)`
pub(crate) fn log(ctx: &mut Ctx<'_, '_>, flags: i32, text: GuestPtr<CString>) {
    const ERROR: i32 = 2 | 4;
    let _ = line(ctx, if flags & ERROR != 0 { 2 } else { 1 }, text);
}
