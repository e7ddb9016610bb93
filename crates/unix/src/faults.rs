//! Signals of faulting instructions: a trap where compiled code is at fault,
//! otherwise what would have happened without us.

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
use crate::loops;
use crate::{code, current, handler, machine};
use libc::{SA_SIGINFO, SIG_DFL, SIG_IGN, c_int, c_void, sigaction, siginfo_t};
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::OnceLock;
#[cfg(target_os = "linux")]
use std::sync::atomic::{AtomicU8, Ordering};
use wasmjit_runtime::vm::StoreContext;

/// Signals of faults.
const SIGNALS: [c_int; 5] = [
    libc::SIGSEGV,
    libc::SIGBUS,
    libc::SIGILL,
    libc::SIGFPE,
    libc::SIGTRAP,
];

/// Bytes of the stack on which handlers run; large vector registers alone can
/// take 11 KiB.
const HANDLER_STACK: usize = 64 << 10;

thread_local! {
    static HANDLER_STACK_OF_THREAD: HandlerStack = HandlerStack::install();
}

/// Sets the store whose code the calling thread runs; returns the one before.
pub(crate) fn set_current(context: *mut StoreContext) -> *mut StoreContext {
    if !context.is_null() {
        // A thread that is ending has run its last code.
        let _ = HANDLER_STACK_OF_THREAD.try_with(|_| ());
        #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
        if loops::are_interrupted() {
            // SAFETY: the context of the store whose code is about to run.
            unsafe { loops::run_by_this_thread(context) };
        }
    }
    current::replace(context)
}

/// What handled each signal before.
static PREVIOUS: OnceLock<[sigaction; SIGNALS.len()]> = OnceLock::new();

/// Installs the handlers, once per process.
pub(crate) fn install() {
    PREVIOUS.get_or_init(|| {
        SIGNALS.map(|signal| handler::current(signal).unwrap_or(handler::without(SIG_DFL, 0)))
    });
    for signal in SIGNALS {
        // SAFETY: the handler is safe to run at any time, and knows the action before.
        unsafe { handler::set(signal, &handler::action(on_fault, 0)) };
    }
}

/// Handles a fault. Uses only memory that exists already, and no locks.
extern "C" fn on_fault(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel passes valid pointers.
    let (code, address) = unsafe { ((*info).si_code, (*info).si_addr() as usize) };
    let store = current::get();
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    // SAFETY: an instruction caused it; handlers block kicks.
    if signal == libc::SIGILL && code > 0 && unsafe { loops::resume(context) } {
        return;
    }
    // A positive code means that an instruction caused it, not another process.
    if code > 0 && !store.is_null() {
        // SAFETY: this handler's context.
        let registers = unsafe { machine::registers(context) };
        if code::contains(registers.pc) {
            let address = match signal {
                libc::SIGSEGV | libc::SIGBUS => address,
                _ => 0,
            };
            // SAFETY: the thread runs code of this store, as `current` says.
            unsafe { machine::redirect(context, registers, store, address) };
            return;
        }
    }
    #[cfg(target_os = "linux")]
    if code <= 0 {
        // Someone has sent it, perhaps the guest itself.
        match guest_action(signal).map(|action| action.load(Ordering::Relaxed)) {
            Some(CATCH) => {
                // SAFETY: the arguments of this handler.
                unsafe { crate::signals::caught(signal, info, context) };
                return;
            }
            Some(IGNORE) => return,
            _ => {}
        }
    }
    // SAFETY: the arguments of this handler.
    unsafe { chain(signal, code, info, context) };
}

/// What the guest wants to be done about signals of faults that are sent.
#[cfg(target_os = "linux")]
static GUEST: [AtomicU8; SIGNALS.len()] = [const { AtomicU8::new(DEFAULT) }; SIGNALS.len()];

