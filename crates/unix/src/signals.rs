//! Signals for guest programs: Linux as [`wasmjit_posix::Signals`].
//!
//! The handler keeps the signal in its thread's state, blocks all other signals
//! of the thread, and interrupts the guest's code. A system call that may block
//! is made by [`syscall`], which looks for a caught signal first; where the
//! handler interrupts it between this look and the `syscall` instruction, it
//! lets the call end without having been made. So no signal is ever left waiting
//! for a call that blocks, and no call is made for the sake of it.

use crate::machine;
use crate::{faults, futex, handler, kick, linux};
use libc::{c_int, c_void, sigaction, siginfo_t, ucontext_t};
use std::arch::global_asm;
use std::cell::{Cell, UnsafeCell};
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use wasmjit_posix::{Caught, Disposition, Errno, INFO_SIZE, Signals, Sys};
use wasmjit_runtime::InterruptHandle;

/// Most signals.
const SIGNALS: usize = 64;

const SET_SIZE: u64 = size_of::<u64>() as u64;

/// The bit of a signal in a set.
const fn bit(signal: c_int) -> u64 {
    1 << (signal - 1)
}

/// Faults are handled where they occur, a kick has to arrive, and the C library
/// needs the first two real-time signals.
const RESERVED: u64 = bit(libc::SIGSEGV)
    | bit(libc::SIGBUS)
    | bit(libc::SIGILL)
    | bit(libc::SIGFPE)
    | bit(libc::SIGTRAP)
    | bit(libc::SIGURG)
    | bit(32)
    | bit(33);

/// What a thread's handler leaves for it.
struct State {
    /// 1 while a signal waits to be taken.
    caught: AtomicU32,
    /// The code was interrupted because of a signal.
    attention: Cell<bool>,
    /// Of the store whose code the thread runs; null for none.
    interrupt: Cell<*const InterruptHandle>,
    info: UnsafeCell<[u8; INFO_SIZE]>,
    mask: Cell<u64>,
}

thread_local! {
    // Needs neither initialisation nor a destructor, so that a handler may use it.
    static STATE: State = const {
        State {
            caught: AtomicU32::new(0),
            attention: Cell::new(false),
            interrupt: Cell::new(ptr::null()),
            info: UnsafeCell::new([0; INFO_SIZE]),
            mask: Cell::new(0),
        }
    };
}

// `wasmjit_syscall(number, arguments, caught)`: makes the call unless a signal was
// caught; then returns -ERESTARTSYS.
#[cfg(target_arch = "x86_64")]
global_asm!(
    ".globl wasmjit_syscall",
    ".hidden wasmjit_syscall",
    ".type wasmjit_syscall,@function",
    "wasmjit_syscall:",
    ".cfi_startproc",
    "mov rax, rdi",
    "mov rcx, rdx",
    "mov r11, rsi",
    "mov rdi, [r11]",
    "mov rsi, [r11 + 8]",
    "mov rdx, [r11 + 16]",
    "mov r10, [r11 + 24]",
    "mov r8, [r11 + 32]",
    "mov r9, [r11 + 40]",
    ".hidden wasmjit_syscall_look",
    ".globl wasmjit_syscall_look",
    "wasmjit_syscall_look:",
    "cmp dword ptr [rcx], 0",
    "jne wasmjit_syscall_not_made",
    "syscall",
    ".hidden wasmjit_syscall_made",
    ".globl wasmjit_syscall_made",
    "wasmjit_syscall_made:",
    "ret",
    ".hidden wasmjit_syscall_not_made",
    ".globl wasmjit_syscall_not_made",
    "wasmjit_syscall_not_made:",
    "mov rax, -512",
    "ret",
    ".cfi_endproc",
    ".size wasmjit_syscall, . - wasmjit_syscall",
);

#[cfg(target_arch = "aarch64")]
global_asm!(
    ".globl wasmjit_syscall",
    ".hidden wasmjit_syscall",
    ".type wasmjit_syscall,%function",
    "wasmjit_syscall:",
    ".cfi_startproc",
    "mov x8, x0",
    "mov x9, x1",
    "mov x10, x2",
    "ldp x0, x1, [x9]",
    "ldp x2, x3, [x9, 16]",
    "ldp x4, x5, [x9, 32]",
    ".hidden wasmjit_syscall_look",
    ".globl wasmjit_syscall_look",
    "wasmjit_syscall_look:",
    "ldr w11, [x10]",
    "cbnz w11, wasmjit_syscall_not_made",
    "svc 0",
    ".hidden wasmjit_syscall_made",
    ".globl wasmjit_syscall_made",
    "wasmjit_syscall_made:",
    "ret",
    ".hidden wasmjit_syscall_not_made",
    ".globl wasmjit_syscall_not_made",
    "wasmjit_syscall_not_made:",
    "mov x0, -512",
    "ret",
    ".cfi_endproc",
    ".size wasmjit_syscall, . - wasmjit_syscall",
);

