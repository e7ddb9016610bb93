//! C++ exceptions by Emscripten's protocol for hosts without exceptions in
//! WebAssembly: the host throws, and decides which handler catches.
//!
//! Before each thrown object stands a header: users, type, destructor, two
//! flags, and in newer versions the pointer adjusted to the catch clause. Older
//! ones describe each caught exception by a block of two pointers, the object
//! and the adjusted pointer, and pass that around in place of the object.

use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::exit::{Killed, SIGABRT, Thrown, unwind};
use crate::guest::GuestPtr;
use crate::handler::{Size, Stop};
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use wasmjit_runtime::vm::RawValue;
use wasmjit_runtime::{Trap, TrapCode};

/// What a thread knows of its exceptions.
#[derive(Default)]
pub(crate) struct Exceptions {
    /// The object thrown last; 0 when its handling has ended.
    last: Cell<u64>,
    /// Number of exceptions thrown and not caught yet.
    uncaught: Cell<u32>,
    /// Those being handled, innermost last: objects, or blocks in older versions.
    caught: RefCell<Vec<u64>>,
}

type Pointer = GuestPtr<u8>;

/// Errors of memory are the guest's own.
fn fault(_: Errno) -> Trap {
    TrapCode::MemoryOutOfBounds.into()
}

fn out_of_memory(stop: Stop) -> Trap {
    match stop {
        Stop::Errno(_) => Trap::exit(Killed(SIGABRT)),
        Stop::Trap(trap) => trap,
    }
}

/// The header of a thrown object.
#[derive(Clone, Copy)]
struct Header {
    start: u64,
    pointer: u64,
}

impl Header {
    fn size(ctx: &Ctx<'_, '_>) -> u64 {
        let pointer = ctx.pointer_size();
        let fields = 3 * pointer + 2;
        if ctx.era().catch_info {
            fields.next_multiple_of(pointer)
        } else {
            (fields.next_multiple_of(pointer) + pointer).next_multiple_of(8)
        }
    }

    fn of(ctx: &Ctx<'_, '_>, object: u64) -> Self {
        Self {
            start: object.wrapping_sub(Self::size(ctx)),
            pointer: ctx.pointer_size(),
        }
    }

    fn word(self, ctx: &Ctx<'_, '_>, index: u64) -> Result<u64, Trap> {
        ctx.read_word(self.start.wrapping_add(index * self.pointer))
            .map_err(fault)
    }

    fn set_word(self, ctx: &Ctx<'_, '_>, index: u64, value: u64) -> Result<(), Trap> {
        ctx.write_word(self.start.wrapping_add(index * self.pointer), value)
            .map_err(fault)
    }

    fn flag(self, ctx: &Ctx<'_, '_>, index: u64) -> Result<bool, Trap> {
        let at = self.start.wrapping_add(3 * self.pointer + index);
        let byte = ctx.memory().read(GuestPtr::<u8>::new(at)).map_err(fault)?;
        Ok(byte != 0)
    }

    fn set_flag(self, ctx: &Ctx<'_, '_>, index: u64, value: bool) -> Result<(), Trap> {
        let at = self.start.wrapping_add(3 * self.pointer + index);
        ctx.memory()
            .write(GuestPtr::new(at), value as u8)
            .map_err(fault)
    }

    fn adjusted_address(self) -> u64 {
        self.start.wrapping_add(4 * self.pointer)
    }
}

const USERS: u64 = 0;
const TYPE: u64 = 1;
const DESTRUCTOR: u64 = 2;
const CAUGHT: u64 = 0;
const RETHROWN: u64 = 1;

/// The object that a caught exception stands for.
fn object_of(ctx: &Ctx<'_, '_>, caught: u64) -> Result<u64, Trap> {
    if ctx.era().catch_info {
        ctx.read_word(caught).map_err(fault)
    } else {
        Ok(caught)
    }
}

fn thrown(ctx: &Ctx<'_, '_>, object: u64) -> Trap {
    unwind(ctx, Thrown { object })
}

