//! Interprets WebAssembly: the first tier, before machine code.
//!
//! A function is translated to a compact form when it is first called
//! ([`translate`]) and carried out by a loop over that form ([`run`]).
//! Functions and loops that turn out to be hot are compiled by the engine's
//! [`CodeGen`](wasmjit_runtime::codegen::CodeGen), and running goes on in
//! machine code, also in the middle of a call.
#![no_std]

extern crate alloc;

mod code;
mod exchange;
mod instructions;
mod module;
mod numeric;
mod run;
mod translate;

#[cfg(test)]
mod tests;

pub use module::{HotObserver, Interp, InterpretedModule, Settings};
