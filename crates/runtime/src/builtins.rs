//! The functions that compiled code calls in the runtime.
//!
//! One table describes them; it generates the [`Builtin`] index, the
//! signatures that an engine declares, and the array of addresses that
//! [`crate::vm::VMContext::builtins`] points to. Each address is a small
//! assembly shim (see [`crate::arch`]) that records where compiled code left,
//! calls the Rust implementation, and unwinds when that leaves a pending trap.

/// Type of a builtin's parameter or result. Floats never cross, so that the
/// runtime may be compiled for targets without a hardware float ABI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuiltinType {
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
    /// Address.
    Pointer,
}

/// What a builtin's result means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuiltinResult {
    /// No result for compiled code; the implementation returns a status and
    /// the shim unwinds when it is not zero.
    Status,
    /// A value; cannot fail.
    Value(BuiltinType),
    /// A 64-bit value, or [`PENDING_TRAP`], on which the shim unwinds.
    ValueOrTrap,
    /// Does not return.
    Never,
    /// As `Status`, but the shim preserves every register (Cranelift's
    /// `preserve_all` convention), so that a cold call costs its surroundings
    /// nothing.
    StatusPreserveAll,
}

/// Result of a [`BuiltinResult::ValueOrTrap`] builtin that left a pending trap.
pub const PENDING_TRAP: u64 = 1 << 63;

/// Signature of a builtin; the context pointer comes before `params`.
#[derive(Debug, Clone, Copy)]
pub struct BuiltinSignature {
    /// Parameters after the context.
    pub params: &'static [BuiltinType],
    /// The result.
    pub result: BuiltinResult,
}

/// Passes the table of builtins on to another macro.
macro_rules! for_each_builtin {
    ($callback:ident) => {
        $callback! {
            /// (memory, pages to add): the old size in pages, or all ones.
            MemoryGrow = memory_grow(I32, I64) -> Value(I64);
            /// (memory, address, value, length)
            MemoryFill = memory_fill(I32, I64, I32, I64) -> Status;
            /// (memory to, memory from, address to, address from, length)
            MemoryCopy = memory_copy(I32, I32, I64, I64, I64) -> Status;
            /// (memory, segment, address, offset in segment, length)
            MemoryInit = memory_init(I32, I32, I64, I32, I32) -> Status;
            /// (segment)
            DataDrop = data_drop(I32) -> Status;
            /// (table, initial value, elements to add): old size, or all ones.
            TableGrow = table_grow(I32, I64, I64) -> Value(I64);
            /// (table, index, value, length)
            TableFill = table_fill(I32, I64, I64, I64) -> Status;
            /// (table to, table from, index to, index from, length)
            TableCopy = table_copy(I32, I32, I64, I64, I64) -> Status;
            /// (table, segment, index, offset in segment, length)
            TableInit = table_init(I32, I32, I64, I32, I32) -> Status;
            /// (segment)
            ElemDrop = elem_drop(I32) -> Status;
            /// (memory, effective address, expected, timeout in ns): 0 ok, 1 not
            /// equal, 2 timed out. The address is checked for alignment and bounds.
            MemoryAtomicWait32 = memory_atomic_wait32(I32, I64, I32, I64) -> ValueOrTrap;
            /// As `MemoryAtomicWait32`, with a 64-bit expected value.
            MemoryAtomicWait64 = memory_atomic_wait64(I32, I64, I64, I64) -> ValueOrTrap;
            /// (memory, effective address, count): number of waiters woken.
            MemoryAtomicNotify = memory_atomic_notify(I32, I64, I32) -> ValueOrTrap;
            /// The stack limit was passed: an interruption or a stack overflow.
            Poll = poll() -> StatusPreserveAll;
            /// (tag, values): allocates an exception with a copy of the tag's
            /// parameters, an array of `RawValue`, and throws it.
            Throw = throw(Pointer, Pointer) -> Never;
            /// (exception reference; null traps)
            ThrowRef = throw_ref(I64) -> Never;
            /// (trap code): traps.
            Trap = trap(I32) -> Never;
            /// (index among the defined functions): compiles it and returns its entry
            /// point.
            CompileFunction = compile_function(I32) -> ValueOrTrap;
            /// Called by a host function's trampoline, with the
            /// [`crate::vm::VMHostFunction`] as context, when the host function failed:
            /// unwinds with the trap it left, or throws the exception it left to the
            /// frames from `exit_fp` on. Does not record where compiled code left: the
            /// trampoline has recorded its caller before it called the host function.
            Raise = raise() -> Never;
            /// Called with a [`crate::vm::VMHostFunction`] as context: compiles the
            /// trampoline of the host function and returns its address.
            CompileHostFunction = compile_host_function() -> ValueOrTrap;
        }
    };
}
pub(crate) use for_each_builtin;

macro_rules! builtins {
    ($( $(#[doc = $doc:expr])* $variant:ident = $name:ident ($($param:ident),*) -> $result:ident $(($value:ident))?; )*) => {
        /// A function of the runtime that compiled code calls.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u32)]
        pub enum Builtin { $( $(#[doc = $doc])* $variant, )* }

        impl Builtin {
            /// Every builtin, in index order.
            pub const ALL: &'static [Builtin] = &[$(Builtin::$variant),*];

            /// Name, for disassembly and messages.
            pub fn name(self) -> &'static str {
                match self { $(Builtin::$variant => stringify!($name)),* }
            }

            /// Signature.
            pub fn signature(self) -> BuiltinSignature {
                match self { $(Builtin::$variant => BuiltinSignature {
                    params: &[$(BuiltinType::$param),*],
                    result: BuiltinResult::$result $((BuiltinType::$value))?,
                }),* }
            }
        }
    };
}

for_each_builtin!(builtins);
