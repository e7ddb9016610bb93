//! The step `vm` of `cargo xtask test`: what must work under each kernel.

use std::ffi::OsString;
use std::process::Command;

use anyhow::{Result, bail};

use super::{Kernel, Machine};
use crate::command::{End, capture, run as run_command};
use crate::places;

/// The series of kernels that are tested, each with a number of processors.
const KERNELS: [(&str, u32); 2] = [("6.1", 1), ("6.12", 2)];

/// Options and arguments of `wasmjit run` whose output and status in the kernel
/// must be those that they have on the host.
const SAME_AS_HOST: [&[&str]; 1] = [&["examples/hello.wasm", "world"]];

/// Commands that must succeed.
const SUCCEED: [&[&str]; 5] = [
    &["sh", "tests/kernel/same.sh"],
    &["sh", "tests/kernel/robust.sh"],
    &["sh", "tests/kernel/cache.sh"],
    // Operations, seed, threads.
    &[FUZZER, "3000", "1", "4"],
    // A part of the specification's suite: the rest takes long in an emulator.
    &[
        "xtask",
        "spec",
        "--mode",
        "kernel",
        "3.0/call",
        "3.0/elem",
        "3.0/linking",
        "memory64/memory_grow64",
        "threads/",
    ],
];

/// Options of the kernel with which the module is refused, and a part of what the
/// command then says.
const REFUSED: [(&str, &str); 2] = [
    ("lockdown=integrity", "locked down (integrity)"),
    // A processor without SSE4.1, as far as the kernel knows.
    ("clearcpuid=147", "SSE4.1 is not supported"),
];

/// The hostile user of the device: an example of crates/device.
const FUZZER: &str = "fuzz";

/// Runs the checks under each kernel.
pub(crate) fn run() -> Result<()> {
    let mut fuzzer = Command::new("cargo");
    fuzzer
        .args([
            "build",
            "--release",
            "--quiet",
            "--package",
            "wasmjit-device",
        ])
        .args(["--example", "fuzz"])
        .current_dir(places::root());
    run_command(&mut fuzzer)?;
    for (series, cpus) in KERNELS {
        let kernel = Kernel::find(series)?;
        for words in SAME_AS_HOST {
            println!("{} with {cpus} CPUs: {}", kernel.release, words.join(" "));
            same_as_host(&kernel, cpus, words)?;
        }
        for words in SUCCEED {
            println!("{} with {cpus} CPUs: {}", kernel.release, words.join(" "));
            succeeds(&kernel, cpus, words)?;
        }
        for (option, words) in REFUSED {
            println!("{} with {option}", kernel.release);
            refuses(&kernel, option, words)?;
        }
    }
    Ok(())
}

fn succeeds(kernel: &Kernel, cpus: u32, words: &[&str]) -> Result<()> {
    let command: Vec<OsString> = words.iter().map(OsString::from).collect();
    let mut machine = Machine {
        cpus,
        stream: true,
        directory: places::root().to_owned(),
        ..Machine::new(kernel, &command)?
    };
    let examples = places::target_dir().join("release/examples");
    machine.path.push(examples);
    run_through(&machine)
}

/// The module is refused under a kernel with this option, and the command says so.
fn refuses(kernel: &Kernel, option: &str, words: &str) -> Result<()> {
    let command = ["sh", "tests/kernel/refused.sh", words].map(OsString::from);
    let machine = Machine {
        append: &[option.to_owned()],
        load: false,
        stream: true,
        directory: places::root().to_owned(),
        ..Machine::new(kernel, &command)?
    };
    run_through(&machine)
}

/// An error unless the machine's command succeeds and the kernel is well.
fn run_through(machine: &Machine<'_>) -> Result<()> {
    let outcome = machine.run()?;
    outcome.check_log()?;
    if outcome.status != 0 {
        let words: Vec<_> = machine
            .command
            .iter()
            .map(|w| w.to_string_lossy())
            .collect();
        bail!("{} failed: status {}", words.join(" "), outcome.status);
    }
    Ok(())
}

fn same_as_host(kernel: &Kernel, cpus: u32, words: &[&str]) -> Result<()> {
    let command = ["wasmjit", "run", "--engine", "kernel"].iter().chain(words);
    let command: Vec<OsString> = command.map(OsString::from).collect();
    let machine = Machine {
        cpus,
        directory: places::root().to_owned(),
        ..Machine::new(kernel, &command)?
    };
    let outcome = machine.run()?;
    let program = places::target_dir().join("release/wasmjit");
    let mut native = Command::new(program);
    native.arg("run").args(words).current_dir(places::root());
    let host = capture(&mut native, machine.timeout)?;
    outcome.check_log()?;
    let same = End::Status(outcome.status) == host.end
        && outcome.stdout == host.stdout
        && outcome.stderr == host.stderr;
    if !same {
        bail!(
            "{} ended with status {} and said:\n{}{}\non the host with {} and:\n{}{}",
            words.join(" "),
            outcome.status,
            String::from_utf8_lossy(&outcome.stdout),
            String::from_utf8_lossy(&outcome.stderr),
            host.end,
            String::from_utf8_lossy(&host.stdout),
            String::from_utf8_lossy(&host.stderr),
        );
    }
    Ok(())
}
