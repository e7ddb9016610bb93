//! Traps: why a computation ended early, and where.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

macro_rules! trap_codes {
    ($( $(#[doc = $doc:expr])* $variant:ident = $code:literal, $message:literal; )*) => {
        /// Why compiled code or a builtin trapped.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum TrapCode { $( $(#[doc = $doc])* $variant = $code, )* }

        impl TrapCode {
            /// From its number, as compiled code carries it.
            pub fn from_u8(code: u8) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)* _ => None }
            }

            /// The specification's wording.
            pub fn message(self) -> &'static str {
                match self { $(Self::$variant => $message),* }
            }
        }
    };
}

trap_codes! {
    /// The `unreachable` instruction.
    Unreachable = 1, "unreachable";
    /// A memory access outside the memory.
    MemoryOutOfBounds = 2, "out of bounds memory access";
    /// A table access outside the table.
    TableOutOfBounds = 3, "out of bounds table access";
    /// An indirect call with an index outside the table.
    UndefinedElement = 4, "undefined element";
    /// An indirect call of a null entry.
    UninitializedElement = 5, "uninitialized element";
    /// An indirect call of a function with another type.
    IndirectCallTypeMismatch = 6, "indirect call type mismatch";
    /// Integer division or remainder by zero.
    IntegerDivideByZero = 7, "integer divide by zero";
    /// Signed division whose result does not fit, or a float that does not fit
    /// an integer.
    IntegerOverflow = 8, "integer overflow";
    /// Not-a-number converted to an integer.
    InvalidConversion = 9, "invalid conversion to integer";
    /// The call stack is exhausted.
    StackOverflow = 10, "call stack exhausted";
    /// An atomic access that is not aligned.
    UnalignedAtomic = 11, "unaligned atomic";
    /// `memory.atomic.wait` on a memory that is not shared.
    ExpectedSharedMemory = 12, "expected shared memory";
    /// A null function reference was called.
    NullFunctionReference = 13, "null function reference";
    /// `ref.as_non_null` of null.
    NullReference = 14, "null reference";
    /// `throw_ref` of null.
    NullExceptionReference = 15, "null exception reference";
    /// The host asked for an end: a time limit or an interruption.
    Interrupted = 16, "interrupted";
}

impl fmt::Display for TrapCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

/// Why execution ended early.
#[derive(Debug)]
pub enum TrapReason {
    /// A trap of WebAssembly.
    Code(TrapCode),
    /// An exception that no handler caught; the reference stays valid in its
    /// store until the store is dropped or it is rethrown.
    Exception(crate::value::ExnRef),
    /// An error that a host function returned: it passes through WebAssembly
    /// frames unseen.
    Host(Box<dyn core::error::Error + Send + Sync>),
    /// A function could not be compiled when it was first called.
    Compile(crate::codegen::CompileError),
}

/// A computation that ended early: the reason and the WebAssembly call stack.
#[derive(Debug)]
pub struct Trap(Box<TrapInner>);

#[derive(Debug)]
struct TrapInner {
    reason: TrapReason,
    backtrace: Backtrace,
    /// No backtrace shall be added.
    quiet: bool,
}

impl Trap {
    /// A trap without a backtrace (one is added where it enters compiled code).
    pub fn new(reason: TrapReason) -> Self {
        Self(Box::new(TrapInner {
            reason,
            backtrace: Backtrace::default(),
            quiet: false,
        }))
    }

    /// A host function's error.
    pub fn host(error: impl core::error::Error + Send + Sync + 'static) -> Self {
        Self::new(TrapReason::Host(Box::new(error)))
    }

    /// A host function's orderly end of the computation, such as `exit`: passes
    /// through WebAssembly frames as [`Self::host`] does, but no one is
    /// interested in a backtrace, which takes time to make.
    pub fn exit(error: impl core::error::Error + Send + Sync + 'static) -> Self {
        let mut trap = Self::host(error);
        trap.0.quiet = true;
        trap
    }

    /// Why.
    pub fn reason(&self) -> &TrapReason {
        &self.0.reason
    }

    /// Takes the reason out.
    pub fn into_reason(self) -> TrapReason {
        self.0.reason
    }

    /// The trap code, if it is a trap of WebAssembly.
    pub fn code(&self) -> Option<TrapCode> {
        match self.0.reason {
            TrapReason::Code(code) => Some(code),
            _ => None,
        }
    }

    /// The host error, if it is one of type `E`.
    pub fn downcast_host<E: core::error::Error + 'static>(&self) -> Option<&E> {
        match &self.0.reason {
            TrapReason::Host(error) => error.downcast_ref::<E>(),
            _ => None,
        }
    }

    /// The WebAssembly frames, innermost first.
    pub fn backtrace(&self) -> &Backtrace {
        &self.0.backtrace
    }

    /// Adds the frames if there are none yet.
    pub(crate) fn with_backtrace(mut self, backtrace: impl FnOnce() -> Backtrace) -> Self {
        if self.0.backtrace.frames.is_empty() && !self.0.quiet {
            self.0.backtrace = backtrace();
        }
        self
    }
}

impl From<TrapCode> for Trap {
    fn from(code: TrapCode) -> Self {
        Self::new(TrapReason::Code(code))
    }
}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.reason {
            TrapReason::Code(code) => write!(f, "wasm trap: {code}")?,
            TrapReason::Exception(_) => write!(f, "uncaught exception")?,
            TrapReason::Host(error) => write!(f, "{error}")?,
            TrapReason::Compile(error) => write!(f, "{error}")?,
        }
        if !self.0.backtrace.frames.is_empty() {
            write!(f, "\n{}", self.0.backtrace)?;
        }
        Ok(())
    }
}

impl core::error::Error for Trap {}

/// WebAssembly frames, innermost first.
#[derive(Debug, Default, Clone)]
pub struct Backtrace {
    /// The frames.
    pub frames: Vec<Frame>,
    /// Frames left out because the stack was very deep.
    pub omitted: usize,
}

/// One WebAssembly frame.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The module's name, from the name section.
    pub module: Option<String>,
    /// Index of the function in its module.
    pub function: u32,
    /// Its name, demangled where it is a C++ or Rust symbol is left to the
    /// front end.
    pub name: Option<String>,
    /// Byte offset in the module's binary.
    pub offset: Option<u32>,
    /// Source position, from DWARF.
    pub source: Option<SourceLocation>,
}

/// A position in source text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceLocation {
    /// File name.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: Option<u32>,
}

impl fmt::Display for Backtrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "wasm backtrace:")?;
        for (i, frame) in self.frames.iter().enumerate() {
            write!(f, "\n  {i:>3}: ")?;
            match frame.offset {
                Some(offset) => write!(f, "{offset:#8x} - ")?,
                None => write!(f, "       ? - ")?,
            }
            match &frame.name {
                Some(name) => write!(f, "{name}")?,
                None => write!(f, "<function {}>", frame.function)?,
            }
            if let Some(source) = &frame.source {
                write!(
                    f,
                    "\n                    at {}:{}",
                    source.file, source.line
                )?;
                if let Some(column) = source.column {
                    write!(f, ":{column}")?;
                }
            }
        }
        if self.omitted > 0 {
            write!(f, "\n       ... {} more frames", self.omitted)?;
        }
        Ok(())
    }
}
