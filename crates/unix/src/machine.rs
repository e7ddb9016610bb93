//! Registers of an interrupted thread, per system and architecture.

use libc::c_void;
use wasmjit_runtime::vm::StoreContext;

/// The registers that a fault handler looks at.
#[derive(Clone, Copy)]
pub(crate) struct Registers {
    pub(crate) pc: usize,
    pub(crate) fp: usize,
    pub(crate) sp: usize,
}

/// Whether faults can be redirected here.
pub(crate) const SUPPORTED: bool = cfg!(all(
    any(target_os = "linux", target_os = "macos"),
    any(target_arch = "x86_64", target_arch = "aarch64")
));

/// Reads the registers of the thread that a signal interrupted.
///
/// # Safety
/// `context` must be the third argument of a handler with `SA_SIGINFO`.
pub(crate) unsafe fn registers(context: *mut c_void) -> Registers {
    // SAFETY: the caller's context.
    unsafe { current::registers(context) }
}

/// Makes the interrupted thread continue at `pc`.
///
/// # Safety
/// As for [`registers`]; the code there must be able to go on.
#[cfg(target_os = "linux")]
pub(crate) unsafe fn set_pc(context: *mut c_void, pc: usize) {
    // SAFETY: the caller's context.
    let machine = unsafe { &mut (*context.cast::<libc::ucontext_t>()).uc_mcontext };
    #[cfg(target_arch = "x86_64")]
    {
        machine.gregs[libc::REG_RIP as usize] = pc as i64;
    }
    #[cfg(target_arch = "aarch64")]
    {
        machine.pc = pc as u64;
    }
}

/// Makes the interrupted thread continue in
/// [`wasmjit_runtime::arch::trap_landing`].
///
/// # Safety
/// As for [`registers`]; the thread must run code of `store`'s store.
pub(crate) unsafe fn redirect(
    context: *mut c_void,
    at: Registers,
    store: *mut StoreContext,
    address: usize,
) {
    let landing = wasmjit_runtime::arch::trap_landing as *const () as usize;
    // SAFETY: the caller's context.
    unsafe {
        current::redirect(
            context,
            at,
            landing,
            [store as usize, at.pc, at.fp, address],
        )
    }
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod current {
    use super::{Registers, c_void};
    use libc::{REG_RBP, REG_RCX, REG_RDI, REG_RDX, REG_RIP, REG_RSI, REG_RSP, ucontext_t};

    pub(super) unsafe fn registers(context: *mut c_void) -> Registers {
        // SAFETY: a handler's context is a `ucontext_t`.
        let registers = unsafe { &(*context.cast::<ucontext_t>()).uc_mcontext.gregs };
        Registers {
            pc: registers[REG_RIP as usize] as usize,
            fp: registers[REG_RBP as usize] as usize,
            sp: registers[REG_RSP as usize] as usize,
        }
    }

    pub(super) unsafe fn redirect(
        context: *mut c_void,
        at: Registers,
        landing: usize,
        arguments: [usize; 4],
    ) {
        // SAFETY: as above.
        let registers = unsafe { &mut (*context.cast::<ucontext_t>()).uc_mcontext.gregs };
        for (register, value) in [REG_RDI, REG_RSI, REG_RDX, REG_RCX]
            .into_iter()
            .zip(arguments)
        {
            registers[register as usize] = value as i64;
        }
        // As if `trap_landing` had been called from an aligned stack.
        registers[REG_RSP as usize] = ((at.sp & !15) - 8) as i64;
        registers[REG_RIP as usize] = landing as i64;
    }
}

#[cfg(all(target_os = "linux", target_arch = "aarch64"))]
mod current {
    use super::{Registers, c_void};
    use libc::ucontext_t;

    pub(super) unsafe fn registers(context: *mut c_void) -> Registers {
        // SAFETY: a handler's context is a `ucontext_t`.
        let machine = unsafe { &(*context.cast::<ucontext_t>()).uc_mcontext };
        Registers {
            pc: machine.pc as usize,
            fp: machine.regs[29] as usize,
            sp: machine.sp as usize,
        }
    }

    pub(super) unsafe fn redirect(
        context: *mut c_void,
        at: Registers,
        landing: usize,
        arguments: [usize; 4],
    ) {
        // SAFETY: as above.
        let machine = unsafe { &mut (*context.cast::<ucontext_t>()).uc_mcontext };
        for (register, value) in machine.regs.iter_mut().zip(arguments) {
            *register = value as u64;
        }
        machine.sp = (at.sp & !15) as u64;
        machine.pc = landing as u64;
    }
}

#[cfg(all(target_os = "macos", target_arch = "x86_64"))]
mod current {
    use super::{Registers, c_void};
    use libc::ucontext_t;

    pub(super) unsafe fn registers(context: *mut c_void) -> Registers {
        // SAFETY: a handler's context is a `ucontext_t`.
        let state = unsafe { &(*(*context.cast::<ucontext_t>()).uc_mcontext).__ss };
        Registers {
            pc: state.__rip as usize,
            fp: state.__rbp as usize,
            sp: state.__rsp as usize,
        }
    }

    pub(super) unsafe fn redirect(
        context: *mut c_void,
        at: Registers,
        landing: usize,
        arguments: [usize; 4],
    ) {
        // SAFETY: as above.
        let state = unsafe { &mut (*(*context.cast::<ucontext_t>()).uc_mcontext).__ss };
        state.__rdi = arguments[0] as u64;
        state.__rsi = arguments[1] as u64;
        state.__rdx = arguments[2] as u64;
        state.__rcx = arguments[3] as u64;
        state.__rsp = ((at.sp & !15) - 8) as u64;
        state.__rip = landing as u64;
    }
}

#[cfg(all(target_os = "macos", target_arch = "aarch64"))]
mod current {
    use super::{Registers, c_void};
    use libc::ucontext_t;

    pub(super) unsafe fn registers(context: *mut c_void) -> Registers {
        // SAFETY: a handler's context is a `ucontext_t`.
        let state = unsafe { &(*(*context.cast::<ucontext_t>()).uc_mcontext).__ss };
        Registers {
            pc: state.__pc as usize,
            fp: state.__fp as usize,
            sp: state.__sp as usize,
        }
    }

    pub(super) unsafe fn redirect(
        context: *mut c_void,
        at: Registers,
        landing: usize,
        arguments: [usize; 4],
    ) {
        // SAFETY: as above.
        let state = unsafe { &mut (*(*context.cast::<ucontext_t>()).uc_mcontext).__ss };
        for (register, value) in state.__x.iter_mut().zip(arguments) {
            *register = value as u64;
        }
        state.__sp = (at.sp & !15) as u64;
        state.__pc = landing as u64;
    }
}

#[cfg(not(all(
    any(target_os = "linux", target_os = "macos"),
    any(target_arch = "x86_64", target_arch = "aarch64")
)))]
mod current {
    use super::{Registers, c_void};

    /// Nothing is known of the registers; no address is in compiled code.
    pub(super) unsafe fn registers(_context: *mut c_void) -> Registers {
        Registers {
            pc: 0,
            fp: 0,
            sp: 0,
        }
    }

    pub(super) unsafe fn redirect(_: *mut c_void, _: Registers, _: usize, _: [usize; 4]) {}
}
