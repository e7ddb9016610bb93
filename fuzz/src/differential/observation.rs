//! What both engines are observed to do, in the same words.

use std::fmt;

/// A WebAssembly value. Floats are compared by their bits; where generated code
/// would make a NaN, it makes a certain one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    I32(i32),
    I64(i64),
    F32(u32),
    F64(u64),
    V128(u128),
    Null,
    /// A function that the module exports at this place, or any function where
    /// it is observed.
    Function(Signature),
    /// An external reference, by its number.
    Extern(u64),
    /// An exception.
    Exception,
}

/// How many parameters and results a function has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Signature(pub(super) usize, pub(super) usize);

/// Prints numbers in hexadecimal, where bits matter more than size.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::I32(value) => write!(f, "i32:{value:#x}"),
            Self::I64(value) => write!(f, "i64:{value:#x}"),
            Self::F32(bits) => write!(f, "f32:{bits:#x}={}", f32::from_bits(*bits)),
            Self::F64(bits) => write!(f, "f64:{bits:#x}={}", f64::from_bits(*bits)),
            Self::V128(value) => write!(f, "v128:{value:#034x}"),
            Self::Null => f.write_str("null"),
            Self::Function(Signature(params, results)) => write!(f, "func({params})->{results}"),
            Self::Extern(number) => write!(f, "extern:{number}"),
            Self::Exception => f.write_str("exception"),
        }
    }
}

/// Why a call ended early, as far as both engines tell it apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    Unreachable,
    Memory,
    /// An access or an indirect call outside a table.
    Table,
    UninitializedElement,
    Signature,
    DivideByZero,
    IntegerOverflow,
    InvalidConversion,
    StackOverflow,
    Unaligned,
    NotShared,
    Null,
    /// An exception that nobody caught, with its values.
    Exception(Vec<Value>),
    /// The host function wanted it so.
    Host,
    /// Something that should not happen.
    Other(String),
}

impl End {
    /// What the places of [`End::at`] stand for.
    pub(super) const NAMES: [&'static str; 14] = [
        "unreachable, or nothing left to consume",
        "memory access out of bounds",
        "table access out of bounds",
        "uninitialized element",
        "signature mismatch",
        "division by zero",
        "integer overflow",
        "invalid conversion",
        "stack overflow",
        "unaligned atomic access",
        "waiting on a memory that is not shared",
        "null reference",
        "uncaught exception",
        "ended by a host function",
    ];

    /// A number for its kind.
    pub(super) fn at(&self) -> Option<usize> {
        Some(match self {
            Self::Unreachable => 0,
            Self::Memory => 1,
            Self::Table => 2,
            Self::UninitializedElement => 3,
            Self::Signature => 4,
            Self::DivideByZero => 5,
            Self::IntegerOverflow => 6,
            Self::InvalidConversion => 7,
            Self::StackOverflow => 8,
            Self::Unaligned => 9,
            Self::NotShared => 10,
            Self::Null => 11,
            Self::Exception(_) => 12,
            Self::Host => 13,
            Self::Other(_) => return None,
        })
    }
}

/// Something that was observed. The engines must agree on each, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    /// The module was instantiated, or not.
    Instantiated(Result<(), End>),
    /// A host function was called.
    HostCall { import: usize, params: Vec<Value> },
    /// What the host function did to a memory: whether that was possible, and
    /// the memory's size then.
    Poked { possible: bool, size: u64 },
    /// A call by the host of an export came to its end.
    Returned {
        export: String,
        result: Result<Vec<Value>, End>,
    },
    /// A global's value.
    Global { export: String, value: Value },
    /// A memory's size and a digest of its contents, with its first bytes that
    /// are not zero.
    Memory {
        export: String,
        size: u64,
        digest: u64,
        start: Vec<u8>,
    },
    /// A table's elements.
    Table {
        export: String,
        elements: Vec<Value>,
    },
}

impl Event {
    /// Whether a stack overflow happened, which engines need not agree on.
    pub(super) fn is_overflow(&self) -> bool {
        matches!(
            self,
            Self::Returned {
                result: Err(End::StackOverflow),
                ..
            } | Self::Instantiated(Err(End::StackOverflow))
        )
    }

    /// Whether both are right: where an atomic access is both unaligned and out
    /// of bounds, either trap will do.
    pub(super) fn may_differ_from(&self, other: &Self) -> bool {
        fn end(event: &Event) -> Option<&End> {
            match event {
                Event::Returned { result, .. } => result.as_ref().err(),
                Event::Instantiated(result) => result.as_ref().err(),
                _ => None,
            }
        }
        matches!(
            (end(self), end(other)),
            (Some(End::Memory), Some(End::Unaligned)) | (Some(End::Unaligned), Some(End::Memory))
        )
    }

    /// The contents of a memory.
    pub(super) fn memory(export: &str, bytes: &[u8]) -> Self {
        let (words, rest) = bytes.as_chunks::<8>();
        let mut digest = 0u64;
        for word in words {
            digest = (digest.rotate_left(5) ^ u64::from_le_bytes(*word))
                .wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
        let first = bytes.iter().position(|&byte| byte != 0);
        let start = first.map_or(&[][..], |first| &bytes[first..]);
        debug_assert!(rest.is_empty(), "memories consist of pages");
        Self::Memory {
            export: export.to_string(),
            size: bytes.len() as u64,
            digest,
            start: start[..start.len().min(32)].to_vec(),
        }
    }
}
