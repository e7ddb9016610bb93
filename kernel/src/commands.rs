//! The device's commands: what user space passes is copied, checked, and turned
//! into work.

use crate::compile::Checked;
use crate::context::{Context, Exit, Frames, REFUSED, SERVED, Waiting};
use crate::error::{Errno, Refusal};
use crate::guest::{self, Calls, Guest};
use crate::sys;
use crate::user::{self, Structure};
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ffi::{c_long, c_uint, c_ulong};
use core::ops::RangeInclusive;
use wasmjit_device::abi::{self, Frame, Info, Instantiate, Load, Memory, Run, Value};
use wasmjit_module::ValType;
use wasmjit_runtime::codegen::GUARDED_RESERVATION;
use wasmjit_runtime::platform::WaitValue;
use wasmjit_runtime::vm::RawValue;

/// Largest module.
const MAX_MODULE: u64 = 64 << 20;
/// Stack of a guest: what it is by default, at least and at most.
const STACK: u64 = 2 << 20;
const MIN_STACK: u64 = 256 << 10;
const MAX_STACK: u64 = 16 << 20;
/// Most room for code of its own that a context can ask for.
const MAX_CODE: u64 = 16 << 20;
/// Most memories and imports of a module, as the specification's limits have
/// them, and most memories whose lengths can be told.
const MAX_MEMORIES: u32 = 100;
const MAX_IMPORTS: u32 = 100_000;
const MAX_LENGTHS: u32 = 10_000;
/// Most calls inside each other.
const MAX_DEPTH: usize = 10_000;
/// Most frames and most text that are passed out.
const MAX_FRAMES: usize = 256;
const MAX_MESSAGE: u64 = 4096;

/// Makes a context; null when there is no memory.
#[unsafe(no_mangle)]
extern "C" fn wasmjit_context_new(account: *mut sys::Account) -> *mut Context {
    let mut place: Vec<Context> = match user::space(1) {
        Ok(place) => place,
        Err(_) => return core::ptr::null_mut(),
    };
    place.push(Context::new(account));
    Box::into_raw(place.into_boxed_slice()).cast()
}

/// Frees a context whose file is closed.
///
/// # Safety
/// It must come from [`wasmjit_context_new`] and not be used again.
#[unsafe(no_mangle)]
unsafe extern "C" fn wasmjit_context_free(context: *mut Context) {
    let place = core::ptr::slice_from_raw_parts_mut(context, 1);
    // SAFETY: the caller vouches for it; it was made as such a slice.
    drop(unsafe { Box::from_raw(place) });
}

/// Carries a command out; returns zero or a negated error number.
///
/// # Safety
/// The context must be valid, and used by nobody else now.
#[unsafe(no_mangle)]
unsafe extern "C" fn wasmjit_command(
    context: *mut Context,
    number: c_uint,
    size: c_uint,
    argument: c_ulong,
) -> c_long {
    const INFO: u32 = abi::number(abi::INFO);
    const LOAD: u32 = abi::number(abi::LOAD);
    const INSTANTIATE: u32 = abi::number(abi::INSTANTIATE);
    const RUN: u32 = abi::number(abi::RUN);
    let size = size as usize;
    // SAFETY: the caller vouches for the context.
    let result = unsafe {
        match number {
            INFO => info(argument, size),
            LOAD => load(context, argument, size),
            INSTANTIATE => instantiate(context, argument, size),
            RUN => run(context, argument, size),
            _ => Err(Errno::ENOTTY),
        }
    };
    match result {
        Ok(()) => 0,
        Err(Errno(number)) => -c_long::from(number),
    }
}

fn info(argument: u64, size: usize) -> Result<(), Errno> {
    let mut info = Structure::<Info>::read(argument, size)?;
    // SAFETY: a structure to fill.
    unsafe { sys::wj_info(&mut info.value) };
    info.write()
}

/// Passes the reason for a refusal on.
fn refuse(refusal: Refusal, address: u64, room: u64) -> Errno {
    if !refusal.message.is_empty() && room > 0 {
        let text = guest::cut(&refusal.message, room.min(MAX_MESSAGE) as usize);
        // The error number is what counts.
        let _ = user::write_array(address, text.as_bytes());
    }
    refusal.errno
}

