//! Threads: what a module built with `-pthread` needs to run its first one.

use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::guest::{CString, GuestPtr};
use crate::sys::Sys;
use wasmjit_runtime::Trap;

/// `__pthread_create_js(thread, attributes, start, argument)`
pub(crate) fn create(
    _ctx: &mut Ctx<'_, '_>,
    _thread: GuestPtr<u8>,
    _attributes: GuestPtr<u8>,
    _start: GuestPtr<u8>,
    _argument: GuestPtr<u8>,
) -> i32 {
    Errno::EAGAIN.emscripten() as i32
}

/// `emscripten_check_blocking_allowed()`: always.
pub(crate) fn nothing(_ctx: &mut Ctx<'_, '_>) {}

/// Notifications for the event loop of a browser, which there is not.
pub(crate) fn ignored(_ctx: &mut Ctx<'_, '_>, _argument: GuestPtr<u8>) {}

/// As [`ignored`], with two arguments.
pub(crate) fn ignored_two(_ctx: &mut Ctx<'_, '_>, _a: GuestPtr<u8>, _b: GuestPtr<u8>) {}

/// `_emscripten_notify_thread_queue(to, main)`
pub(crate) fn notify_queue(_ctx: &mut Ctx<'_, '_>, _to: GuestPtr<u8>, _main: GuestPtr<u8>) -> i32 {
    1
}

/// `__emscripten_init_main_thread_js(thread)`: tells the C library that this is
/// the main thread and may block.
pub(crate) fn init_main(ctx: &mut Ctx<'_, '_>, thread: GuestPtr<u8>) -> Result<(), Trap> {
    if let Some(init) = ctx.exports().thread_init_4 {
        ctx.call_guest(init, &[thread.address(), 1, 1, 1])?;
    } else if let Some(init) = ctx.exports().thread_init_6 {
        ctx.call_guest(init, &[thread.address(), 1, 1, 1, 65536, 0])?;
    } else if let Some(init) = ctx.exports().thread_init_5 {
        ctx.call_guest(init, &[thread.address(), 1, 1, 1, 65536])?;
    }
    Ok(())
}

/// `emscripten_num_logical_cores()`
pub(crate) fn cores(ctx: &mut Ctx<'_, '_>) -> i32 {
    let frame = ctx.scratch();
    let Ok(mask) = frame.array::<u64>(128) else {
        return 1;
    };
    match ctx.call(Sys::SCHED_GETAFFINITY, (0, 1024, mask.address())) {
        Ok(bytes) => {
            let words = (bytes as usize / 8).min(mask.len());
            let count: u32 = (0..words).map(|i| mask.get(i).count_ones()).sum();
            count.max(1) as i32
        }
        Err(_) => 1,
    }
}

/// A WebGL context or canvas, which every module with threads of some versions
/// asks for in code that never runs.
pub(crate) fn no_canvas(_ctx: &mut Ctx<'_, '_>, _target: GuestPtr<u8>, _a: GuestPtr<u8>) -> i32 {
    0
}

/// As [`no_canvas`], with a size.
pub(crate) fn no_canvas_size(
    _ctx: &mut Ctx<'_, '_>,
    _target: GuestPtr<u8>,
    _width: i32,
    _height: i32,
) -> i32 {
    /// `EMSCRIPTEN_RESULT_NOT_SUPPORTED`
    const NOT_SUPPORTED: i32 = -1;
    NOT_SUPPORTED
}

/// `pthread_setname_np(thread, name)`
pub(crate) fn set_name(
    ctx: &mut Ctx<'_, '_>,
    _thread: GuestPtr<u8>,
    name: GuestPtr<CString>,
) -> i32 {
    const PR_SET_NAME: i32 = 15;
    let result = ctx
        .memory()
        .string(name, 16)
        .map_err(|errno| match errno {
            Errno::ENAMETOOLONG => Errno::ERANGE,
            errno => errno,
        })
        .and_then(|name| ctx.call(Sys::PRCTL, (PR_SET_NAME, name.host_address())));
    match result {
        Ok(_) => 0,
        Err(errno) => errno.emscripten() as i32,
    }
}