unsafe extern "C" {
    fn wasmjit_syscall(number: u64, arguments: *const [u64; 6], caught: *const AtomicU32) -> i64;
    fn wasmjit_syscall_look();
    fn wasmjit_syscall_made();
    fn wasmjit_syscall_not_made();
}

/// Makes a system call that may block, unless a signal was caught for the thread
/// and waits to be taken: then the result is [`Errno::ERESTARTSYS`], negative, as it is
/// when one arrives and the call is to be made again after its handler.
///
/// # Safety
/// As for the system call.
pub(crate) unsafe fn syscall(number: u64, arguments: [u64; 6]) -> i64 {
    let caught = STATE.with(|state| ptr::from_ref(&state.caught));
    // SAFETY: the caller's promise; the word is the thread's own.
    unsafe { wasmjit_syscall(number, &arguments, caught) }
}

/// As [`syscall`], without calling a function for it.
///
/// # Safety
/// As for the system call.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(crate) unsafe fn syscall_unless_caught(number: u64, arguments: [u64; 6]) -> i64 {
    let caught = STATE.with(|state| ptr::from_ref(&state.caught));
    // SAFETY: the caller's promise; the word is the thread's own.
    unsafe {
        linux::system_call!(
            number,
            arguments,
            [
                "2:",
                "cmp dword ptr [{caught}], 0",
                "jne 4f",
                "syscall",
                "3:",
                // Out of the way.
                ".pushsection .text.unlikely.wasmjit_syscall, \"ax\", @progbits",
                "4:",
                "mov rax, -512",
                "jmp 3b",
                ".popsection",
                // One of `sites`.
                ".pushsection wasmjit_syscalls, \"aR\", @progbits",
                ".balign 4",
                ".long 2b - .",
                ".long 3b - .",
                ".long 4b - .",
                ".popsection",
            ],
            caught = in(reg) caught
        )
    }
}

/// A place where [`syscall_unless_caught`] was inlined: addresses as [`Window`] has them,
/// each less the address of its own field.
#[cfg(target_arch = "x86_64")]
#[repr(C)]
struct Site([i32; 3]);

/// Instructions that look for a signal and make a call, and where the thread goes on that
/// is not to make it.
#[derive(Clone, Copy)]
struct Window {
    look: usize,
    made: usize,
    not_made: usize,
}

/// What the linker has gathered of the [`Site`]s.
#[cfg(target_arch = "x86_64")]
fn sites() -> impl Iterator<Item = Window> {
    unsafe extern "C" {
        static __start_wasmjit_syscalls: [Site; 0];
        static __stop_wasmjit_syscalls: [Site; 0];
    }
    let address = |field: &i32| {
        ptr::from_ref(field)
            .addr()
            .wrapping_add_signed(*field as isize)
    };
    // SAFETY: the linker defines both, with the section between them, which consists of
    // sites.
    let sites = unsafe {
        let (start, stop) = (
            (&raw const __start_wasmjit_syscalls).cast::<Site>(),
            (&raw const __stop_wasmjit_syscalls).cast::<Site>(),
        );
        std::slice::from_raw_parts(start, stop.offset_from_unsigned(start))
    };
    sites
        .iter()
        .map(move |Site([look, made, not_made])| Window {
            look: address(look),
            made: address(made),
            not_made: address(not_made),
        })
}

#[cfg(not(target_arch = "x86_64"))]
fn sites() -> impl Iterator<Item = Window> {
    std::iter::empty()
}

/// If a thread was interrupted just before a call by [`syscall`] was made, or when
/// the kernel was about to make it again, lets it end without.
///
/// # Safety
/// `context` must be the third argument of a handler with `SA_SIGINFO`.
unsafe fn leave_call(context: *mut c_void) {
    let common = Window {
        look: wasmjit_syscall_look as *const () as usize,
        made: wasmjit_syscall_made as *const () as usize,
        not_made: wasmjit_syscall_not_made as *const () as usize,
    };
    // SAFETY: the caller's context.
    let pc = unsafe { machine::registers(context).pc };
    let mut windows = std::iter::once(common).chain(sites());
    if let Some(window) = windows.find(|window| (window.look..window.made).contains(&pc)) {
        // SAFETY: as above.
        unsafe { machine::set_pc(context, window.not_made) };
    }
}

/// Where a context keeps the signals that are blocked when the handler returns.
///
/// # Safety
/// As for [`leave_call`].
unsafe fn mask_of(context: *mut c_void) -> *mut u64 {
    // SAFETY: the kernel's set is the first 64 bits of the C library's.
    unsafe { (&raw mut (*context.cast::<ucontext_t>()).uc_sigmask).cast() }
}

