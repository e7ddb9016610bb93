//! Calling handlers.

use super::{
    Action, Caught, SA_NODEFER, SA_ONSTACK, SA_RESETHAND, SA_RESTART, SA_SIGINFO, SIG_BLOCK,
    SIG_DFL, SIG_IGN, Signals, bit, change_mask,
};
use crate::ctx::Ctx;
use crate::exit::Exit;
use crate::exports::EMULATED_PARAMS;
use crate::layout::siginfo;
use crate::sys::Sys;
use wasmjit_runtime::{Trap, TrapCode};

/// Bytes below the stack pointer that a function without calls may use.
const RED_ZONE: u64 = 128;

/// Bytes set aside for a `ucontext_t`, which is empty.
const CONTEXT_SIZE: u64 = 1024;

/// Delivers the signals that were caught for the calling thread.
///
/// # Errors
/// Whatever a handler ends with.
pub(crate) fn deliver(ctx: &mut Ctx<'_, '_>) -> Result<(), Trap> {
    let Some(host) = ctx.kernel().signals() else {
        return Ok(());
    };
    loop {
        if let Some(caught) = host.take() {
            one(ctx, host, &caught)?;
            continue;
        }
        let Some(info) = ctx.thread().signals.next() else {
            break;
        };
        // Where another signal has just been caught, that one comes first.
        if let Ok(mask) = change_mask(ctx, SIG_BLOCK, None) {
            ctx.thread().signals.forget(&info);
            one(ctx, host, &Caught { info, mask })?;
        }
    }
    ctx.thread().signals.meanwhile.set(None);
    Ok(())
}

/// Delivers one signal.
fn one(ctx: &mut Ctx<'_, '_>, host: &dyn Signals, caught: &Caught) -> Result<(), Trap> {
    let signal = siginfo::signal(&caught.info);
    let own = &ctx.thread().signals;
    if own.unreal_now() & host.reserved() & bit(signal) != 0 {
        own.hold(&caught.info);
        host.set_mask(caught.mask);
        return Ok(());
    }
    let blocked = own.meanwhile.take().unwrap_or(caught.mask);
    let actions = &ctx.shared().actions;
    let action = actions.get(ctx.kernel(), signal).unwrap_or_default();
    match action.handler {
        // It was ignored in between.
        SIG_IGN => {
            host.set_mask(caught.mask);
            return Ok(());
        }
        // It has no handler any more.
        SIG_DFL => {
            again(ctx, signal, caught);
            host.set_mask(caught.mask);
            return Ok(());
        }
        _ => {}
    }
    if action.flags & SA_RESTART == 0 {
        own.ends.set(own.ends.get() + 1);
    }
    if action.flags & SA_RESETHAND != 0 {
        // Cannot fail: it has had a handler.
        let _ = actions.set(ctx.kernel(), signal, Action::default());
    }
    let unreal = own.unreal.get();
    let mut mask = blocked | action.mask;
    if action.flags & SA_NODEFER == 0 {
        mask |= bit(signal);
    }
    own.unreal.set(unreal | mask & host.reserved());
    host.set_mask(mask);
    let result = handle(ctx, action, signal, caught).and_then(|()| deliver(ctx));
    if let Err(end) = &result
        && end.downcast_host::<Exit>().is_some()
    {
        // The program ends in the handler: what waits must not end it otherwise.
        return result;
    }
    // Also when the handler was left by `longjmp`: the C library's `setjmp` does
    // not keep the mask, and who jumps out of a handler wants it back.
    ctx.thread().signals.unreal.set(unreal);
    host.set_mask(caught.mask);
    result
}

/// Sends the calling thread a signal once more.
fn again(ctx: &Ctx<'_, '_>, signal: i32, caught: &Caught) {
    let frame = ctx.scratch();
    let send = || {
        let process = ctx.call(Sys::GETPID, ())?;
        let thread = ctx.call(Sys::GETTID, ())?;
        let info = frame.value(caught.info)?;
        ctx.call(
            Sys::RT_TGSIGQUEUEINFO,
            (process, thread, signal, info.address()),
        )
    };
    // Without room for the information there is nothing better to do.
    let _: Result<u64, _> = send();
}

/// Calls a handler on the guest's stack, or on the one it has set aside.
fn handle(ctx: &mut Ctx<'_, '_>, action: Action, signal: i32, caught: &Caught) -> Result<(), Trap> {
    let exports = ctx.exports();
    let (Some(save), Some(restore)) = (exports.stack_save, exports.stack_restore) else {
        // The handler begins where the interrupted function has its stack pointer.
        return call(ctx, action, signal, [0, 0]);
    };
    let before = ctx.call_guest(save, &[])?;
    let alternate = ctx.thread().signals.alternate.get();
    let wanted = action.flags & SA_ONSTACK != 0 && alternate.size != 0;
    let top = if wanted && !alternate.contains(before) {
        alternate.start.wrapping_add(alternate.size)
    } else {
        before.wrapping_sub(RED_ZONE)
    };
    let context = top.wrapping_sub(CONTEXT_SIZE) & !15;
    let info = context.wrapping_sub(siginfo::SIZE) & !15;
    let mut pointers = [0, 0];
    let mut bottom = top & !15;
    if action.flags & SA_SIGINFO != 0 {
        let wide = ctx.wide();
        let memory = ctx.memory();
        let place = memory.slice(context, CONTEXT_SIZE);
        let written = place.and_then(|place| {
            place.fill(0);
            siginfo::write(memory, info, &caught.info, wide)
        });
        // No room on the stack.
        written.map_err(|_| Trap::from(TrapCode::MemoryOutOfBounds))?;
        pointers = [info, context];
        bottom = info;
    }
    ctx.call_guest(restore, &[bottom])?;
    let result = call(ctx, action, signal, pointers);
    if result.is_ok() {
        ctx.call_guest(restore, &[before])?;
    }
    result
}

/// Calls a handler: with the signal alone, or with three arguments. A handler may
/// have been given another type than `SA_SIGINFO` asks for; the host's calling
/// conventions allow that, and so do we.
fn call(
    ctx: &mut Ctx<'_, '_>,
    action: Action,
    signal: i32,
    [info, context]: [u64; 2],
) -> Result<(), Trap> {
    let signal = signal as u32 as u64;
    let function = ctx.function(action.handler)?;
    let parameters = function.ty(ctx.store_ref()).params().len();
    match parameters {
        3 | EMULATED_PARAMS => ctx.call_pointer(action.handler, &[signal, info, context])?,
        0 => ctx.call_pointer(action.handler, &[])?,
        _ => ctx.call_pointer(action.handler, &[signal])?,
    };
    Ok(())
}
