//! A context: a guest stack, what runs there, and why it has left.

use crate::error::Errno;
use crate::guest::Guest;
use crate::platform::STACK_RESERVE;
use crate::room::Room;
use crate::sys;
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ffi::c_void;
use core::ptr;
use wasmjit_device::abi::Frame;
use wasmjit_runtime::platform::WaitValue;
use wasmjit_runtime::vm::{RawValue, StoreContext};

/// Frames of a guest, innermost first.
pub(crate) struct Frames {
    pub(crate) frames: Vec<Frame>,
    /// How many more there were.
    pub(crate) omitted: u64,
}

/// Why a guest stack was left.
pub(crate) enum Exit {
    /// Nothing has run yet.
    None,
    /// The call is over, with results in the context's values.
    Returned,
    /// The call is over, as the caller wanted it.
    Unwound(Frames),
    /// The call is over, with this trap.
    Trapped(u32, Frames),
    /// This import is called, with parameters in the context's values. The system
    /// call that it is was made and failed, or was not made.
    HostCall(Import, Option<i64>),
    /// So many bytes shall become accessible behind this address, or others of
    /// the same memory.
    Grow(usize, usize),
    /// A signal waits.
    Attention,
    /// Code waits at an address, if it finds what it expects there.
    Wait(usize, WaitValue, i64),
    /// So many that wait at an address shall go on.
    Notify(usize, u32),
    /// Code of ours failed: the stack must not be used again.
    Failed,
}

/// Answer to an exit that asks for nothing, or that was served.
pub(crate) const SERVED: u64 = 1;
/// Answer to an exit that ends the call.
pub(crate) const REFUSED: u64 = 0;

/// A function that the caller provides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Import {
    /// Number of the instance that has imported it.
    pub(crate) instance: u32,
    /// Its index there.
    pub(crate) function: u32,
}

/// What a suspended call waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waiting {
    /// The results of this import.
    HostCall(Import),
    /// Whether a memory has grown.
    Growth,
    /// To go on or not.
    Attention,
    /// How waiting ended, or how many were woken.
    Number,
}

/// A call that has not ended.
struct Call {
    /// The context's `guest_sp` before it.
    outer_sp: usize,
    waiting: Option<Waiting>,
    /// Its parameters, and where its results go. Here, since what lies on a
    /// guest stack is lost when the context is closed.
    values: Vec<RawValue>,
}

/// The stack of a guest.
struct Stack {
    base: *mut u8,
    bytes: usize,
}

impl Stack {
    fn new(bytes: usize) -> Result<Self, Errno> {
        // SAFETY: a plain allocation.
        let base = unsafe { sys::wj_stack_alloc(bytes) };
        if base.is_null() {
            return Err(Errno::ENOMEM);
        }
        Ok(Self { base, bytes })
    }

    fn top(&self) -> usize {
        self.base as usize + self.bytes
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // SAFETY: nothing runs there: a context is freed when its file is closed.
        unsafe { sys::wj_stack_free(self.base) };
    }
}

/// Who may use a context: the task that loaded the module, in the address space
/// that it had then.
pub(crate) struct Owner {
    task: *const c_void,
    mm: *const c_void,
}

impl Owner {
    pub(crate) fn current() -> Self {
        Self {
            task: sys::wj_current_task(),
            mm: sys::wj_current_mm(),
        }
    }

    fn is_current(&self) -> bool {
        self.task == sys::wj_current_task() && self.has_current_memory()
    }

    /// Whether the calling task has the same address space.
    pub(crate) fn has_current_memory(&self) -> bool {
        !self.mm.is_null() && sys::wj_mm_is_current(self.mm)
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        // SAFETY: a reference was taken when this was made.
        unsafe { sys::wj_mm_drop(self.mm) };
    }
}

