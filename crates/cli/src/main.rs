//! The command `wasmjit`: runs WebAssembly programs as if they were native.

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
use std::process::ExitCode;

fn main() -> ExitCode {
    let start = std::time::Instant::now();
    // Programs expect to be ended by a broken pipe; so do our own listings.
    wasmjit_unix::process::restore_sigpipe();
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
        Ok(status) => status,
        Err(failure) => {
            eprintln!("wasmjit: {failure}");
            ExitCode::from(failure.status)
        }
    }
}
