//! The command `wasmjit`: runs WebAssembly programs as if they were native.

// Rust's own start-up code would give closed standard descriptors to the
// program as open ones and ignore broken pipes; native programs see what their
// parent left them.
#![cfg_attr(not(test), no_main)]

mod ahead;
mod args;
mod binfmt;
mod cache;
mod cc;
mod documents;
mod failure;
mod inherit;
mod inspect;
mod kernel;
mod load;
mod objdump;
mod observe;
mod output;
mod profile;
mod progress;
mod run;
mod stats;
mod strace;
mod units;
mod wast;
mod work_folder;

use args::Command;
use std::ffi::OsString;
#[cfg(not(test))]
use std::ffi::{CStr, c_char, c_int};
use std::io::Write;
#[cfg(not(test))]
use std::os::unix::ffi::OsStrExt;

/// The entry point that the C library calls.
// SAFETY: the signature is that of C's `main`, which nothing else defines.
#[cfg(not(test))]
#[unsafe(no_mangle)]
extern "C" fn main(count: c_int, arguments: *const *const c_char) -> c_int {
    let argument = |i| {
        // SAFETY: the C library passes so many strings, each with its end.
        let argument = unsafe { CStr::from_ptr(*arguments.add(i)) };
        std::ffi::OsStr::from_bytes(argument.to_bytes()).to_owned()
    };
    let count = usize::try_from(count).unwrap_or(0);
    run_command((0..count).map(argument).collect()).into()
}

/// Does what the command line says; returns the exit status.
#[cfg_attr(test, expect(dead_code, reason = "tests have a `main` of their own"))]
fn run_command(arguments: Vec<OsString>) -> u8 {
    let start = std::time::Instant::now();
    let result = match args::parse(arguments) {
        Command::Run(options) => run::run(*options, start),
        Command::Compile(options) => ahead::compile(&options),
        Command::Inspect(options) => inspect::inspect(&options),
        Command::Objdump(options) => objdump::objdump(&options),
        Command::Wast(options) => wast::run(&options),
        Command::Cache { command } => cache::run(&command),
        Command::Binfmt { command } => binfmt::run(&command),
        Command::Kernel { command } => kernel::run(&command),
        Command::Cc(options) => cc::run(cc::Tool::C, &options.arguments),
        Command::Cpp(options) => cc::run(cc::Tool::Cpp, &options.arguments),
        Command::Ar(options) => cc::run(cc::Tool::Ar, &options.arguments),
        Command::Node(options) => cc::javascript::run(&options.arguments),
        Command::Ranlib(options) => cc::run(cc::Tool::Ranlib, &options.arguments),
        Command::Completions { shell } => documents::completions(shell),
        Command::Man { folder } => documents::man(&folder),
    };
    match result {
        Ok(status) => status,
        Err(failure) => {
            // Not `eprintln`, which panics where standard error is closed.
            let _ = writeln!(std::io::stderr(), "wasmjit: {failure}");
            failure.status
        }
    }
}
