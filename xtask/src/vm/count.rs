//! Counting the instructions that programs take natively and in ring 0.
//!
//! Time passes by instructions in the machine, one a nanosecond, so that the time that
//! a process has run is their number, the kernel's on its behalf included. The same
//! numbers come out each time, but for what else the kernel does meanwhile. They are no
//! times: an emulator does not know what a mode switch or a missed cache line costs.

use std::ffi::OsString;
use std::time::Duration;

use anyhow::{Result, bail};

use super::{Kernel, Machine};

/// The kernel that counts.
const KERNEL: &str = "6.1";

/// Page-table isolation, which makes each native call switch page tables twice: options
/// of the kernel's to count with.
pub(crate) const ISOLATION: [&str; 2] = ["pti=off", "pti=on"];

/// Runs a command that counts, in a machine with this option of the kernel's; returns
/// what it has printed.
pub(crate) fn run(option: &str, limit: Duration, command: &[OsString]) -> Result<String> {
    let kernel = Kernel::find(KERNEL)?;
    let append = [option.to_owned()];
    let machine = Machine {
        icount: true,
        append: &append,
        timeout: limit,
        ..Machine::new(&kernel, command)?
    };
    let outcome = machine.run()?;
    outcome.check_log()?;
    let said = String::from_utf8_lossy(&outcome.stdout);
    if outcome.status != 0 {
        let complaint = String::from_utf8_lossy(&outcome.stderr);
        bail!(
            "counting failed: status {}\n{said}{complaint}",
            outcome.status
        );
    }
    Ok(said.into_owned())
}
