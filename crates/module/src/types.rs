//! The parts of a module.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;
use wasmparser::{GlobalType, MemoryType, RefType, TableType};

/// A recursion group: a run of consecutive type indices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeGroup {
    /// Type indices of the group.
    pub range: Range<u32>,
}

/// What kind of thing is imported or exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ExternKind {
    /// A function.
    Function,
    /// A table.
    Table,
    /// A linear memory.
    Memory,
    /// A global variable.
    Global,
    /// An exception tag.
    Tag,
}

/// Type of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportType {
    /// Type index of the function.
    Function(u32),
    /// A table.
    Table(TableType),
    /// A linear memory.
    Memory(MemoryType),
    /// A global variable.
    Global(GlobalType),
    /// Type index of the tag.
    Tag(u32),
}

impl ImportType {
    /// The kind of this import.
    pub fn kind(&self) -> ExternKind {
        match self {
            Self::Function(_) => ExternKind::Function,
            Self::Table(_) => ExternKind::Table,
            Self::Memory(_) => ExternKind::Memory,
            Self::Global(_) => ExternKind::Global,
            Self::Tag(_) => ExternKind::Tag,
        }
    }
}

/// One import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Module name, as `env`.
    pub module: String,
    /// Field name, as `__syscall_openat`.
    pub name: String,
    /// What is imported.
    pub ty: ImportType,
}

/// One export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// The name.
    pub name: String,
    /// What is exported.
    pub kind: ExternKind,
    /// Index in the index space of `kind`.
    pub index: u32,
}

/// A table with its initialiser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Element type and limits.
    pub ty: TableType,
    /// Initial value of each element; null when absent. Always absent for
    /// imported tables.
    pub init: Option<ConstExpr>,
}

/// A global with its initialiser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Global {
    /// Type and mutability.
    pub ty: GlobalType,
    /// Initial value; `None` for imported globals.
    pub init: Option<ConstExpr>,
}

/// A constant expression in stack order, without its final `end`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConstExpr(pub Vec<ConstOp>);

/// One instruction of a constant expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConstOp {
    /// `i32.const`
    I32(i32),
    /// `i64.const`
    I64(i64),
    /// `f32.const`, as bits
    F32(u32),
    /// `f64.const`, as bits
    F64(u64),
    /// `v128.const`
    V128(u128),
    /// `ref.null`
    RefNull,
    /// `ref.func`
    RefFunc(u32),
    /// `global.get`
    GlobalGet(u32),
    /// `i32.add`
    I32Add,
    /// `i32.sub`
    I32Sub,
    /// `i32.mul`
    I32Mul,
    /// `i64.add`
    I64Add,
    /// `i64.sub`
    I64Sub,
    /// `i64.mul`
    I64Mul,
}

/// How an element segment is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ElementMode {
    /// Copied by `table.init`.
    Passive,
    /// Copied into `table` at instantiation.
    Active {
        /// The table.
        table: u32,
        /// Index of the first element written.
        offset: ConstExpr,
    },
    /// Only declares functions for `ref.func`; dropped at once.
    Declared,
}

/// An element segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElementSegment {
    /// Type of the elements.
    pub ty: RefType,
    /// The elements.
    pub items: ElementItems,
    /// How it is used.
    pub mode: ElementMode,
}

/// Contents of an element segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ElementItems {
    /// Functions that are referred to. Expressions that consist of a lone
    /// `ref.func` are given in this form too.
    Functions(Vec<u32>),
    /// Constant expressions, of which not all are a lone `ref.func`.
    Expressions(Vec<ConstExpr>),
}

impl ElementItems {
    /// Number of elements.
    pub fn len(&self) -> usize {
        match self {
            Self::Functions(f) => f.len(),
            Self::Expressions(e) => e.len(),
        }
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// How a data segment is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DataMode {
    /// Copied by `memory.init`.
    Passive,
    /// Copied into `memory` at instantiation.
    Active {
        /// The memory.
        memory: u32,
        /// Address of the first byte written.
        offset: ConstExpr,
    },
}

/// A data segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataSegment {
    /// Position of the contents in the module's binary.
    pub range: Range<usize>,
    /// How it is used.
    pub mode: DataMode,
}

/// Position of a function body in the module's binary (locals and code,
/// without the leading size).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionBody {
    /// Byte range in the binary.
    pub range: Range<usize>,
}

/// A custom section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomSection {
    /// Its name.
    pub name: String,
    /// Position of the contents in the module's binary.
    pub range: Range<usize>,
}
