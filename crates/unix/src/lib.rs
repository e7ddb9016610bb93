//! wasmjit on Linux and other Unix systems.
//!
//! [`platform()`] is the [`wasmjit_runtime::platform::Platform`] of an ordinary
//! process: memory from `mmap`, traps from signals. [`kernel()`] is the
//! [`wasmjit_posix::Kernel`]: system calls of the process itself.

mod code;
mod cpu;
mod current;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod direct;
#[cfg(target_os = "linux")]
mod execute;
mod faults;
#[cfg(target_os = "linux")]
mod futex;
mod handler;
mod interrupt;
pub mod kick;
#[cfg(target_os = "linux")]
mod linux;
mod loops;
mod machine;
#[cfg(target_os = "linux")]
mod mapping;
mod memory;
mod parking;
mod platform;
pub mod process;
pub mod program;
#[cfg(target_os = "linux")]
mod resolver;
#[cfg(target_os = "linux")]
pub mod sampler;
#[cfg(target_os = "linux")]
pub mod sandbox;
#[cfg(target_os = "linux")]
mod signals;
pub mod stack;
pub mod timeout;
pub mod trace;

pub use code::register_code;
pub use cpu::cpu_features;
pub use interrupt::{interrupt_on_signals, interrupting_signal};
#[cfg(target_os = "linux")]
pub use linux::{answer_next_call, kernel};
pub use loops::interrupt_loops;
pub use platform::{UnixPlatform, platform};