/// What a file description of the device stands for. Its first fields are those
/// of `struct wj_context`.
#[repr(C)]
pub(crate) struct Context {
    /// Where to go back to on the task's stack.
    kernel_sp: usize,
    /// Where the innermost call that has not ended goes on.
    guest_sp: usize,
    /// The store that runs code, or null.
    pub(crate) store_context: *mut StoreContext,
    /// Of the user who opened the device.
    account: *mut sys::Account,
    /// Whether its code may use vector registers now; null like the store.
    pub(crate) vectors: *mut u64,
    /// Where the task keeps what it has put off.
    task_work: *const c_void,
    pub(crate) exit: Exit,
    reply: u64,
    /// The calls that have not ended, outermost first.
    calls: Vec<Call>,
    failed: bool,
    /// Parameters and results on their way.
    pub(crate) values: Vec<RawValue>,
    /// Lengths of the memories, as the caller said last.
    pub(crate) lengths: Vec<u64>,
    /// The caller wants the innermost call to end.
    pub(crate) unwinding: bool,
    /// The last command has ended with a system call that a signal has interrupted,
    /// and may be made again.
    pub(crate) interrupted: bool,
    /// How many frames the caller wants to see.
    pub(crate) frame_room: usize,
    // In this order: the guest is given up before its stack, and before its code.
    pub(crate) guest: Option<Box<Guest>>,
    stack: Option<Stack>,
    /// Room for code of its own.
    rooms: Vec<Room>,
    /// Where code is that others run, too.
    shared: Vec<Arc<Room>>,
    owner: Option<Owner>,
}

impl Context {
    pub(crate) fn new(account: *mut sys::Account) -> Self {
        Self {
            kernel_sp: 0,
            guest_sp: 0,
            store_context: ptr::null_mut(),
            account,
            vectors: ptr::null_mut(),
            task_work: ptr::null(),
            exit: Exit::None,
            reply: 0,
            calls: Vec::new(),
            failed: false,
            values: Vec::new(),
            lengths: Vec::new(),
            unwinding: false,
            interrupted: false,
            frame_room: 0,
            guest: None,
            stack: None,
            rooms: Vec::new(),
            shared: Vec::new(),
            owner: None,
        }
    }

    /// Gives the context to the calling task, with a stack of so many bytes,
    /// unless it has one.
    pub(crate) fn prepare(&mut self, stack_bytes: usize) -> Result<(), Errno> {
        if self.owner.is_none() {
            self.stack = Some(Stack::new(stack_bytes)?);
            self.owner = Some(Owner::current());
            self.task_work = sys::wj_task_work_word();
        }
        self.check()
    }

    /// The lowest address of the guest stack that compiled code may use.
    pub(crate) fn stack_limit(&self) -> usize {
        let stack = self.stack.as_ref();
        stack.map_or(usize::MAX, |stack| stack.base as usize + STACK_RESERVE)
    }

    /// Makes sure that the calling task may use it, and that it can be used.
    pub(crate) fn check(&self) -> Result<(), Errno> {
        match &self.owner {
            None => Err(Errno::EINVAL),
            Some(owner) if !owner.is_current() => Err(Errno::EPERM),
            Some(_) if self.failed => Err(Errno::EIO),
            Some(_) => Ok(()),
        }
    }

    /// What the innermost call that has not ended waits for.
    pub(crate) fn waiting(&self) -> Option<Waiting> {
        self.calls.last()?.waiting
    }

    /// Number of calls that have not ended.
    pub(crate) fn depth(&self) -> usize {
        self.calls.len()
    }

    /// Takes room for so many bytes of code; returns its address.
    ///
    /// # Safety
    /// The context must be valid, and no reference to it be in use.
    pub(crate) unsafe fn reserve(context: *mut Self, bytes: usize) -> Option<usize> {
        // SAFETY: the caller vouches for the context, which has the account.
        unsafe {
            let room = Room::new((*context).account, bytes)?;
            let start = room.start();
            let rooms = &mut (*context).rooms;
            rooms.try_reserve(1).ok()?;
            rooms.push(room);
            Some(start)
        }
    }

    /// Takes the room at an address away from the context, if it is its own.
    ///
    /// # Safety
    /// As [`Self::reserve`].
    pub(crate) unsafe fn take_room(context: *mut Self, start: usize) -> Option<Room> {
        // SAFETY: the caller vouches for the context.
        let rooms = unsafe { &mut (*context).rooms };
        let position = rooms.iter().position(|room| room.start() == start)?;
        Some(rooms.swap_remove(position))
    }

    /// Keeps the room of code that the context's guest will run, as long as the context
    /// exists.
    ///
    /// # Safety
    /// As [`Self::reserve`].
    pub(crate) unsafe fn share(context: *mut Self, room: Arc<Room>) -> Result<(), Errno> {
        // SAFETY: the caller vouches for the context.
        let shared = unsafe { &mut (*context).shared };
        shared.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
        shared.push(room);
        Ok(())
    }

