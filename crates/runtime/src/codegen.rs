//! The seam to the engine: how functions become callable.

use crate::trap::TrapCode;
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;
use core::ops::Range;
use wasmjit_module::{FuncType, Module};

/// How compiled code makes sure that accesses stay inside a 32-bit memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MemoryStyle {
    /// The memory is followed by so much unmapped address space that no access
    /// can pass it; a fault becomes a trap. The base never moves.
    Guarded,
    /// Each access is compared with the memory's length.
    Checked,
}

/// Bytes of address space that a [`MemoryStyle::Guarded`] memory occupies:
/// any 32-bit index plus any 32-bit offset plus the largest access.
pub const GUARDED_RESERVATION: u64 = (1 << 33) + (1 << 16);

/// Compiles functions. Implementations are shared by all stores of an engine.
pub trait CodeGen: Send + Sync {
    /// Makes the functions of a validated module callable, at once or on first
    /// call.
    ///
    /// # Errors
    /// When the code does not fit, or a function exceeds a limit of the
    /// compiler.
    fn load(&self, module: &Arc<Module>) -> Result<Arc<dyn ModuleCode>, CompileError>;

    /// Whether [`Self::load`] takes modules whose functions were not validated, does that
    /// itself, and refuses what is not valid with all of
    /// [`FEATURES`](wasmjit_module::FEATURES).
    fn validates(&self) -> bool {
        false
    }

    /// Code with signature `extern "C" fn(vmctx, code, values: *mut RawValue)`
    /// that calls `code` (a function of type `ty`) with parameters from
    /// `values` and stores the results there.
    ///
    /// # Errors
    /// As [`Self::load`].
    fn entry_trampoline(&self, ty: &FuncType) -> Result<*const u8, CompileError>;

    /// Code in the convention of compiled functions, whose `vmctx` is a
    /// [`crate::vm::VMHostFunction`], that stores its parameters in an array,
    /// calls [`crate::vm::VMHostFunction::call`] and returns the results.
    ///
    /// # Errors
    /// As [`Self::load`].
    fn host_trampoline(&self, ty: &FuncType) -> Result<*const u8, CompileError>;

    /// Code that can stand for [`Self::host_trampoline`] and costs nothing
    /// before it is called: it then calls the builtin
    /// [`crate::builtins::Builtin::CompileHostFunction`]. `None` where there is
    /// no such code; then trampolines are compiled when functions are imported.
    fn lazy_host_trampoline(&self, _ty: &FuncType) -> Option<*const u8> {
        None
    }

    /// Address range in which all code of this engine lies. A fault outside it
    /// is not the guest's.
    fn code_range(&self) -> Range<usize>;

    /// Which code a program counter belongs to; `None` for trampolines.
    fn find(&self, pc: usize) -> Option<Arc<dyn ModuleCode>>;

    /// The trap that a fault at this instruction of a trampoline means; `None`
    /// where none is expected.
    fn trampoline_trap(&self, _pc: usize) -> Option<TrapCode> {
        None
    }

    /// How 32-bit memories must be made for this engine's code.
    fn memory_style(&self) -> MemoryStyle;
}

/// A module's code.
pub trait ModuleCode: Send + Sync {
    /// Entry point of a defined function (an index that starts at the first
    /// function that is not imported). May be a stub that compiles it.
    fn entry(&self, defined: u32) -> *const u8;

    /// Compiles the function if that was not done yet; returns its entry point.
    ///
    /// # Errors
    /// See [`CodeGen::load`].
    fn compile(&self, defined: u32) -> Result<*const u8, CompileError>;

    /// Entry point of a function that is compiled; never a stub.
    fn compiled(&self, defined: u32) -> Option<*const u8>;

    /// Compiles a variant of the function that begins at one of its loops: the
    /// code takes the context and the address of an array of 64-bit values,
    /// the function's locals and then its operand stack at the loop's start,
    /// and returns what the function returns. `offset` is where the loop's
    /// instruction stands in the module's binary.
    ///
    /// # Errors
    /// When that function cannot be entered there, and as [`CodeGen::load`].
    fn compile_loop(&self, defined: u32, offset: u32) -> Result<*const u8, CompileError>;

    /// What is known of the instruction at `pc`. For a return address pass
    /// `pc - 1`.
    fn location(&self, pc: usize) -> Option<CodeLocation>;

    /// The handler of the call that returns to `return_address`.
    fn handler(&self, return_address: usize) -> Option<Handler>;

    /// For debugging and `--stats`: bytes of machine code so far.
    fn code_size(&self) -> usize;

    /// Access to the implementation.
    fn as_any(&self) -> &dyn core::any::Any;
}

/// A place in compiled code, in terms of the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeLocation {
    /// Index in the module's function space.
    pub function: u32,
    /// Byte offset in the module's binary.
    pub wasm_offset: Option<u32>,
    /// The trap that a fault at this instruction means.
    pub trap: Option<TrapCode>,
}

/// Where an exception continues in a frame that catches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handler {
    /// Address of the landing code; it takes the exception in the first
    /// exception payload register.
    pub pc: usize,
    /// Stack pointer = frame pointer - this.
    pub frame_offset: u32,
}

/// Why code could not be generated.
#[derive(Debug, Clone)]
pub struct CompileError {
    /// The function, where it concerns one.
    pub function: Option<u32>,
    /// What went wrong.
    pub message: String,
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.function {
            Some(index) => write!(f, "cannot compile function {index}: {}", self.message),
            None => write!(f, "cannot compile: {}", self.message),
        }
    }
}

impl core::error::Error for CompileError {}
