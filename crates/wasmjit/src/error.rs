//! Errors.

use crate::{CompileError, InstantiateError, ModuleError, Trap};
use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;
use wasmjit_runtime as runtime;

/// Anything that can go wrong.
#[derive(Debug)]
pub struct Error(Box<ErrorKind>);

/// What went wrong.
#[derive(Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bytes are no valid module.
    Module(ModuleError),
    /// The text is no module in the text format.
    Text(String),
    /// Code cannot be generated.
    Compile(CompileError),
    /// An instance cannot be made.
    Instantiate(InstantiateError),
    /// A computation ended early.
    Trap(Trap),
    /// An engine cannot be made.
    Engine(String),
    /// A handle was asked for something that it cannot do.
    Other(Box<dyn core::error::Error + Send + Sync>),
}

impl Error {
    /// An error of some other kind.
    pub fn new(error: impl core::error::Error + Send + Sync + 'static) -> Self {
        Self::from(ErrorKind::Other(Box::new(error)))
    }

    /// What went wrong.
    pub fn kind(&self) -> &ErrorKind {
        &self.0
    }

    /// What went wrong.
    pub fn into_kind(self) -> ErrorKind {
        *self.0
    }

    /// The trap, if it is one: also one of a start function.
    pub fn trap(&self) -> Option<&Trap> {
        match self.kind() {
            ErrorKind::Trap(trap) | ErrorKind::Instantiate(InstantiateError::Trap(trap)) => {
                Some(trap)
            }
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind() {
            ErrorKind::Module(error) => error.fmt(f),
            ErrorKind::Text(message) | ErrorKind::Engine(message) => f.write_str(message),
            ErrorKind::Compile(error) => error.fmt(f),
            ErrorKind::Instantiate(error) => error.fmt(f),
            ErrorKind::Trap(trap) => trap.fmt(f),
            ErrorKind::Other(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for Error {}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self(Box::new(kind))
    }
}

macro_rules! from {
    ($($error:ty => $kind:expr;)*) => {
        $(impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::from($kind(error))
            }
        })*
    };
}

from! {
    ModuleError => ErrorKind::Module;
    CompileError => ErrorKind::Compile;
    InstantiateError => ErrorKind::Instantiate;
    Trap => ErrorKind::Trap;
    runtime::ExportError => |error| ErrorKind::Other(Box::new(error));
    runtime::TypeMismatch => |error| ErrorKind::Other(Box::new(error));
    runtime::AllocationError => |error| ErrorKind::Other(Box::new(error));
    runtime::TableError => |error| ErrorKind::Other(Box::new(error));
    runtime::GlobalError => |error| ErrorKind::Other(Box::new(error));
    runtime::ValueError => |error| ErrorKind::Other(Box::new(error));
    runtime::OutOfBounds => |error| ErrorKind::Other(Box::new(error));
}
