//! Why an instance could not be made.

use crate::codegen::CompileError;
use crate::error::AllocationError;
use crate::trap::Trap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// An import that nothing provides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingImport {
    /// Module name.
    pub module: String,
    /// Field name.
    pub name: String,
    /// Kind and type, as `function (i32, i32) -> i32`.
    pub ty: String,
}

impl fmt::Display for MissingImport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}: {}", self.module, self.name, self.ty)
    }
}

/// Why an instance could not be made.
#[derive(Debug)]
pub enum InstantiateError {
    /// The linker does not know some imports: all of these.
    MissingImports(Vec<MissingImport>),
    /// Not as many imports were given as the module has.
    ImportCount {
        /// How many it has.
        expected: usize,
        /// How many were given.
        found: usize,
    },
    /// What was given for an import has another type.
    IncompatibleImport {
        /// The import's module name.
        module: String,
        /// The import's field name.
        name: String,
        /// Kind and type that the module wants.
        expected: String,
        /// Kind and type of what was given.
        found: String,
    },
    /// A segment did not fit, or the start function trapped.
    Trap(Trap),
    /// A memory or table could not be made.
    Allocation(AllocationError),
    /// A trampoline for a host function could not be compiled.
    Compile(CompileError),
}

impl fmt::Display for InstantiateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingImports(missing) => {
                f.write_str("unknown import")?;
                if missing.len() > 1 {
                    f.write_str("s")?;
                }
                f.write_str(":")?;
                for import in missing {
                    write!(f, "\n  {import}")?;
                }
                Ok(())
            }
            Self::ImportCount { expected, found } => {
                write!(f, "the module has {expected} imports, {found} were given")
            }
            Self::IncompatibleImport {
                module,
                name,
                expected,
                found,
            } => write!(
                f,
                "incompatible import type: {module}.{name} should be {expected}, but is {found}"
            ),
            Self::Trap(trap) => trap.fmt(f),
            Self::Allocation(error) => error.fmt(f),
            Self::Compile(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for InstantiateError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Trap(trap) => Some(trap),
            Self::Allocation(error) => Some(error),
            Self::Compile(error) => Some(error),
            _ => None,
        }
    }
}

impl From<Trap> for InstantiateError {
    fn from(trap: Trap) -> Self {
        Self::Trap(trap)
    }
}

impl From<AllocationError> for InstantiateError {
    fn from(error: AllocationError) -> Self {
        Self::Allocation(error)
    }
}

impl From<CompileError> for InstantiateError {
    fn from(error: CompileError) -> Self {
        Self::Compile(error)
    }
}