/// # Safety
/// As [`wasmjit_command`].
unsafe fn load(context: *mut Context, argument: u64, size: usize) -> Result<(), Errno> {
    let mut request = Structure::<Load>::read(argument, size)?;
    let load = request.value;
    let stack = match load.stack_bytes {
        0 => STACK,
        bytes => bytes,
    };
    if load.flags & !(abi::EXIT_FOR_CALLS | abi::TIME64) != 0
        || !(MIN_STACK..=MAX_STACK).contains(&stack)
        || !stack.is_multiple_of(4096)
    {
        return Err(Errno::EINVAL);
    }
    if load.code_bytes > MAX_CODE || !load.code_bytes.is_multiple_of(4096) || load.cached != 0 {
        return Err(Errno::EINVAL);
    }
    if load.module_bytes > MAX_MODULE {
        return Err(Errno::E2BIG);
    }
    let binary: Vec<u8> = user::read_array(load.module, load.module_bytes as usize)?;
    let binary: Arc<[u8]> = binary.into();
    // SAFETY: the caller vouches for the context, in which no call has begun. No
    // reference to it is kept while its stack is in use.
    let loaded = unsafe {
        (*context).prepare(stack as usize)?;
        if (*context).depth() > 0 {
            return Err(Errno::EINVAL);
        }
        let limit = (*context).stack_limit();
        let calls = match load.flags & abi::EXIT_FOR_CALLS {
            0 => Calls::Here {
                time64: load.flags & abi::TIME64 != 0,
            },
            _ => Calls::Exit,
        };
        let guest = &raw mut (*context).guest;
        guest::on_stack(context, || {
            let checked = Checked::new(binary)?;
            if (*guest).is_none() {
                *guest = Some(Guest::new(&checked, load.code_bytes as usize, limit)?);
            }
            let guest = (&mut *guest).as_deref_mut();
            let cached = checked.code.is_cached();
            let number = guest.ok_or(Errno::EIO)?.add(checked, calls)?;
            Ok((number, cached))
        })?
    };
    let (number, cached) =
        loaded.map_err(|refusal| refuse(refusal, load.message, load.message_bytes))?;
    request.value.module_number = number;
    request.value.cached = u32::from(cached);
    request.write()
}

/// # Safety
/// As [`wasmjit_command`].
unsafe fn instantiate(context: *mut Context, argument: u64, size: usize) -> Result<(), Errno> {
    let mut request = Structure::<Instantiate>::read(argument, size)?;
    let wanted = request.value;
    // SAFETY: the caller vouches for the context.
    let own = unsafe { &mut *context };
    own.check()?;
    let depth = own.depth();
    let guest = own.guest.as_deref_mut().ok_or(Errno::EINVAL)?;
    let too_many = wanted.memory_count > MAX_MEMORIES || wanted.import_count > MAX_IMPORTS;
    if too_many || depth > 0 || wanted.reserved != 0 {
        return Err(Errno::EINVAL);
    }
    let memories: Vec<Memory> = user::read_array(wanted.memories, wanted.memory_count as usize)?;
    for memory in &memories {
        let end = memory.base.checked_add(GUARDED_RESERVATION);
        let fits = end.is_some_and(|end| end <= sys::wj_task_size() as u64);
        if !fits || memory.base == 0 || !memory.base.is_multiple_of(4096) {
            return Err(Errno::EINVAL);
        }
    }
    let imports: Vec<abi::Import> = user::read_array(wanted.imports, wanted.import_count as usize)?;
    let guest: *mut Guest = guest;
    // SAFETY: the guest belongs to the context, which nothing else uses.
    let made = unsafe {
        guest::on_stack(context, || {
            (*guest).instantiate(wanted.module, &memories, &imports)
        })?
    };
    let (number, trap) =
        made.map_err(|refusal| refuse(refusal, wanted.message, wanted.message_bytes))?;
    request.value.instance = number;
    request.value.reason = match trap {
        None => abi::RETURNED,
        Some(_) => abi::TRAPPED,
    };
    request.value.trap = trap.unwrap_or(0);
    request.write()
}

