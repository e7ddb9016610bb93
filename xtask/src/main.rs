//! The project's own commands: `cargo xtask help` lists them.

mod apt;
mod bench;
mod command;
mod compatibility;
mod confinement;
mod deb;
mod deny;
mod differential;
mod docs;
mod emscripten;
mod emscripten_tests;
mod fuzz;
mod kernel;
mod known;
mod nginx;
mod no_std;
mod parallel;
mod places;
mod posix_tests;
mod programs;
mod setup;
mod spec;
mod test;
mod vm;
mod work_folder;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Builds, tests and checks wasmjit.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

/// What can be asked for; each has a module of its own.
#[derive(Subcommand)]
enum Task {
    /// Install the packages of packages.txt that are missing.
    Setup(setup::Arguments),
    /// Build the test programs, natively and with Emscripten.
    Programs(programs::Arguments),
    /// Run the test programs natively and under wasmjit, and compare.
    Differential(differential::Arguments),
    /// Compare other people's programs, built by `wasmjit cc`, and write docs/compatibility.md.
    Compatibility(compatibility::Arguments),
    /// Run Emscripten's own tests.
    EmscriptenTests(emscripten_tests::Arguments),
    /// Run the Open POSIX Test Suite natively and under wasmjit.
    PosixTests(posix_tests::Arguments),
    /// Give damaged files to wasmjit, and compare it with another engine.
    Fuzz(fuzz::Arguments),
    /// Check that the freestanding crates build without std.
    NoStd(no_std::Arguments),
    /// Run the specification's test suite.
    Spec(spec::Arguments),
    /// Measure wasmjit, native code and other engines, and compare.
    Bench(bench::Arguments),
    /// Write docs/syscalls.md from the table of system calls.
    Docs(docs::Arguments),
    /// Build nginx with `wasmjit cc` and start it, or put it to the test.
    Nginx(nginx::Arguments),
    /// Build the kernel module.
    Kernel(kernel::Arguments),
    /// Build a Debian package of the command and the kernel module.
    Deb(deb::Arguments),
    /// Run a command under a Debian kernel in a virtual machine.
    Vm(vm::Arguments),
    /// Run everything that must pass.
    Test(test::Arguments),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().task {
        Task::Setup(arguments) => setup::run(&arguments),
        Task::Programs(arguments) => programs::run(&arguments),
        Task::Differential(arguments) => differential::run(&arguments),
        Task::Compatibility(arguments) => compatibility::run(&arguments),
        Task::EmscriptenTests(arguments) => emscripten_tests::run(&arguments),
        Task::PosixTests(arguments) => posix_tests::run(&arguments),
        Task::Fuzz(arguments) => fuzz::run(&arguments),
        Task::NoStd(arguments) => no_std::run(&arguments),
        Task::Spec(arguments) => spec::run(&arguments),
        Task::Bench(arguments) => bench::run(&arguments),
        Task::Docs(arguments) => docs::run(&arguments),
        Task::Nginx(arguments) => nginx::run(&arguments),
        Task::Kernel(arguments) => kernel::run(&arguments),
        Task::Deb(arguments) => deb::run(&arguments),
        Task::Vm(arguments) => vm::run(&arguments),
        Task::Test(arguments) => test::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
