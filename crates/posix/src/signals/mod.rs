//! A guest's signals: what it wants done about them, and their delivery.
//!
//! Which signals are blocked and pending, and what is done about those without a
//! handler, the host knows ([`host`]). Here are the handlers.

mod deliver;
mod host;

pub(crate) use deliver::deliver;
pub use host::{Caught, Disposition, INFO_SIZE, Signals};

use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::kernel::Kernel;
use crate::layout::siginfo;
use crate::lock::Lock;
use crate::sys::Sys;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use wasmjit_runtime::Trap;

/// Number of signals; they count from 1.
pub(crate) const SIGNALS: usize = 64;

pub(crate) const SIGKILL: i32 = 9;
pub(crate) const SIGSTOP: i32 = 19;

/// `SIG_DFL`.
pub(crate) const SIG_DFL: u64 = 0;
/// `SIG_IGN`, which is -2 for Emscripten: the function pointer 1 may be valid.
pub(crate) const SIG_IGN: u64 = -2_i64 as u64;

pub(crate) const SA_NOCLDSTOP: u32 = 1;
pub(crate) const SA_NOCLDWAIT: u32 = 2;
pub(crate) const SA_SIGINFO: u32 = 4;
pub(crate) const SA_ONSTACK: u32 = 0x0800_0000;
pub(crate) const SA_RESTART: u32 = 0x1000_0000;
pub(crate) const SA_NODEFER: u32 = 0x4000_0000;
pub(crate) const SA_RESETHAND: u32 = 0x8000_0000;

pub(crate) const SIG_BLOCK: i32 = 0;
pub(crate) const SIG_SETMASK: i32 = 2;

/// Bytes of a signal set, as the kernel has it.
pub(crate) const SET_BYTES: u64 = 8;

/// The bit of a signal in a set; none for a number that is no signal.
pub(crate) fn bit(signal: i32) -> u64 {
    match signal {
        1..=64 => 1 << (signal - 1),
        _ => 0,
    }
}

/// What the guest wants done about a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Action {
    /// `SIG_DFL`, `SIG_IGN` or a function pointer.
    pub(crate) handler: u64,
    /// `SA_*`
    pub(crate) flags: u32,
    /// Signals to be blocked while the handler runs.
    pub(crate) mask: u64,
}

impl Action {
    /// What the host has to do for it.
    fn disposition(self) -> Disposition {
        match self.handler {
            SIG_DFL => Disposition::Default,
            SIG_IGN => Disposition::Ignore,
            _ => Disposition::Catch,
        }
    }
}

/// The actions of a process.
pub(crate) struct Actions(Lock<[Option<Action>; SIGNALS + 1]>);

impl Actions {
    /// Those that the process starts with: the host's.
    pub(crate) fn new() -> Self {
        Self(Lock::new([None; SIGNALS + 1]))
    }

    /// Keeps others from them as long as the result exists.
    pub(crate) fn hold(&self) -> impl Sized + '_ {
        self.0.lock()
    }

    /// What is to be done about a signal.
    ///
    /// # Errors
    /// `EINVAL` when there is no such signal, `ENOSYS` when there are none.
    pub(crate) fn get(&self, kernel: &dyn Kernel, signal: i32) -> Result<Action, Errno> {
        let host = kernel.signals().ok_or(Errno::ENOSYS)?;
        let known = *self.0.lock().get(valid(signal)?).ok_or(Errno::EINVAL)?;
        if let Some(action) = known {
            return Ok(action);
        }
        let ignored = host.disposition(signal)? == Disposition::Ignore;
        Ok(Action {
            handler: if ignored { SIG_IGN } else { SIG_DFL },
            ..Action::default()
        })
    }

    /// Sets it.
    ///
    /// # Errors
    /// As [`Self::get`], and `EINVAL` for those about which nothing can be done.
    pub(crate) fn set(
        &self,
        kernel: &dyn Kernel,
        signal: i32,
        action: Action,
    ) -> Result<(), Errno> {
        let host = kernel.signals().ok_or(Errno::ENOSYS)?;
        let at = valid(signal)?;
        if matches!(signal, SIGKILL | SIGSTOP) {
            return Err(Errno::EINVAL);
        }
        let mut actions = self.0.lock();
        let slot = actions.get_mut(at).ok_or(Errno::EINVAL)?;
        // A handler must be known before the host catches a signal for it.
        let before = slot.replace(action);
        let set = host.set_disposition(signal, action.disposition(), action.flags);
        if set.is_err() {
            *slot = before;
        }
        set
    }
}

fn valid(signal: i32) -> Result<usize, Errno> {
    match usize::try_from(signal) {
        Ok(at @ 1..=SIGNALS) => Ok(at),
        _ => Err(Errno::EINVAL),
    }
}

/// The stack that a thread has set aside for handlers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Alternate {
    pub(crate) start: u64,
    /// 0 when there is none.
    pub(crate) size: u64,
}

impl Alternate {
    /// Whether a stack pointer is in it.
    pub(crate) fn contains(self, pointer: u64) -> bool {
        pointer.wrapping_sub(self.start) < self.size
    }
}