/// # Safety
/// As [`wasmjit_command`].
unsafe fn run(context: *mut Context, argument: u64, size: usize) -> Result<(), Errno> {
    let mut run = Structure::<Run>::read(argument, size)?;
    // SAFETY: the caller vouches for the context. No reference to it is kept
    // while the guest stack is in use.
    unsafe {
        (*context).check()?;
        (*context).lengths = match run.value.memory_lengths {
            0 => Vec::new(),
            _ if run.value.memory_count > MAX_LENGTHS => return Err(Errno::EINVAL),
            address => user::read_array(address, run.value.memory_count as usize)?,
        };
        (*context).frame_room = (run.value.frame_count as usize).min(MAX_FRAMES);
        let interrupted = core::mem::take(&mut (*context).interrupted);
        match run.value.command {
            _ if interrupted && run.value.reason == abi::HOST_CALL => made_again(context)?,
            _ if run.value.reason != 0 => return Err(Errno::EINVAL),
            abi::CALL => call(context, &run.value)?,
            abi::CONTINUE => go_on(context, &run.value)?,
            abi::UNWIND => unwind(context)?,
            _ => return Err(Errno::EINVAL),
        }
        let again = report(context, &mut run.value)?;
        (*context).interrupted = again.is_some();
        sys::wj_count_run(run.value.reason);
        run.write()?;
        match again {
            // The caller sees EINTR instead, or nothing, as for that call itself.
            Some(errno) => Err(errno),
            None => Ok(()),
        }
    }
}

/// Copies values of these types in, to the beginning of `values`.
fn read_values(address: u64, types: &[ValType], values: &mut [RawValue]) -> Result<(), Errno> {
    let given: Vec<Value> = user::read_array(address, types.len())?;
    for ((value, given), &ty) in values.iter_mut().zip(&given).zip(types) {
        *value = RawValue([given.low, given.high]);
        if !guest::accept(ty, *value) {
            return Err(Errno::EINVAL);
        }
    }
    Ok(())
}

/// The kernel has made the command again, which a signal had interrupted in a system
/// call: that is now for the caller to make.
///
/// # Safety
/// As [`wasmjit_command`].
unsafe fn made_again(context: *mut Context) -> Result<(), Errno> {
    // SAFETY: the caller vouches for the context.
    let own = unsafe { &mut *context };
    match own.exit {
        Exit::HostCall(import, _) => own.exit = Exit::HostCall(import, None),
        _ => return Err(Errno::EINVAL),
    }
    Ok(())
}

/// The kernel's code to go on with what a call has left behind: not for the ioctl, which
/// it makes again instead, by the one for calls that only a handler ends.
const RESTART_BLOCK: i64 = -516;
const RESTART_NO_HANDLER: i64 = -514;

/// Errors of system calls that a signal has interrupted, with which the kernel makes
/// them again or lets them end with EINTR. No program ever sees them.
const RESTARTS: RangeInclusive<i64> = -516..=-512;

fn value_out(value: &RawValue) -> Value {
    Value {
        low: value.0[0],
        high: value.0[1],
    }
}

/// # Safety
/// As [`wasmjit_command`].
unsafe fn call(context: *mut Context, run: &Run) -> Result<(), Errno> {
    // SAFETY: the caller vouches for the context.
    let own = unsafe { &mut *context };
    if own.depth() >= MAX_DEPTH {
        return Err(Errno::ENOMEM);
    }
    // What waits otherwise is in the middle of changing something.
    let nests = matches!(
        own.waiting(),
        None | Some(Waiting::HostCall(_) | Waiting::Attention)
    );
    let guest = own.guest.as_deref().ok_or(Errno::EINVAL)?;
    let (function, ty) = guest
        .function(run.instance, run.function)
        .filter(|_| nests)
        .ok_or(Errno::EINVAL)?;
    let mut values = guest::zeros(guest::slots(ty))?;
    read_values(run.values, ty.params(), &mut values)?;
    let mut call = guest::Call {
        context,
        function,
        values: values.as_mut_ptr(),
        slots: values.len(),
    };
    // SAFETY: the values are of the function's type; the call is read before the
    // guest stack is left.
    unsafe { Context::run(context, guest::call, (&raw mut call).cast(), values) }
}

/// # Safety
/// As [`wasmjit_command`].
unsafe fn go_on(context: *mut Context, run: &Run) -> Result<(), Errno> {
    // SAFETY: the caller vouches for the context.
    let own = unsafe { &mut *context };
    let reply = match own.waiting() {
        Some(Waiting::HostCall(import)) => {
            let guest = own.guest.as_deref().ok_or(Errno::EINVAL)?;
            let ty = guest.import_type(import).ok_or(Errno::EINVAL)?;
            let mut values = guest::zeros(ty.results().len())?;
            read_values(run.values, ty.results(), &mut values)?;
            own.values = values;
            SERVED
        }
        Some(Waiting::Growth | Waiting::Attention) => u64::from(run.result == 1),
        Some(Waiting::Number) => run.result,
        _ => return Err(Errno::EINVAL),
    };
    // SAFETY: as above.
    unsafe { Context::resume(context, reply) }
}

