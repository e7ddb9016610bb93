//! Decoding and validation of WebAssembly modules.
//!
//! [`Module::new`] turns bytes into a [`Module`]: validated, owned, and
//! independent of any engine. Function bodies stay in their binary form
//! ([`Module::body`]); an engine reads them when it compiles.
//!
//! Indices are the specification's index spaces: imported items come first.
//!
//! [`Module::parse`] leaves out the function bodies, by far the most work, and
//! returns a [`BodyValidator`] with which they can be validated in parallel or
//! one by one as they are compiled.
#![no_std]

extern crate alloc;

mod decode;
mod error;
mod features;
mod names;
mod types;
mod validate;

pub use error::{ModuleError, ModuleErrorKind};
pub use features::FEATURES;
pub use names::Names;
pub use types::{
    ConstExpr, ConstOp, CustomSection, DataMode, DataSegment, ElementItems, ElementMode,
    ElementSegment, Export, ExternKind, FunctionBody, Global, Import, ImportType, Table, TypeGroup,
};
pub use validate::{BodyValidator, ValidationScratch};
pub use wasmparser::{
    self, FuncType, GlobalType, HeapType, MemoryType, RefType, SubType, TableType, ValType,
    WasmFeatures,
};

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

/// A decoded and validated WebAssembly module.
pub struct Module {
    /// The whole binary.
    pub(crate) bytes: Arc<[u8]>,
    /// The features it was validated with.
    pub(crate) features: WasmFeatures,
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
    /// Indices into `exports`, in the order of their names.
    pub(crate) export_index: Vec<u32>,
    /// Index into `imports` of each imported function.
    pub(crate) function_imports: Vec<u32>,
    /// Exported functions in ascending order, each with the index of its first
    /// export.
    pub(crate) function_exports: Vec<(u32, u32)>,
    /// The start function.
    pub start: Option<u32>,
    /// Element segments.
    pub elements: Vec<ElementSegment>,
    /// Data segments.
    pub data: Vec<DataSegment>,
    /// Bodies of the defined functions.
    pub(crate) bodies: Arc<[FunctionBody]>,
    /// Whether a function's reference may leave the module, by function index:
    /// it is exported, in an element segment, or in the initialiser of a table
    /// or global. Only those can be the target of an indirect call or of
    /// `ref.func`.
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
        let export = |&i: &u32| &self.exports[i as usize];
        let at = self
            .export_index
            .binary_search_by(|i| export(i).name.as_str().cmp(name))
            .ok()?;
        Some(export(&self.export_index[at]))
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

    /// Reads the body of `function`; `None` for an imported one.
    pub fn body_reader(&self, function: u32) -> Option<wasmparser::FunctionBody<'_>> {
        let range = &self.body(function)?.range;
        Some(validate::reader(&self.bytes, range, self.features))
    }

    /// The import that `function` stands for; `None` for a defined one.
    pub fn function_import(&self, function: u32) -> Option<&Import> {
        let import = *self.function_imports.get(function as usize)?;
        self.imports.get(import as usize)
    }

    /// Contents of a data segment.
    ///
    /// # Panics
    /// If there is no such segment.
    pub fn data_bytes(&self, segment: u32) -> &[u8] {
        &self.bytes[self.data[segment as usize].range.clone()]
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

    /// The name of a function: from the name section, or from its import or
    /// first export.
    pub fn function_name(&self, function: u32) -> Option<&str> {
        if let Some(name) = self.names.function(function) {
            return Some(name);
        }
        if let Some(import) = self.function_import(function) {
            return Some(&import.name);
        }
        let at = self
            .function_exports
            .binary_search_by_key(&function, |(index, _)| *index)
            .ok()?;
        let export = self.function_exports[at].1;
        Some(&self.exports[export as usize].name)
    }
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Module")
            .field("name", &self.names.module())
            .field("size", &self.bytes.len())
            .field("functions", &self.functions.len())
            .field("imports", &self.imports)
            .field("exports", &self.exports)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
