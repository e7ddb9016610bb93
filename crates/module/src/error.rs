//! Errors of decoding and validation.

use alloc::string::{String, ToString};
use core::fmt;

/// Why a module was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModuleErrorKind {
    /// The bytes are no WebAssembly module at all.
    NotWasm,
    /// The binary form is broken or cut short.
    Malformed,
    /// Well-formed, but breaks a rule of the specification.
    Invalid,
    /// Valid, but uses a feature that this runtime does not provide.
    Unsupported,
}

/// A module that was refused, with the reason and the place.
#[derive(Debug, Clone)]
pub struct ModuleError {
    /// The class of the error.
    pub kind: ModuleErrorKind,
    /// What is wrong.
    pub message: String,
    /// Byte offset in the binary.
    pub offset: usize,
}

impl ModuleError {
    pub(crate) fn new(kind: ModuleErrorKind, message: impl ToString, offset: usize) -> Self {
        Self {
            kind,
            message: message.to_string(),
            offset,
        }
    }
}

impl From<wasmparser::BinaryReaderError> for ModuleError {
    fn from(error: wasmparser::BinaryReaderError) -> Self {
        Self::new(
            ModuleErrorKind::Invalid,
            error.message(),
            error.offset() as usize,
        )
    }
}

impl fmt::Display for ModuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ModuleErrorKind::NotWasm => write!(f, "not a WebAssembly module: {}", self.message),
            ModuleErrorKind::Malformed | ModuleErrorKind::Invalid => {
                write!(f, "invalid module at offset {:#x}: {}", self.offset, self.message)
            }
            ModuleErrorKind::Unsupported => {
                write!(f, "unsupported at offset {:#x}: {}", self.offset, self.message)
            }
        }
    }
}

impl core::error::Error for ModuleError {}
