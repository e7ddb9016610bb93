//! How a computation leaves the guest on purpose: errors of host functions that
//! pass through its frames unseen.

use crate::ctx::Ctx;
use core::error::Error;
use core::fmt;
use wasmjit_runtime::Trap;

/// The program ended itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exit(pub(crate) i32);

/// The program ended itself by a signal, as `abort` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Killed(pub(crate) i32);

/// `longjmp`, on its way to the nearest `invoke_`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LongJump;

/// A C++ exception, on its way to the nearest `invoke_`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Thrown {
    /// Address of the thrown object.
    pub(crate) object: u64,
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exit with status {}", self.0)
    }
}

impl fmt::Display for Killed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ended by signal {}", self.0)
    }
}

impl fmt::Display for LongJump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("longjmp to a function that has returned")
    }
}

impl fmt::Display for Thrown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "uncaught C++ exception (object at {:#x})", self.object)
    }
}

impl Error for Exit {}
impl Error for Killed {}
impl Error for LongJump {}
impl Error for Thrown {}

/// Leaves the guest for the nearest `invoke_`. Only when there is none, and the
/// program ends, does it matter where it happened.
pub(crate) fn unwind(ctx: &Ctx<'_, '_>, reason: impl Error + Send + Sync + 'static) -> Trap {
    if ctx.thread().invocations.get() == 0 {
        Trap::host(reason)
    } else {
        Trap::exit(reason)
    }
}

/// `SIGABRT`, the same number everywhere.
pub(crate) const SIGABRT: i32 = 6;

/// How a program ended.
#[derive(Debug)]
pub enum ExitStatus {
    /// By itself, with this status (0 to 255).
    Code(i32),
    /// By a signal.
    Signal(i32),
    /// By a trap, or an exception or jump that nothing caught.
    Trap(Trap),
}

impl ExitStatus {
    /// From the way in which the computation ended.
    pub(crate) fn of(end: Result<i32, Trap>) -> Self {
        match end {
            Ok(code) => Self::Code(code & 0xff),
            Err(trap) => {
                if let Some(Exit(code)) = trap.downcast_host() {
                    Self::Code(code & 0xff)
                } else if let Some(Killed(signal)) = trap.downcast_host() {
                    Self::Signal(*signal)
                } else {
                    Self::Trap(trap)
                }
            }
        }
    }

    /// As a shell shows it: signals count from 128; a trap, whatever its reason,
    /// is as if the program had aborted.
    pub fn code(&self) -> i32 {
        match self {
            Self::Code(code) => *code,
            Self::Signal(signal) => 128 + signal,
            Self::Trap(_) => 128 + SIGABRT,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmjit_runtime::TrapCode;

    #[test]
    fn statuses() {
        assert_eq!(ExitStatus::of(Ok(3)).code(), 3);
        assert_eq!(ExitStatus::of(Ok(-1)).code(), 255);
        assert_eq!(ExitStatus::of(Err(Trap::host(Exit(256 + 7)))).code(), 7);
        assert_eq!(ExitStatus::of(Err(Trap::host(Killed(6)))).code(), 134);
        let trap = Trap::from(TrapCode::MemoryOutOfBounds);
        assert_eq!(ExitStatus::of(Err(trap)).code(), 134);
    }
}
