//! Errors of the embedding interface, other than traps.

use crate::codegen::CompileError;
use crate::trap::{Trap, TrapReason};
use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

/// A value or function is of another type than is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeMismatch {
    /// What is wanted.
    pub expected: String,
    /// What there is.
    pub found: String,
}

impl fmt::Display for TypeMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, found {}", self.expected, self.found)
    }
}

impl core::error::Error for TypeMismatch {}

/// A value cannot be given to WebAssembly code.
#[derive(Debug, Clone)]
pub enum ValueError {
    /// It is of the wrong type.
    Type(TypeMismatch),
    /// It is a host function for which no trampoline could be made.
    Compile(CompileError),
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type(error) => error.fmt(f),
            Self::Compile(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ValueError {}

impl From<TypeMismatch> for ValueError {
    fn from(error: TypeMismatch) -> Self {
        Self::Type(error)
    }
}

impl From<CompileError> for ValueError {
    fn from(error: CompileError) -> Self {
        Self::Compile(error)
    }
}

impl From<ValueError> for Trap {
    fn from(error: ValueError) -> Self {
        match error {
            ValueError::Type(error) => Self::host(error),
            ValueError::Compile(error) => error.into(),
        }
    }
}

impl From<CompileError> for Trap {
    fn from(error: CompileError) -> Self {
        Self::new(TrapReason::Compile(error))
    }
}

impl From<Box<dyn core::error::Error + Send + Sync>> for Trap {
    fn from(error: Box<dyn core::error::Error + Send + Sync>) -> Self {
        Self::new(TrapReason::Host(error))
    }
}

/// A range that is not wholly inside a memory or table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfBounds;

impl fmt::Display for OutOfBounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("out of bounds")
    }
}

impl core::error::Error for OutOfBounds {}

/// A memory or table cannot be made or grown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AllocationError {
    /// A limit of the store, or a maximum of this implementation.
    Limit(&'static str),
    /// The machine has no room.
    OutOfMemory {
        /// Bytes that were wanted.
        bytes: u64,
    },
}

impl fmt::Display for AllocationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limit(what) => write!(f, "limit exceeded: {what}"),
            Self::OutOfMemory { bytes } => write!(f, "cannot allocate {bytes} bytes"),
        }
    }
}

impl core::error::Error for AllocationError {}

/// A table operation failed.
#[derive(Debug, Clone)]
pub enum TableError {
    /// No such element.
    OutOfBounds,
    /// The value does not fit.
    Value(ValueError),
    /// There is no room for so many elements.
    Allocation(AllocationError),
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfBounds => OutOfBounds.fmt(f),
            Self::Value(error) => error.fmt(f),
            Self::Allocation(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for TableError {}

impl From<ValueError> for TableError {
    fn from(error: ValueError) -> Self {
        Self::Value(error)
    }
}

impl From<AllocationError> for TableError {
    fn from(error: AllocationError) -> Self {
        Self::Allocation(error)
    }
}

/// A global cannot be set.
#[derive(Debug, Clone)]
pub enum GlobalError {
    /// It is a constant.
    Immutable,
    /// The value does not fit.
    Value(ValueError),
}

impl fmt::Display for GlobalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Immutable => f.write_str("the global is immutable"),
            Self::Value(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for GlobalError {}

impl From<ValueError> for GlobalError {
    fn from(error: ValueError) -> Self {
        Self::Value(error)
    }
}

/// An export is missing or of another kind or type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExportError {
    /// There is no function of that name.
    Missing {
        /// The name.
        name: String,
    },
    /// It has another type.
    Type {
        /// The name.
        name: String,
        /// How it differs.
        mismatch: TypeMismatch,
    },
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { name } => write!(f, "no exported function {name:?}"),
            Self::Type { name, mismatch } => write!(f, "exported function {name:?}: {mismatch}"),
        }
    }
}

impl core::error::Error for ExportError {}
