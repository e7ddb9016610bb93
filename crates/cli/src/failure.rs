//! Failures of the command itself, as told to the user.

use std::fmt;
use std::path::Path;

/// What the command ends with; see [`Failure::status`] for others.
pub(crate) type Status = u8;

/// Nothing went wrong.
pub(crate) const SUCCESS: Status = 0;

/// What was asked for was done, and the answer is no.
pub(crate) const FAILURE: Status = 1;

/// Exit status: wasmjit was used wrongly or failed itself.
pub(crate) const USAGE: u8 = 125;
/// Exit status: the program was found but cannot be run.
pub(crate) const CANNOT_RUN: u8 = 126;
/// Exit status: the program was not found.
pub(crate) const NOT_FOUND: u8 = 127;
/// Exit status: the time limit was over.
pub(crate) const TIMED_OUT: u8 = 124;

/// What to tell the user, and with which status to end.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) status: u8,
}

impl Failure {
    /// wasmjit was used wrongly, or failed itself.
    pub(crate) fn usage(message: impl fmt::Display) -> Self {
        Self {
            message: message.to_string(),
            status: USAGE,
        }
    }

    /// The program `path` cannot be run.
    pub(crate) fn program(path: &Path, message: impl fmt::Display) -> Self {
        Self {
            message: format!("{}: {message}", path.display()),
            status: CANNOT_RUN,
        }
    }

    /// Something cannot be done with `path`.
    pub(crate) fn io(path: &Path, what: &str, error: &std::io::Error) -> Self {
        Self::usage(format_args!("{}: {what}: {}", path.display(), Plain(error)))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// An error of the system without its number.
pub(crate) struct Plain<'a>(pub(crate) &'a std::io::Error);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        f.write_str(text.split(" (os error").next().unwrap_or(&text))
    }
}
