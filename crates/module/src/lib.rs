//! Decoding and validation of WebAssembly modules.
//!
//! [`Module::new`] turns bytes into a [`Module`]: validated, owned, and
//! independent of any engine. Function bodies stay in their binary form
//! ([`Module::body`]); an engine reads them when it compiles.
//!
//! Indices are the specification's index spaces: imported items come first.
#![no_std]

extern crate alloc;

mod decode;
mod error;
mod features;
mod names;
mod types;

pub use decode::{compile_order_validator, FunctionValidation};
pub use error::{ModuleError, ModuleErrorKind};
pub use features::FEATURES;
pub use names::Names;
pub use types::{
    ConstExpr, ConstOp, CustomSection, DataMode, DataSegment, ElementItems, ElementMode,
    ElementSegment, Export, ExternKind, FunctionBody, Global, Import, ImportType, Table, TypeGroup,
};
pub use wasmparser::{
    self, FuncType, GlobalType, HeapType, MemoryType, RefType, SubType, TableType, ValType,
};

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

/// A decoded and validated WebAssembly module.
#[derive(Debug)]
pub struct Module {
    /// The whole binary.
    pub(crate) bytes: Arc<[u8]>,
    /// Every defined type, in index order.
    pub types: Vec<SubType>,
    /// The recursion groups that `types` consists of, in order.
    pub type_groups: Vec<TypeGroup>,
    /// Imports in order of declaration.
    pub imports: Vec<Import>,
    /// Type index of every function, imported ones first.
    pub functions: Vec<u32>,
    /// Every table, imported ones first.
    pub tables: Vec<Table>,
    /// Every memory, imported ones first.
    pub memories: Vec<MemoryType>,
    /// Every global, imported ones first.
    pub globals: Vec<Global>,
    /// Type index of every tag, imported ones first.
    pub tags: Vec<u32>,
    /// Number of imported functions.
    pub imported_functions: u32,
    /// Number of imported tables.
    pub imported_tables: u32,
    /// Number of imported memories.
    pub imported_memories: u32,
    /// Number of imported globals.
    pub imported_globals: u32,
    /// Number of imported tags.
    pub imported_tags: u32,
    /// Exports in order of declaration.
    pub exports: Vec<Export>,
    /// Index into `exports` by name.
    pub(crate) export_index: BTreeMap<String, usize>,
    /// The start function.
    pub start: Option<u32>,
    /// Element segments.
    pub elements: Vec<ElementSegment>,
    /// Data segments.
    pub data: Vec<DataSegment>,
    /// Bodies of the defined functions.
    pub(crate) bodies: Vec<FunctionBody>,
    /// Functions whose reference may escape (exported, in an element segment,
    /// a global initialiser, or `ref.func`): one bit per function index.
    pub escaped: Vec<bool>,
    /// The name section.
    pub names: Names,
    /// Custom sections, the name section included.
    pub custom_sections: Vec<CustomSection>,
    /// Position of the code section's contents in the binary; DWARF addresses
    /// count from its start.
    pub code_section: Range<usize>,
}

impl Module {
    /// The module's binary.
    pub fn bytes(&self) -> &Arc<[u8]> {
        &self.bytes
    }

    /// Looks an export up by name.
    pub fn export(&self, name: &str) -> Option<&Export> {
        self.export_index.get(name).map(|&i| &self.exports[i])
    }

    /// Number of functions that the module defines itself.
    pub fn defined_functions(&self) -> u32 {
        self.bodies.len() as u32
    }

    /// Where the body of `function` (an index into the whole function space)
    /// stands; `None` for an imported one.
    pub fn body(&self, function: u32) -> Option<&FunctionBody> {
        let defined = function.checked_sub(self.imported_functions)?;
        self.bodies.get(defined as usize)
    }

    /// Signature of a function.
    ///
    /// # Panics
    /// If there is no such function.
    pub fn function_type(&self, function: u32) -> &FuncType {
        self.type_signature(self.functions[function as usize])
    }

    /// Signature with the given type index.
    ///
    /// # Panics
    /// If there is no such type or it is not a function type; validation rules
    /// both out for indices taken from the module.
    pub fn type_signature(&self, type_index: u32) -> &FuncType {
        self.types[type_index as usize].composite_type.unwrap_func()
    }

    /// A custom section's contents.
    pub fn custom_section(&self, name: &str) -> Option<&[u8]> {
        let section = self.custom_sections.iter().find(|s| s.name == name)?;
        Some(&self.bytes[section.range.clone()])
    }

    /// The name of a function: from the name section, or from an export or
    /// import of it.
    pub fn function_name(&self, function: u32) -> Option<&str> {
        if let Some(name) = self.names.function(function) {
            return Some(name);
        }
        if function < self.imported_functions {
            let import = self
                .imports
                .iter()
                .filter(|i| matches!(i.ty, ImportType::Function(_)))
                .nth(function as usize)?;
            return Some(&import.name);
        }
        self.exports
            .iter()
            .find(|e| e.kind == ExternKind::Function && e.index == function)
            .map(|e| e.name.as_str())
    }
}
