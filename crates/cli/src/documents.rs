//! `wasmjit completions` and `wasmjit man`

use crate::args::Arguments;
use crate::failure::Failure;
use crate::failure::{SUCCESS, Status};
use crate::output;
use clap::CommandFactory;
use std::fs;
use std::path::Path;

/// Writes a completion script to standard output.
pub(crate) fn completions(shell: clap_complete::Shell) -> Result<Status, Failure> {
    let mut command = Arguments::command();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "wasmjit", &mut script);
    output::write(&script)?;
    Ok(SUCCESS)
}

/// Writes a manual page for the command and each of its subcommands.
pub(crate) fn man(folder: &Path) -> Result<Status, Failure> {
    fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Arguments::command(), folder))
        .map_err(|error| Failure::io(folder, "cannot write manual pages", &error))?;
    Ok(SUCCESS)
}
