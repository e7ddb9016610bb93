//! Errors of decoding and validation.

use alloc::string::String;
use core::fmt;

/// Why a module was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ModuleErrorKind {
    /// The bytes are no WebAssembly module at all.
    NotWasm,
    /// The binary form is broken or cut short.
    Malformed,
    /// Well-formed, but breaks a rule of the specification.
    Invalid,
    /// Uses a feature that this runtime does not provide.
    Unsupported,
}

/// A module that was refused, with the reason and the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleError {
    /// The class of the error.
    pub kind: ModuleErrorKind,
    /// What is wrong.
    pub message: String,
    /// Byte offset in the binary.
    pub offset: usize,
}

impl ModuleError {
    pub(crate) fn new(
        kind: ModuleErrorKind,
        message: impl Into<String>,
        offset: impl TryInto<usize>,
    ) -> Self {
        Self {
            kind,
            message: message.into(),
            offset: offset.try_into().unwrap_or(usize::MAX),
        }
    }

    /// The error of a validator. It reads and checks at once and does not tell
    /// which of the two failed, so `well_formed` must: it only runs here, where
    /// time no longer matters.
    #[cold]
    pub(crate) fn of_validator(
        error: wasmparser::Error,
        well_formed: impl FnOnce() -> bool,
    ) -> Self {
        let mut error = Self::from(error);
        if error.kind == ModuleErrorKind::Malformed && well_formed() {
            error.kind = ModuleErrorKind::Invalid;
        }
        error
    }
}

/// The error of reading the binary form.
impl From<wasmparser::Error> for ModuleError {
    fn from(error: wasmparser::Error) -> Self {
        let kind = match error.missing_wasm_feature() {
            Some(_) => ModuleErrorKind::Unsupported,
            None => ModuleErrorKind::Malformed,
        };
        Self::new(kind, error.message(), error.offset())
    }
}

impl fmt::Display for ModuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kind,
            message,
            offset,
        } = self;
        match kind {
            ModuleErrorKind::NotWasm => write!(f, "not a WebAssembly module: {message}"),
            ModuleErrorKind::Malformed => {
                write!(f, "malformed module at offset {offset:#x}: {message}")
            }
            ModuleErrorKind::Invalid => {
                write!(f, "invalid module at offset {offset:#x}: {message}")
            }
            ModuleErrorKind::Unsupported => {
                write!(f, "unsupported at offset {offset:#x}: {message}")
            }
        }
    }
}

impl core::error::Error for ModuleError {}
