//! The kernel module's part in Rust: contexts of `/dev/wasmjit`, in which modules
//! are validated, compiled and run in ring 0.
//!
//! The C shim (`main.c` and the files beside it) calls the three functions of [`commands`];
//! [`sys`] declares what it offers. Everything from user space is hostile: it is
//! copied once, by [`user`], and checked once, by [`commands`]. All that takes a
//! deep stack runs on the context's own ([`guest`], [`compile`]).
#![no_std]

extern crate alloc;

mod cache;
mod commands;
mod compile;
mod context;
mod error;
mod guest;
mod heap;
mod mapping;
mod panic;
mod platform;
mod room;
mod sys;
mod user;

/// Where the fault hook lets compiled code go on that has trapped: see
/// [`wasmjit_runtime::arch::trap_landing`].
#[unsafe(no_mangle)]
#[unsafe(naked)]
unsafe extern "C" fn wasmjit_trap_landing() {
    core::arch::naked_asm!("jmp {landing}", landing = sym wasmjit_runtime::arch::trap_landing)
}