/// What a thread keeps of its signals.
#[derive(Default)]
pub(crate) struct Own {
    /// Signals that the guest blocks and the host does not.
    pub(crate) unreal: Cell<u64>,
    /// What a call that waits with another mask blocks meanwhile.
    pub(crate) meanwhile: Cell<Option<u64>>,
    /// How often a handler without `SA_RESTART` was called, which ends calls that wait.
    pub(crate) ends: Cell<u64>,
    pub(crate) alternate: Cell<Alternate>,
    /// What was caught of signals that the guest blocks and the host does not: one of
    /// each.
    held: RefCell<Vec<Info>>,
}

/// Information about a signal.
type Info = [u8; INFO_SIZE];

impl Own {
    /// What the guest blocks of what the host does not, at this moment.
    fn unreal_now(&self) -> u64 {
        self.meanwhile.get().unwrap_or(self.unreal.get())
    }

    /// Keeps a signal until it is no longer blocked. Another one of its kind waiting
    /// is enough.
    fn hold(&self, info: &Info) {
        if self.held() & bit(siginfo::signal(info)) == 0 {
            self.held.borrow_mut().push(*info);
        }
    }

    /// The signals that are kept.
    pub(crate) fn held(&self) -> u64 {
        let held = self.held.borrow();
        held.iter()
            .fold(0, |set, info| set | bit(siginfo::signal(info)))
    }

    /// The first that is kept and not blocked.
    fn next(&self) -> Option<Info> {
        let blocked = self.unreal_now();
        let held = self.held.borrow();
        let free = |info: &&Info| bit(siginfo::signal(info)) & blocked == 0;
        held.iter().find(free).copied()
    }

    /// Forgets a signal that was kept.
    fn forget(&self, info: &Info) {
        self.held.borrow_mut().retain(|held| held != info);
    }

    /// Forgets all of them, as a copy of a process does.
    pub(crate) fn forget_all(&self) {
        self.held.borrow_mut().clear();
    }
}

/// Which signals the thread blocks.
///
/// # Errors
/// What a handler ends with.
pub(crate) fn mask(ctx: &mut Ctx<'_, '_>) -> Result<u64, Trap> {
    loop {
        match change_mask(ctx, SIG_BLOCK, None) {
            Err(Errno::ERESTARTSYS) => ctx.poll()?,
            other => return Ok(other.unwrap_or(0)),
        }
    }
}

/// Signals that a thread never blocks for the guest.
pub(crate) fn reserved(ctx: &Ctx<'_, '_>) -> u64 {
    ctx.kernel().signals().map_or(0, Signals::reserved)
}

/// Sets which signals a guest thread blocks at its start.
pub(crate) fn set_mask(ctx: &Ctx<'_, '_>, mask: u64) {
    if let Some(host) = ctx.kernel().signals() {
        ctx.thread().signals.unreal.set(mask & host.reserved());
        host.set_mask(mask);
    }
}

/// The calling guest thread is about to end: handles what has arrived for it, then
/// blocks all signals. One that is handled later finds no one who could.
///
/// # Errors
/// What a handler ends with.
pub(crate) fn close(ctx: &mut Ctx<'_, '_>) -> Result<(), Trap> {
    loop {
        deliver(ctx)?;
        if change_mask(ctx, SIG_BLOCK, Some(u64::MAX)) != Err(Errno::ERESTARTSYS) {
            return Ok(());
        }
    }
}

/// A guest thread is at its end: blocks all signals, and leaves one that has just
/// arrived to the other threads.
pub(crate) fn retire(ctx: &Ctx<'_, '_>) {
    set_mask(ctx, u64::MAX);
    let Some(caught) = ctx.kernel().signals().and_then(Signals::take) else {
        return;
    };
    set_mask(ctx, u64::MAX);
    let frame = ctx.scratch();
    let signal = siginfo::signal(&caught.info);
    // The process by the name of this thread: the kernel lets nobody pass on what
    // `kill` has sent but to himself.
    let sent = ctx.call(Sys::GETTID, ()).and_then(|thread| {
        let info = frame.value(caught.info)?;
        ctx.call(Sys::RT_SIGQUEUEINFO, (thread, signal, info.address()))
    });
    // If not even that is possible, it is lost with the thread.
    let _ = sent;
}

/// Changes which signals the thread blocks; returns those before. `None` only
/// asks.
///
/// # Errors
/// `EINVAL` for an unknown `how`; `ERESTARTSYS` to be called again once a signal has
/// been delivered.
pub(crate) fn change_mask(ctx: &Ctx<'_, '_>, how: i32, change: Option<u64>) -> Result<u64, Errno> {
    let frame = ctx.scratch();
    let old = frame.value(0u64)?;
    let reserved = reserved(ctx);
    let new = frame.optional(change.map(|set| set & !reserved))?;
    let sets = (how, new, old.address(), SET_BYTES);
    ctx.call(Sys::RT_SIGPROCMASK, sets)?;
    let unreal = &ctx.thread().signals.unreal;
    let before = unreal.get();
    if let Some(set) = change {
        let set = set & reserved;
        unreal.set(match how {
            SIG_BLOCK => before | set,
            SIG_SETMASK => set,
            _ => before & !set,
        });
    }
    Ok(old.get(0) & !reserved | before)
}