#[cfg(target_os = "linux")]
const DEFAULT: u8 = 0;
#[cfg(target_os = "linux")]
const IGNORE: u8 = 1;
#[cfg(target_os = "linux")]
const CATCH: u8 = 2;

#[cfg(target_os = "linux")]
fn guest_action(signal: c_int) -> Option<&'static AtomicU8> {
    let at = SIGNALS.iter().position(|&of| of == signal)?;
    Some(&GUEST[at])
}

/// Sets what is done about a signal of a fault when it was sent; false for other
/// signals.
#[cfg(target_os = "linux")]
pub(crate) fn set_guest(signal: c_int, disposition: wasmjit_posix::Disposition) -> bool {
    let Some(action) = guest_action(signal) else {
        return false;
    };
    let wanted = match disposition {
        wasmjit_posix::Disposition::Default => DEFAULT,
        wasmjit_posix::Disposition::Ignore => IGNORE,
        wasmjit_posix::Disposition::Catch => CATCH,
    };
    action.store(wanted, Ordering::Relaxed);
    true
}

/// Lets the handler that was there before have the signal.
///
/// # Safety
/// The arguments must be those of a handler.
unsafe fn chain(signal: c_int, code: c_int, info: *mut siginfo_t, context: *mut c_void) {
    let previous = SIGNALS
        .iter()
        .position(|&s| s == signal)
        .and_then(|at| PREVIOUS.get().map(|all| &all[at]));
    let Some(previous) = previous else { return };
    match previous.sa_sigaction {
        SIG_IGN if code <= 0 => {}
        SIG_DFL | SIG_IGN => {
            // SAFETY: restores the default; the instruction then faults again,
            // or the signal is sent again if no instruction caused it.
            unsafe {
                handler::set(signal, &handler::without(SIG_DFL, 0));
                if code <= 0 {
                    libc::raise(signal);
                }
            }
        }
        address if previous.sa_flags & SA_SIGINFO != 0 => {
            // SAFETY: the kernel would have called it so.
            unsafe {
                let handler: handler::Handler = std::mem::transmute(address);
                handler(signal, info, context);
            }
        }
        address => {
            // SAFETY: the kernel would have called it so.
            unsafe {
                let handler: extern "C" fn(c_int) = std::mem::transmute(address);
                handler(signal);
            }
        }
    }
}

/// The stack on which a thread's handlers run; given back when it ends.
struct HandlerStack {
    /// Null when the thread had a large enough one already.
    memory: *mut c_void,
    previous: libc::stack_t,
}

impl HandlerStack {
    fn install() -> Self {
        #[cfg(target_os = "linux")]
        crate::sampler::register_thread();
        // SAFETY: reads the current setting; maps memory; makes it the stack.
        unsafe {
            let mut previous = MaybeUninit::<libc::stack_t>::zeroed().assume_init();
            libc::sigaltstack(ptr::null(), &mut previous);
            if previous.ss_flags & libc::SS_DISABLE == 0 && previous.ss_size >= HANDLER_STACK {
                return Self {
                    memory: ptr::null_mut(),
                    previous,
                };
            }
            let memory = libc::mmap(
                ptr::null_mut(),
                HANDLER_STACK,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANON,
                -1,
                0,
            );
            if memory == libc::MAP_FAILED {
                return Self {
                    memory: ptr::null_mut(),
                    previous,
                };
            }
            let stack = libc::stack_t {
                ss_sp: memory,
                ss_flags: 0,
                ss_size: HANDLER_STACK,
            };
            libc::sigaltstack(&stack, ptr::null_mut());
            Self { memory, previous }
        }
    }
}

impl Drop for HandlerStack {
    fn drop(&mut self) {
        if !self.memory.is_null() {
            // SAFETY: goes back to the setting from before; the memory is ours,
            // and no handler runs on it, since this is not one.
            unsafe {
                libc::sigaltstack(&self.previous, ptr::null_mut());
                libc::munmap(self.memory, HANDLER_STACK);
            }
        }
    }
}