/// `__cxa_allocate_exception(size)`
pub(crate) fn allocate(ctx: &mut Ctx<'_, '_>, size: Size) -> Result<Pointer, Trap> {
    let header = Header::size(ctx);
    let total = size.0.saturating_add(header);
    let start = ctx.malloc(total).map_err(out_of_memory)?;
    Ok(Pointer::new(start + header))
}

/// `__cxa_free_exception(object)`
pub(crate) fn free(ctx: &mut Ctx<'_, '_>, object: Pointer) -> Result<(), Trap> {
    let header = Header::of(ctx, object.address());
    ctx.free(header.start)
}

/// `__cxa_throw(object, type, destructor)`
pub(crate) fn throw(
    ctx: &mut Ctx<'_, '_>,
    object: Pointer,
    kind: Pointer,
    destructor: Pointer,
) -> Result<(), Trap> {
    let object = object.address();
    let header = Header::of(ctx, object);
    header.set_word(ctx, TYPE, kind.address())?;
    header.set_word(ctx, DESTRUCTOR, destructor.address())?;
    if ctx.era().catch_info {
        header.set_word(ctx, USERS, 0)?;
        header.set_flag(ctx, CAUGHT, false)?;
        header.set_flag(ctx, RETHROWN, false)?;
    } else {
        ctx.write_word(header.adjusted_address(), 0)
            .map_err(fault)?;
    }
    let state = &ctx.thread().exceptions;
    state.last.set(object);
    state.uncaught.set(state.uncaught.get() + 1);
    Err(thrown(ctx, object))
}

/// `__cxa_rethrow()`
pub(crate) fn rethrow(ctx: &mut Ctx<'_, '_>) -> Result<(), Trap> {
    let state = &ctx.thread().exceptions;
    let Some(caught) = state.caught.borrow_mut().pop() else {
        return Err(Trap::exit(Killed(SIGABRT)));
    };
    let object = object_of(ctx, caught)?;
    let header = Header::of(ctx, object);
    if !header.flag(ctx, RETHROWN)? {
        // Its handler ends only now; `__cxa_end_catch` will take it off.
        state.caught.borrow_mut().push(caught);
        header.set_flag(ctx, RETHROWN, true)?;
        header.set_flag(ctx, CAUGHT, false)?;
        state.uncaught.set(state.uncaught.get() + 1);
    } else if ctx.era().catch_info {
        ctx.free(caught)?;
    }
    state.last.set(object);
    Err(thrown(ctx, object))
}

/// The pointer that a catch clause is given.
fn pointer_for_clause(ctx: &mut Ctx<'_, '_>, caught: u64) -> Result<Pointer, Trap> {
    if !ctx.era().catch_info
        && let Some(pointer) = ctx.exports().exception_pointer
    {
        return ctx.call_guest(pointer, &[caught]).map(Pointer::new);
    }
    let object = object_of(ctx, caught)?;
    let header = Header::of(ctx, object);
    let kind = header.word(ctx, TYPE)?;
    if let Some(is_pointer) = ctx.exports().is_pointer_type
        && ctx.call_guest(is_pointer, &[kind])? as u32 != 0
    {
        // A thrown pointer is given itself.
        return ctx.read_word(object).map(Pointer::new).map_err(fault);
    }
    let adjusted = if ctx.era().catch_info {
        caught.wrapping_add(ctx.pointer_size())
    } else {
        header.adjusted_address()
    };
    Ok(Pointer::new(
        match ctx.read_word(adjusted).map_err(fault)? {
            0 => object,
            adjusted => adjusted,
        },
    ))
}

