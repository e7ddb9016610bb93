//! Stores, instances, memories, tables, globals, functions, traps and linking.
//!
//! Two traits are the seams: [`codegen::CodeGen`], an engine that makes
//! functions callable, and [`platform::Platform`], the machine underneath.
//! [`vm`] has the layouts that compiled code shares with this crate.
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod arch;
pub mod builtins;
pub mod codegen;
pub mod fork;
pub mod interpreter;
pub mod platform;
#[cfg(not(feature = "ring0"))]
pub mod remote;
pub mod vm;

mod arena;
mod backtrace;
mod engine;
mod error;
mod exception;
mod frames;
mod func;
mod global;
mod instance;
mod intrinsics;
mod linker;
mod memory;
mod store;
mod table;
mod tag;
mod trap;
mod types;
mod value;

#[cfg(test)]
mod tests;

pub use engine::{CompiledModule, Engine};
pub use error::{
    AllocationError, ExportError, GlobalError, OutOfBounds, TableError, TypeMismatch, ValueError,
};
pub use func::{
    Caller, DirectCall, DirectCalls, Func, HostReturn, IntoFunc, Pending, TypedFunc, WasmParams,
    WasmResults, WasmTy, WithCaller,
};
pub use global::Global;
pub use instance::{Extern, Instance, InstantiateError, MissingImport};
pub use linker::Linker;
pub use memory::{Memory, SharedMemory};
pub use store::{InterruptHandle, Limits, Store};
pub use table::Table;
pub use tag::Tag;
pub use trap::{Backtrace, Frame, SourceLocation, Trap, TrapCode, TrapReason};
pub use value::{ExnRef, ExternRef, Val};
pub use wasmjit_module as module;