/// # Safety
/// As [`wasmjit_command`].
unsafe fn unwind(context: *mut Context) -> Result<(), Errno> {
    // SAFETY: the caller vouches for the context.
    let own = unsafe { &mut *context };
    let reply = match own.waiting() {
        Some(Waiting::HostCall(_)) => REFUSED,
        // The trap that this is becomes the end that the caller wanted.
        Some(Waiting::Attention) => SERVED,
        _ => return Err(Errno::EINVAL),
    };
    own.unwinding = true;
    // SAFETY: as above.
    unsafe { Context::resume(context, reply) }
}

/// Says why the guest stack was left. Returns the error to end the command with,
/// where that is an interrupted system call's.
///
/// # Safety
/// As [`wasmjit_command`].
unsafe fn report(context: *mut Context, run: &mut Run) -> Result<Option<Errno>, Errno> {
    // SAFETY: the caller vouches for the context.
    let own = unsafe { &mut *context };
    let room = run.value_count as usize;
    run.depth = own.depth() as u32;
    run.value_count = 0;
    run.frame_count = 0;
    let mut values: &[RawValue] = &[];
    let mut frames: &[Frame] = &[];
    let mut again = None;
    match &own.exit {
        Exit::Returned => {
            run.reason = abi::RETURNED;
            values = &own.values;
        }
        Exit::Unwound(of_call) => {
            run.reason = abi::UNWOUND;
            run.argument[0] = left_out(of_call, own.frame_room);
            frames = &of_call.frames;
        }
        Exit::Trapped(code, of_call) => {
            run.reason = abi::TRAPPED;
            run.trap = *code;
            run.argument[0] = left_out(of_call, own.frame_room);
            frames = &of_call.frames;
        }
        Exit::HostCall(import, made) => {
            run.reason = abi::HOST_CALL;
            run.instance = import.instance;
            run.import = import.function;
            run.argument = match *made {
                None => [0, 0],
                Some(result) if RESTARTS.contains(&result) => {
                    let restart = match result {
                        RESTART_BLOCK => RESTART_NO_HANDLER,
                        other => other,
                    };
                    again = Some(Errno(-restart as i32));
                    [1, -i64::from(Errno::EINTR.0) as u64]
                }
                Some(result) => [1, result as u64],
            };
            values = &own.values;
        }
        Exit::Grow(base, bytes) => {
            run.reason = abi::GROW;
            run.argument = [*base as u64, *bytes as u64];
        }
        Exit::Attention => run.reason = abi::ATTENTION,
        Exit::Wait(address, expected, timeout) => {
            run.reason = abi::WAIT;
            (run.wait_bytes, run.argument[1]) = match expected {
                WaitValue::Bits32(value) => (4, u64::from(*value)),
                WaitValue::Bits64(value) => (8, *value),
            };
            run.argument[0] = *address as u64;
            run.wait_timeout = *timeout as u64;
        }
        Exit::Notify(address, count) => {
            run.reason = abi::NOTIFY;
            run.argument = [*address as u64, u64::from(*count)];
        }
        Exit::None | Exit::Failed => return Err(Errno::EIO),
    }
    if values.len() > room {
        values = &values[..room];
    }
    if frames.len() > own.frame_room {
        frames = &frames[..own.frame_room];
    }
    write_values(run.values, values)?;
    user::write_array(run.frames, frames)?;
    run.value_count = values.len() as u32;
    run.frame_count = frames.len() as u32;
    Ok(again)
}

/// How many frames are not passed out.
fn left_out(frames: &Frames, room: usize) -> u64 {
    frames.omitted + frames.frames.len().saturating_sub(room) as u64
}

fn write_values(address: u64, values: &[RawValue]) -> Result<(), Errno> {
    const FEW: usize = 8;
    let few = &mut [Value::default(); FEW];
    if values.len() <= FEW {
        for (to, value) in few.iter_mut().zip(values) {
            *to = value_out(value);
        }
        return user::write_array(address, &few[..values.len()]);
    }
    let mut all: Vec<Value> = user::space(values.len())?;
    all.extend(values.iter().map(value_out));
    user::write_array(address, &all)
}
