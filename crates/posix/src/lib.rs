//! Guest processes: programs compiled for POSIX with Emscripten, and command
//! modules of WASI.
//!
//! A [`Process`] runs a compiled module. What the module imports comes from one
//! table ([`table`]), whose handlers work on a [`Kernel`]: Linux's system calls
//! and what else an operating system offers.
//!
//! ```text
//! let process = Process::builder(kernel).args(["program", "argument"]).build();
//! let status = process.run(&mut store, &module)?;
//! ```
#![no_std]

extern crate alloc;

mod calls;
mod ctx;
mod environment;
mod era;
mod errno;
mod exit;
mod exports;
mod flags;
mod glue;
mod guest;
mod handler;
mod host_io;
mod kernel;
mod layout;
mod link;
mod lock;
mod process;
mod remedy;
mod scratch;
mod signals;
mod start;
mod stdio;
pub mod strace;
mod sys;
pub mod table;
mod thread;
mod threads;
mod time;
mod trace;
mod wasi;

pub use ctx::Ctx;
pub use era::Era;
pub use errno::Errno;
pub use exit::ExitStatus;
pub use glue::{Glue, GlueError, is_minified};
pub use handler::{Convention, Kind, Variant};
pub use kernel::{Address, Kernel, MAX_ADDRESSES, Pages, Protocol, Query, ResolveError, Rights};
pub use link::{ImportReport, ImportStatus, StartError, inspect};
pub use process::{Process, ProcessBuilder};
pub use signals::{Caught, Disposition, INFO_SIZE, Signals};
pub use sys::Sys;
pub use table::{Row, Support, lookup};
pub use trace::{Call, End, Entered, Trace};