    /// Whether this runs on the guest stack.
    ///
    /// # Safety
    /// The context must be valid.
    pub(crate) unsafe fn is_on_its_stack(context: *const Self) -> bool {
        let here = 0_u8;
        let here = (&raw const here).addr();
        // SAFETY: the caller vouches for it.
        let stack = unsafe { &(*context).stack };
        stack
            .as_ref()
            .is_some_and(|stack| (stack.base as usize..stack.top()).contains(&here))
    }

    /// Whether there is room on the guest stack for one more call.
    fn has_room(&self, sp: usize) -> bool {
        let base = self.stack.as_ref().map_or(usize::MAX, |s| s.base as usize);
        sp > base.saturating_add(STACK_RESERVE)
    }

    /// Calls `function` on the guest stack, below the innermost call that has
    /// not ended. Returns with [`Self::exit`] set, when it has ended or asks for
    /// something.
    ///
    /// # Safety
    /// The context must be the calling task's, and `function` right for
    /// `argument`, which must stay valid until the call ends.
    pub(crate) unsafe fn run(
        context: *mut Self,
        function: unsafe extern "C" fn(*mut c_void),
        argument: *mut c_void,
        values: Vec<RawValue>,
    ) -> Result<(), Errno> {
        // SAFETY: the caller vouches for the context; no reference to it is
        // kept while the guest stack is in use, where others are made.
        unsafe {
            let outer = (*context).guest_sp;
            let stack = (&(*context).stack).as_ref().ok_or(Errno::EINVAL)?;
            let sp = match (&(*context).calls).is_empty() {
                true => stack.top(),
                false => outer & !15,
            };
            if !(*context).has_room(sp) {
                return Err(Errno::ENOMEM);
            }
            let calls = &mut (*context).calls;
            calls.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
            calls.push(Call {
                outer_sp: outer,
                waiting: None,
                values,
            });
            let suspended = sys::wj_run_on(context, sp, function, argument) != 0;
            Self::left(context, suspended)
        }
    }

    /// Lets the innermost call go on with the answer that it waits for.
    ///
    /// # Safety
    /// As [`Self::run`].
    pub(crate) unsafe fn resume(context: *mut Self, reply: u64) -> Result<(), Errno> {
        // SAFETY: as in `run`; there is a call, which is suspended.
        unsafe {
            if (&(*context).calls).is_empty() {
                return Err(Errno::EINVAL);
            }
            (*context).reply = reply;
            let suspended = sys::wj_resume(context) != 0;
            Self::left(context, suspended)
        }
    }

    /// # Safety
    /// As [`Self::run`].
    unsafe fn left(context: *mut Self, suspended: bool) -> Result<(), Errno> {
        // SAFETY: the caller vouches for it.
        unsafe {
            let own = &mut *context;
            if own.failed {
                return Err(Errno::EIO);
            }
            if suspended {
                let waiting = match own.exit {
                    Exit::HostCall(import, _) => Some(Waiting::HostCall(import)),
                    Exit::Grow(..) => Some(Waiting::Growth),
                    Exit::Attention => Some(Waiting::Attention),
                    Exit::Wait(..) | Exit::Notify(..) => Some(Waiting::Number),
                    _ => None,
                };
                if let Some(call) = own.calls.last_mut() {
                    call.waiting = waiting;
                }
            } else if let Some(call) = own.calls.pop() {
                own.guest_sp = call.outer_sp;
                own.values = call.values;
            }
        }
        Ok(())
    }

    /// Leaves the guest stack for `exit`; returns the answer.
    ///
    /// # Safety
    /// To be called on the guest stack of the context, which must be the
    /// calling task's.
    pub(crate) unsafe fn ask(context: *mut Self, exit: Exit) -> u64 {
        // SAFETY: the caller vouches for it.
        unsafe {
            (*context).exit = exit;
            sys::wj_suspend(context);
            (*context).reply
        }
    }

    /// Leaves the guest stack for good.
    ///
    /// # Safety
    /// As [`Self::ask`].
    pub(crate) unsafe fn fail(context: *mut Self) -> ! {
        // SAFETY: the caller vouches for it.
        unsafe {
            (*context).failed = true;
            loop {
                Self::ask(context, Exit::Failed);
            }
        }
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        if self.failed {
            // What failed may have left anything behind: its memory is lost. The
            // room of its code is not: that runs on the context's stack only, which
            // nothing returns to.
            core::mem::forget(self.guest.take());
        } else if let Some(guest) = &mut self.guest {
            // The calls that have not ended never will.
            // SAFETY: nothing runs on the context's stack any more.
            unsafe { guest.abandon() };
        }
    }
}
