//! Runs WebAssembly in a Rust program.
//!
//! ```
//! use wasmjit::{Config, Engine, Linker, Module, Store};
//!
//! # fn main() -> Result<(), wasmjit::Error> {
//! # let bytes = wat::parse_str(
//! #     r#"(module
//! #         (func $log (import "host" "log") (param i32))
//! #         (func (export "square") (param i32) (result i32)
//! #             (call $log (local.get 0))
//! #             (i32.mul (local.get 0) (local.get 0))))"#,
//! # ).unwrap();
//! let engine = Engine::new(Config::new())?;
//! let module = Module::new(&engine, &bytes)?;
//!
//! let mut linker = Linker::<()>::new();
//! linker.func_wrap("host", "log", |x: i32| println!("squaring {x}"));
//!
//! let mut store = Store::new(&engine, ());
//! let instance = linker.instantiate(&mut store, &module)?;
//! let square = instance.typed_func::<i32, i32>(&store, "square")?;
//! assert_eq!(square.call(&mut store, 7)?, 49);
//! # Ok(())
//! # }
//! ```
//!
//! - An [`Engine`] compiles. It is shared by threads, and so are its
//!   [`Module`]s and [`Linker`]s.
//! - A [`Store`] owns what runs: instances, memories, functions, and data of
//!   the embedder's. It stays on one thread; a [`SharedMemory`] connects
//!   several.
//! - [`Func`], [`Memory`], [`Table`], [`Global`], [`Tag`] and [`Instance`] are
//!   small handles that are used together with their store.
//! - Whatever ends a computation early is a [`Trap`], with the WebAssembly call
//!   stack.
//!
//! The folder `examples` has programs for each of these.
//!
//! # Features
//!
//! - `std` (default): runs on Unix systems out of the box. Without it the crate
//!   is `no_std` and takes a [`Platform`](platform::Platform) from the embedder.
//! - `wat`: [`Module::new`] also takes the text format.
//! - `cache`: [`Config::cache`] can keep compiled code on disk.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod cache;
mod compile;
mod config;
mod engine;
mod error;
mod host;
mod linker;
mod module;
mod store;

pub use cache::{CacheKey, CodeCache};
pub use compile::Progress;
pub use config::{Config, Execution};
pub use engine::Engine;
pub use error::{Error, ErrorKind};
pub use host::{Caller, IntoHostFunc};
pub use linker::Linker;
pub use module::Module;
pub use store::Store;

pub use wasmjit_jit as jit;
pub use wasmjit_jit::{OptLevel, Strategy};
pub use wasmjit_module::{
    ExternKind, FuncType, GlobalType, HeapType, MemoryType, ModuleError, ModuleErrorKind, RefType,
    TableType, ValType, WasmFeatures,
};
pub use wasmjit_runtime::codegen::{CompileError, MemoryStyle};
pub use wasmjit_runtime::platform;
pub use wasmjit_runtime::{
    AllocationError, Backtrace, ExnRef, Extern, ExternRef, Frame, Func, Global, Instance,
    InstantiateError, InterruptHandle, Limits, Memory, SharedMemory, SourceLocation, Table, Tag,
    Trap, TrapCode, TrapReason, TypedFunc, Val,
};