/// `__cxa_begin_catch(caught)`
pub(crate) fn begin_catch(ctx: &mut Ctx<'_, '_>, caught: Pointer) -> Result<Pointer, Trap> {
    let caught = caught.address();
    let object = object_of(ctx, caught)?;
    let header = Header::of(ctx, object);
    let state = &ctx.thread().exceptions;
    if !header.flag(ctx, CAUGHT)? {
        header.set_flag(ctx, CAUGHT, true)?;
        state.uncaught.set(state.uncaught.get().saturating_sub(1));
    }
    header.set_flag(ctx, RETHROWN, false)?;
    state.caught.borrow_mut().push(caught);
    retain(ctx, object)?;
    pointer_for_clause(ctx, caught)
}

/// `__cxa_end_catch()`
pub(crate) fn end_catch(ctx: &mut Ctx<'_, '_>) -> Result<(), Trap> {
    if let Some(set_threw) = ctx.exports().set_threw {
        ctx.call_guest(set_threw, &[0, 0])?;
    }
    let state = &ctx.thread().exceptions;
    let Some(caught) = state.caught.borrow_mut().pop() else {
        return Ok(());
    };
    let object = object_of(ctx, caught)?;
    release(ctx, object)?;
    if ctx.era().catch_info {
        ctx.free(caught)?;
    }
    state.last.set(0);
    Ok(())
}

/// Counts one more user of an exception.
fn retain(ctx: &mut Ctx<'_, '_>, object: u64) -> Result<(), Trap> {
    if let Some(retain) = ctx.exports().exception_retain {
        ctx.call_guest(retain, &[object])?;
        return Ok(());
    }
    let header = Header::of(ctx, object);
    let users = header.word(ctx, USERS)?;
    header.set_word(ctx, USERS, users.wrapping_add(1))
}

/// Counts one less user; destroys the exception with the last, unless it is on
/// its way again.
fn release(ctx: &mut Ctx<'_, '_>, object: u64) -> Result<(), Trap> {
    if let Some(release) = ctx.exports().exception_release {
        ctx.call_guest(release, &[object])?;
        return Ok(());
    }
    let header = Header::of(ctx, object);
    let users = header.word(ctx, USERS)?;
    header.set_word(ctx, USERS, users.wrapping_sub(1))?;
    if users == 1 && !header.flag(ctx, RETHROWN)? {
        let destructor = header.word(ctx, DESTRUCTOR)?;
        if destructor != 0 {
            ctx.call_pointer(destructor, &[object])?;
        }
        free(ctx, Pointer::new(object))?;
    }
    Ok(())
}

/// `__cxa_increment_exception_refcount(object)`
pub(crate) fn increment(ctx: &mut Ctx<'_, '_>, object: Pointer) -> Result<(), Trap> {
    match object.address() {
        0 => Ok(()),
        object => retain(ctx, object),
    }
}

/// `__cxa_decrement_exception_refcount(object)`
pub(crate) fn decrement(ctx: &mut Ctx<'_, '_>, object: Pointer) -> Result<(), Trap> {
    match object.address() {
        0 => Ok(()),
        object => release(ctx, object),
    }
}

/// `__cxa_get_exception_ptr(caught)`
pub(crate) fn get_pointer(ctx: &mut Ctx<'_, '_>, caught: Pointer) -> Result<Pointer, Trap> {
    pointer_for_clause(ctx, caught.address())
}

/// `__cxa_uncaught_exceptions()`
pub(crate) fn uncaught(ctx: &mut Ctx<'_, '_>) -> u32 {
    ctx.thread().exceptions.uncaught.get()
}

/// `__cxa_current_primary_exception()`
pub(crate) fn current(ctx: &mut Ctx<'_, '_>) -> Result<Pointer, Trap> {
    let last = ctx.thread().exceptions.caught.borrow().last().copied();
    let Some(caught) = last else {
        return Ok(Pointer::new(0));
    };
    let object = object_of(ctx, caught)?;
    retain(ctx, object)?;
    Ok(Pointer::new(object))
}

/// `__cxa_current_exception_type()`
pub(crate) fn current_type(ctx: &mut Ctx<'_, '_>) -> Result<Pointer, Trap> {
    let last = ctx.thread().exceptions.caught.borrow().last().copied();
    let Some(caught) = last else {
        return Ok(Pointer::new(0));
    };
    let object = object_of(ctx, caught)?;
    Header::of(ctx, object).word(ctx, TYPE).map(Pointer::new)
}

