//! Running a program without rights and apart from this system, by bwrap.

use std::process::Command;

use anyhow::{Result, bail};

use crate::command::{succeeds, wasmjit};

/// Where wasmjit is for the program.
pub(crate) const WASMJIT: &str = "/run/wasmjit";

/// Fails unless that can be done here.
pub(crate) fn check() -> Result<()> {
    let mut bwrap = Command::new("bwrap");
    if succeeds(bwrap.args(["--unshare-user", "--ro-bind", "/", "/", "true"])) {
        return Ok(());
    }
    bail!(
        "the tests need systems of their own, and bwrap cannot make any here: is the package \
         bubblewrap installed, and are user namespaces allowed?"
    )
}

/// The beginning of a command that runs as a user without rights in a file system of
/// its own, where `/usr`, [`WASMJIT`] and an empty `/tmp` are, with an empty
/// environment. What it leaves is gone when it ends, and no process outlives it. More
/// options, `--` and the program are to follow.
pub(crate) fn command() -> Result<Command> {
    let mut command = Command::new("bwrap");
    // Not the superuser, who may do what tests find forbidden.
    command.args(["--unshare-user", "--uid", "1000", "--gid", "1000"]);
    command.args(["--unshare-pid", "--die-with-parent"]);
    command.args(["--tmpfs", "/", "--ro-bind", "/usr", "/usr"]);
    for link in ["lib", "lib64", "bin"] {
        command.args(["--symlink", &format!("usr/{link}"), &format!("/{link}")]);
    }
    command.args(["--dev", "/dev", "--proc", "/proc", "--dir", "/tmp"]);
    command.arg("--ro-bind").arg(wasmjit()?).arg(WASMJIT);
    command.arg("--clearenv");
    Ok(command)
}