/// Catches a signal. Runs with all signals blocked.
extern "C" fn catch(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: the arguments of this handler.
    unsafe { caught(signal, info, context) };
}

/// Keeps a signal for the thread.
///
/// # Safety
/// The arguments must be those of a handler, which must block the signal of kicks.
pub(crate) unsafe fn caught(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    STATE.with(|state| {
        // SAFETY: null, or valid until `end` has made it null.
        let Some(interrupt) = (unsafe { state.interrupt.get().as_ref() }) else {
            // SAFETY: the arguments of a handler.
            unsafe { pass_on(signal, info, context) };
            return;
        };
        // Also where there was no room for what a kick says of itself.
        #[cfg(target_arch = "x86_64")]
        if signal == kick::SIGNAL {
            // SAFETY: the arguments of a handler.
            unsafe { crate::loops::look_up(context) };
        }
        // Whether another thread of the runtime wants this one to look up.
        // SAFETY: as above.
        let kicked = signal == kick::SIGNAL && unsafe { (*info).si_code } == kick::CODE;
        if state.caught.load(Ordering::Relaxed) != 0 {
            // It can arrive before that one is taken if it cannot be blocked, or if the
            // other arrived within a handler of the embedder's, whose end has unblocked
            // all again.
            if bit(signal) & RESERVED == 0 {
                // SAFETY: as above.
                unsafe { put_back(signal, info, context) };
            }
            return;
        }
        if kicked {
            // SAFETY: as above.
            unsafe { leave_call(context) };
            return;
        }
        // SAFETY: the kernel's arguments; the state is this thread's, which reads
        // it only when `caught` is set.
        unsafe {
            *state.info.get() = info.cast::<[u8; INFO_SIZE]>().read();
            let mask = mask_of(context);
            state.mask.set(*mask);
            *mask |= !RESERVED;
            leave_call(context);
        }
        state.attention.set(true);
        state.caught.store(1, Ordering::Release);
        interrupt.interrupt_here();
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the arguments of a handler.
        unsafe {
            crate::loops::look_up(context);
        }
        futex::request();
    });
}

/// Leaves a signal to the other threads, and all later ones as well.
///
/// # Safety
/// The arguments must be those of a handler.
unsafe fn pass_on(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // The process by the name of this thread: the kernel lets nobody pass on what
    // `kill` has sent but to himself.
    // SAFETY: the context is this handler's; the call reads the information, which
    // the kernel has written.
    unsafe {
        *mask_of(context) |= !RESERVED;
        let thread = linux::syscall(Sys::GETTID.number() as u64, [0; 6]);
        let arguments = [thread as u64, signal as u64, info as u64, 0, 0, 0];
        linux::syscall(Sys::RT_SIGQUEUEINFO.number() as u64, arguments);
    }
}

/// Lets a signal wait in the kernel until the thread has taken the one it has.
///
/// # Safety
/// The arguments must be those of a handler.
unsafe fn put_back(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: as for `pass_on`.
    unsafe {
        *mask_of(context) |= !RESERVED;
        let process = linux::syscall(Sys::GETPID.number() as u64, [0; 6]) as u64;
        let thread = linux::syscall(Sys::GETTID.number() as u64, [0; 6]) as u64;
        let arguments = [process, thread, signal as u64, info as u64, 0, 0];
        linux::syscall(Sys::RT_TGSIGQUEUEINFO.number() as u64, arguments);
    }
}

/// Makes the calling thread leave all signals to others: for threads of the
/// runtime's own.
pub(crate) fn leave_to_others() {
    let all = !RESERVED;
    // SAFETY: the call reads `all`.
    unsafe { set_mask(libc::SIG_BLOCK, &all, linux::syscall) };
}

type Call = unsafe fn(u64, [u64; 6]) -> i64;

/// Sets the calling thread's mask by `call`.
///
/// # Safety
/// `call` must make the system call.
unsafe fn set_mask(how: c_int, mask: &u64, call: Call) -> i64 {
    let number = Sys::RT_SIGPROCMASK.number() as u64;
    let arguments = [how as u64, ptr::from_ref(mask) as u64, 0, SET_SIZE, 0, 0];
    // SAFETY: the call reads the mask.
    unsafe { call(number, arguments) }
}

/// What handled a signal before the guest wanted to.
static BEFORE: Mutex<[Option<sigaction>; SIGNALS + 1]> = Mutex::new([None; SIGNALS + 1]);

/// The signals of this process.
pub(crate) struct LinuxSignals;

impl Signals for LinuxSignals {
    fn begin(&self, interrupt: InterruptHandle) {
        let interrupt = Box::into_raw(Box::new(interrupt));
        set_interrupt(interrupt);
    }

