//! Writing to standard output, where that may fail: a full disk is no reason to
//! panic.

use crate::failure::{Failure, Plain};
use std::fmt::Display;
use std::io::{self, Write};

/// Writes a line.
pub(crate) fn line(text: impl Display) -> Result<(), Failure> {
    write(format!("{text}\n").as_bytes())
}

/// Writes text as it is.
pub(crate) fn write(text: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(text)
        .and_then(|()| stdout.flush())
        .map_err(|error| failed(&error))
}

/// What to tell the user when writing failed.
pub(crate) fn failed(error: &io::Error) -> Failure {
    Failure::usage(format_args!(
        "cannot write to standard output: {}",
        Plain(error)
    ))
}