/// `__cxa_rethrow_primary_exception(object)`
pub(crate) fn rethrow_primary(ctx: &mut Ctx<'_, '_>, object: Pointer) -> Result<(), Trap> {
    let object = object.address();
    if object == 0 {
        return Ok(());
    }
    let caught = if ctx.era().catch_info {
        new_block(ctx, object, 0)?
    } else {
        object
    };
    let state = &ctx.thread().exceptions;
    state.caught.borrow_mut().push(caught);
    Header::of(ctx, object).set_flag(ctx, RETHROWN, true)?;
    rethrow(ctx)
}

/// The block by which older versions describe a caught exception.
fn new_block(ctx: &mut Ctx<'_, '_>, object: u64, adjusted: u64) -> Result<u64, Trap> {
    let pointer = ctx.pointer_size();
    let block = ctx.malloc(2 * pointer).map_err(out_of_memory)?;
    ctx.write_word(block, object).map_err(fault)?;
    ctx.write_word(block + pointer, adjusted).map_err(fault)?;
    Ok(block)
}

/// `__resumeException(caught)`: no handler here; goes on outwards.
pub(crate) fn resume(ctx: &mut Ctx<'_, '_>, caught: Pointer) -> Result<(), Trap> {
    let object = object_of(ctx, caught.address())?;
    let state = &ctx.thread().exceptions;
    if state.last.get() == 0 {
        state.last.set(object);
    }
    if ctx.era().catch_info {
        ctx.free(caught.address())?;
    }
    Err(thrown(ctx, state.last.get()))
}

/// `llvm_eh_typeid_for(type)`: types are told apart by their addresses.
pub(crate) fn type_id(_ctx: &mut Ctx<'_, '_>, kind: Pointer) -> Pointer {
    kind
}

/// `__cxa_call_unexpected(exception)`
pub(crate) fn unexpected(ctx: &mut Ctx<'_, '_>, _exception: Pointer) -> Result<(), Trap> {
    super::exit::abort(ctx)
}

/// `__cxa_find_matching_catch_N(types…)`: what to catch, and in the high word the
/// type of the clause that takes it.
pub(crate) fn find_matching_catch(
    ctx: &mut Ctx<'_, '_>,
    values: &mut [RawValue],
    count: usize,
) -> Result<(), Trap> {
    let object = ctx.thread().exceptions.last.get();
    let (caught, selector) = if object == 0 {
        (0, 0)
    } else {
        let header = Header::of(ctx, object);
        let kind = header.word(ctx, TYPE)?;
        let (caught, adjusted) = if ctx.era().catch_info {
            let block = new_block(ctx, object, object)?;
            (block, block + ctx.pointer_size())
        } else {
            ctx.write_word(header.adjusted_address(), object)
                .map_err(fault)?;
            (object, header.adjusted_address())
        };
        let selector = match kind {
            0 => 0,
            kind => matching(ctx, &values[..count], kind, adjusted)?,
        };
        (caught, selector)
    };
    super::legacy::leave_high_word(ctx, selector as u32)?;
    values[0] = RawValue::from_u64(caught);
    Ok(())
}

fn matching(
    ctx: &mut Ctx<'_, '_>,
    clauses: &[RawValue],
    kind: u64,
    adjusted: u64,
) -> Result<u64, Trap> {
    for clause in clauses {
        let clause = match ctx.wide() {
            true => clause.u64(),
            false => clause.u32() as u64,
        };
        // A clause for everything, or for exactly this.
        if clause == 0 || clause == kind {
            break;
        }
        if let Some(can_catch) = ctx.exports().can_catch
            && ctx.call_guest(can_catch, &[clause, kind, adjusted])? as u32 & 0xff != 0
        {
            return Ok(clause);
        }
    }
    Ok(kind)
}
