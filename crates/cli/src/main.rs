//! The command `wasmjit`: runs WebAssembly programs as if they were native.

// Rust's own start-up code would give closed standard descriptors to the
// program as open ones and ignore broken pipes; native programs see what their
// parent left them.
#![no_main]

mod ahead;
mod args;
mod cache;
mod documents;
mod failure;
mod inspect;
mod load;
mod objdump;
mod progress;
mod run;
mod stats;
mod units;
mod wast;

use args::Command;
use std::ffi::{c_char, c_int};
use std::io::Write;

/// The entry point that the C library calls.
// SAFETY: the signature is that of C's `main`, which nothing else defines.
#[unsafe(no_mangle)]
extern "C" fn main(_count: c_int, _arguments: *const *const c_char) -> c_int {
    let start = std::time::Instant::now();
    let result = match args::parse(std::env::args_os().collect()) {
        Command::Run(options) => run::run(&options, start),
        Command::Compile(options) => ahead::compile(&options),
        Command::Inspect(options) => inspect::inspect(&options),
        Command::Objdump(options) => objdump::objdump(&options),
        Command::Wast(options) => wast::run(&options),
        Command::Cache { command } => cache::run(&command),
        Command::Completions { shell } => documents::completions(shell),
        Command::Man { folder } => documents::man(&folder),
    };
    match result {
        Ok(status) => status.into(),
        Err(failure) => {
            // Not `eprintln`, which panics where standard error is closed.
            let _ = writeln!(std::io::stderr(), "wasmjit: {failure}");
            failure.status.into()
        }
    }
}