    fn end(&self) {
        leave_to_others();
        set_interrupt(ptr::null());
    }

    fn take(&self) -> Option<Caught> {
        STATE.with(|state| {
            if state.caught.load(Ordering::Acquire) == 0 {
                return None;
            }
            // SAFETY: the handler leaves it alone while `caught` is set.
            let info = unsafe { *state.info.get() };
            let mask = state.mask.get();
            state.caught.store(0, Ordering::Release);
            Some(Caught { info, mask })
        })
    }

    fn take_attention(&self) -> bool {
        STATE.with(|state| state.attention.replace(false))
    }

    fn set_mask(&self, mask: u64) {
        let mask = mask & !RESERVED;
        // SAFETY: `syscall` makes the call, or says that it has not.
        let result = unsafe { set_mask(libc::SIG_SETMASK, &mask, syscall) };
        if Errno::check(result) == Err(Errno::ERESTARTSYS) {
            STATE.with(|state| state.mask.set(mask));
        }
    }

    fn disposition(&self, signal: i32) -> Result<Disposition, Errno> {
        let current = current(signal)?;
        Ok(match current.sa_sigaction {
            libc::SIG_IGN => Disposition::Ignore,
            handler if handler == catch as *const () as usize => Disposition::Catch,
            _ => Disposition::Default,
        })
    }

    fn set_disposition(
        &self,
        signal: i32,
        disposition: Disposition,
        flags: u32,
    ) -> Result<(), Errno> {
        if faults::set_guest(signal, disposition) {
            return Ok(());
        }
        let before = current(signal)?;
        let flags = flags as c_int;
        let of_children = flags & (libc::SA_NOCLDSTOP | libc::SA_NOCLDWAIT);
        let action = {
            let mut all = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
            let slot = all.get_mut(signal as usize).ok_or(Errno::EINVAL)?;
            let own = catch as *const () as usize;
            let embedder = ![libc::SIG_DFL, libc::SIG_IGN, own].contains(&before.sa_sigaction);
            if embedder {
                *slot = Some(before);
            }
            match (disposition, *slot) {
                (Disposition::Default, Some(before)) => before,
                (Disposition::Default, None) => handler::without(libc::SIG_DFL, of_children),
                // A kick must end system calls, which one that is ignored does not.
                (Disposition::Ignore, Some(before)) if signal == kick::SIGNAL => before,
                (Disposition::Ignore, _) => handler::without(libc::SIG_IGN, of_children),
                (Disposition::Catch, _) => {
                    handler::action(catch, of_children | flags & libc::SA_RESTART)
                }
            }
        };
        // SAFETY: the handlers are safe to run at any time.
        match unsafe { handler::set(signal, &action) } {
            true => Ok(()),
            false => Err(Errno::EINVAL),
        }
    }

    fn reserved(&self) -> u64 {
        RESERVED
    }
}

/// Exchanges the handle with which the thread's code is interrupted.
fn set_interrupt(handle: *const InterruptHandle) {
    let before = STATE.with(|state| state.interrupt.replace(handle));
    if !before.is_null() {
        // SAFETY: from `begin`; no handler runs now, and none will find it.
        drop(unsafe { Box::from_raw(before.cast_mut()) });
    }
}

/// What handles a signal now.
fn current(signal: c_int) -> Result<sigaction, Errno> {
    handler::current(signal).ok_or(Errno::EINVAL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::thread::JoinHandleExt;

    #[test]
    fn a_signal_for_a_thread_that_runs_no_guest_goes_to_one_that_takes_it() {
        let signal = libc::SIGUSR2;
        LinuxSignals
            .set_disposition(signal, Disposition::Catch, 0)
            .unwrap();
        let other = std::thread::spawn(|| {
            loop {
                std::thread::park();
            }
        });
        let only = bit(signal);
        // SAFETY: the calls read and write what is passed; the signal has a handler.
        let info = unsafe {
            assert_eq!(set_mask(libc::SIG_BLOCK, &only, linux::syscall), 0);
            assert_eq!(libc::pthread_kill(other.as_pthread_t(), signal), 0);
            let mut info = std::mem::zeroed::<siginfo_t>();
            let set = ptr::from_ref(&only).cast();
            let deadline = libc::timespec {
                tv_sec: 60,
                tv_nsec: 0,
            };
            assert_eq!(libc::sigtimedwait(set, &mut info, &deadline), signal);
            info
        };
        // The C library's word for `SI_TKILL`.
        assert_eq!(info.si_code, libc::SI_USER);
        // SAFETY: as `si_code` says.
        assert_eq!(unsafe { info.si_pid() }, std::process::id() as i32);
        assert!(!other.is_finished());
    }
}
