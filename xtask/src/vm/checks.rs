//! The step `vm` of `cargo xtask test`: what must work under each kernel.

use std::ffi::OsString;
use std::process::Command;

use anyhow::{Result, bail};

use super::{Kernel, Machine};
use crate::command::{End, capture};
use crate::places;

/// The series of kernels that are tested, each with a number of processors.
const KERNELS: [(&str, u32); 2] = [("6.1", 1), ("6.12", 2)];

/// Commands whose output and status must be those that they have on the host.
const SAME_AS_HOST: [&[&str]; 1] = [&["wasmjit", "run", "examples/hello.wasm", "world"]];

/// Runs the checks under each kernel.
pub(crate) fn run() -> Result<()> {
    for (series, cpus) in KERNELS {
        let kernel = Kernel::find(series)?;
        for words in SAME_AS_HOST {
            println!("{} with {cpus} CPUs: {}", kernel.release, words.join(" "));
            same_as_host(&kernel, cpus, words)?;
        }
    }
    Ok(())
}

fn same_as_host(kernel: &Kernel, cpus: u32, words: &[&str]) -> Result<()> {
    let command: Vec<OsString> = words.iter().map(OsString::from).collect();
    let machine = Machine {
        cpus,
        directory: places::root().to_owned(),
        ..Machine::new(kernel, &command)?
    };
    let outcome = machine.run()?;
    let program = places::target_dir().join("release").join(words[0]);
    let mut native = Command::new(program);
    native.args(&words[1..]).current_dir(places::root());
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
