//! Canonical types: one number for each function type of an engine, equal
//! exactly when the types are.
//!
//! A *canonical* [`FuncType`], [`RefType`] and so on is one whose concrete
//! references name engine-wide type numbers instead of a module's indices.

use crate::codegen::CompileError;
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use hashbrown::HashMap;
use spin::RwLock;
use wasmjit_module::wasmparser::{AbstractHeapType, UnpackedIndex};
use wasmjit_module::{
    FuncType, GlobalType, HeapType, MemoryType, Module, RefType, TableType, ValType,
};

/// Every function type that modules and the host of an engine have named.
#[derive(Default)]
pub(crate) struct TypeRegistry {
    inner: RwLock<Inner>,
}

#[derive(Default)]
struct Inner {
    /// Canonical types by number.
    types: Vec<Arc<FuncType>>,
    /// Number of the first type of each recursion group. In the key,
    /// references to other groups are canonical and those inside the group
    /// count from its start.
    groups: HashMap<Box<[FuncType]>, u32>,
}

impl TypeRegistry {
    /// Canonical numbers of a module's types.
    pub(crate) fn register_module(&self, module: &Module) -> Result<Box<[u32]>, CompileError> {
        let mut ids = Vec::with_capacity(module.types.len());
        let mut inner = self.inner.write();
        for group in &module.type_groups {
            let start = group.range.start;
            let key = group
                .range
                .clone()
                .map(|index| {
                    map_func(module.type_signature(index), |i| {
                        match i.checked_sub(start) {
                            Some(inside) => Some(UnpackedIndex::RecGroup(inside)),
                            None => ids.get(i as usize).copied().map(UnpackedIndex::Module),
                        }
                    })
                })
                .collect::<Option<Box<[FuncType]>>>()
                .ok_or_else(too_many)?;
            let count = key.len() as u32;
            let first = inner.group(key)?;
            ids.extend(first..first + count);
        }
        Ok(ids.into_boxed_slice())
    }

    /// Canonical number of one type, whose concrete references are canonical.
    pub(crate) fn register(&self, ty: &FuncType) -> Result<u32, CompileError> {
        let known = self.len();
        let values = ty.params().iter().chain(ty.results());
        let mut references = values.filter_map(|ty| ty.as_reference_type());
        if !references.all(|ty| match ty.heap_type() {
            HeapType::Abstract { .. } => true,
            HeapType::Concrete(UnpackedIndex::Module(id)) => id < known,
            HeapType::Concrete(_) | HeapType::Exact(_) => false,
        }) {
            return Err(error("a function type refers to an unknown type"));
        }
        let key: Box<[FuncType]> = Box::new([ty.clone()]);
        if let Some(&id) = self.inner.read().groups.get(&key) {
            return Ok(id);
        }
        self.inner.write().group(key)
    }

    /// The type with a canonical number.
    pub(crate) fn get(&self, id: u32) -> Arc<FuncType> {
        self.inner.read().types[id as usize].clone()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> u32 {
        self.inner.read().types.len() as u32
    }
}

impl Inner {
    fn group(&mut self, key: Box<[FuncType]>) -> Result<u32, CompileError> {
        if let Some(&first) = self.groups.get(&key) {
            return Ok(first);
        }
        let first = self.types.len() as u32;
        for ty in &key {
            let canonical = map_group(ty, first).ok_or_else(too_many)?;
            self.types.push(Arc::new(canonical));
        }
        self.groups.insert(key, first);
        Ok(first)
    }
}

fn too_many() -> CompileError {
    error("too many different function types")
}

fn error(message: &str) -> CompileError {
    CompileError {
        function: None,
        message: message.into(),
    }
}

/// Replaces references inside the group by those to its final numbers.
fn map_group(ty: &FuncType, first: u32) -> Option<FuncType> {
    let value = |&ty: &ValType| {
        map_value(ty, |index| match index {
            UnpackedIndex::RecGroup(inside) => first.checked_add(inside).map(UnpackedIndex::Module),
            other => Some(other),
        })
    };
    let params = ty.params().iter().map(value).collect::<Option<Vec<_>>>()?;
    let results = ty.results().iter().map(value).collect::<Option<Vec<_>>>()?;
    Some(FuncType::new(params, results))
}

/// Replaces every index into a module's types; `None` when one does not fit.
fn map_func(ty: &FuncType, map: impl Fn(u32) -> Option<UnpackedIndex>) -> Option<FuncType> {
    let value = |&ty: &ValType| {
        map_value(ty, |index| match index {
            UnpackedIndex::Module(index) => map(index),
            other => Some(other),
        })
    };
    let params = ty.params().iter().map(value).collect::<Option<Vec<_>>>()?;
    let results = ty.results().iter().map(value).collect::<Option<Vec<_>>>()?;
    Some(FuncType::new(params, results))
}

fn map_value(ty: ValType, map: impl Fn(UnpackedIndex) -> Option<UnpackedIndex>) -> Option<ValType> {
    match ty {
        ValType::Ref(ty) => map_ref(ty, map).map(ValType::Ref),
        other => Some(other),
    }
}

fn map_ref(ty: RefType, map: impl Fn(UnpackedIndex) -> Option<UnpackedIndex>) -> Option<RefType> {
    match ty.heap_type() {
        HeapType::Concrete(index) | HeapType::Exact(index) => {
            RefType::new(ty.is_nullable(), HeapType::Concrete(map(index)?))
        }
        HeapType::Abstract { .. } => Some(ty),
    }
}

/// A reference type of a module in canonical form; `ids` are the canonical
/// numbers of the module's types.
pub(crate) fn canonical_ref(ty: RefType, ids: &[u32]) -> RefType {
    map_ref(ty, |index| match index {
        UnpackedIndex::Module(index) => Some(UnpackedIndex::Module(ids[index as usize])),
        other => Some(other),
    })
    .expect("canonical type numbers fit a reference type: the registry checked")
}

/// As [`canonical_ref`], for any value type.
pub(crate) fn canonical_value(ty: ValType, ids: &[u32]) -> ValType {
    match ty {
        ValType::Ref(ty) => ValType::Ref(canonical_ref(ty, ids)),
        other => other,
    }
}

/// As [`canonical_ref`], for a table's type.
pub(crate) fn canonical_table(ty: &TableType, ids: &[u32]) -> TableType {
    TableType {
        element_type: canonical_ref(ty.element_type, ids),
        ..*ty
    }
}

/// As [`canonical_ref`], for a global's type.
pub(crate) fn canonical_global(ty: &GlobalType, ids: &[u32]) -> GlobalType {
    GlobalType {
        content_type: canonical_value(ty.content_type, ids),
        ..*ty
    }
}

/// Which family of references a type belongs to; they never mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefKind {
    Func,
    Extern,
    Exn,
}

/// The family of a reference type, if this runtime knows it.
pub(crate) fn ref_kind(ty: RefType) -> Option<RefKind> {
    use AbstractHeapType as H;
    match ty.heap_type() {
        HeapType::Concrete(_) | HeapType::Exact(_) => Some(RefKind::Func),
        HeapType::Abstract { ty, .. } => match ty {
            H::Func | H::NoFunc => Some(RefKind::Func),
            H::Extern | H::NoExtern => Some(RefKind::Extern),
            H::Exn | H::NoExn => Some(RefKind::Exn),
            _ => None,
        },
    }
}

/// Whether the canonical type `sub` is a subtype of `sup`.
pub(crate) fn ref_matches(sub: RefType, sup: RefType) -> bool {
    if sub.is_nullable() && !sup.is_nullable() {
        return false;
    }
    let (sub, sup) = (sub.heap_type(), sup.heap_type());
    if sub == sup {
        return true;
    }
    use AbstractHeapType as H;
    match (sub, sup) {
        (HeapType::Concrete(_), HeapType::Abstract { ty: H::Func, .. }) => true,
        (HeapType::Abstract { ty: H::NoFunc, .. }, HeapType::Concrete(_)) => true,
        (HeapType::Abstract { ty: sub, .. }, HeapType::Abstract { ty: sup, .. }) => matches!(
            (sub, sup),
            (H::NoFunc, H::Func) | (H::NoExtern, H::Extern) | (H::NoExn, H::Exn)
        ),
        _ => false,
    }
}

/// Whether the canonical type `sub` is a subtype of `sup`.
pub(crate) fn value_matches(sub: ValType, sup: ValType) -> bool {
    match (sub, sup) {
        (ValType::Ref(sub), ValType::Ref(sup)) => ref_matches(sub, sup),
        _ => sub == sup,
    }
}

/// Whether something of actual size and declared maximum fits an import's
/// limits.
pub(crate) fn limits_match(
    size: u64,
    maximum: Option<u64>,
    wanted_minimum: u64,
    wanted_maximum: Option<u64>,
) -> bool {
    size >= wanted_minimum
        && match (wanted_maximum, maximum) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(wanted), Some(maximum)) => maximum <= wanted,
        }
}

/// Shows a function type in WebAssembly's notation: `(i32, i32) -> i64`.
pub(crate) struct Signature<'a>(pub(crate) &'a FuncType);

impl fmt::Display for Signature<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, types: &[ValType]| {
            f.write_str("(")?;
            for (i, ty) in types.iter().enumerate() {
                let comma = if i > 0 { ", " } else { "" };
                write!(f, "{comma}{ty}")?;
            }
            f.write_str(")")
        };
        list(f, self.0.params())?;
        f.write_str(" -> ")?;
        match self.0.results() {
            [one] => write!(f, "{one}"),
            results => list(f, results),
        }
    }
}

/// Shows limits: `1`, or `1..=2`.
struct Limits(u64, Option<u64>);

impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            Some(maximum) => write!(f, "{}..={maximum}", self.0),
            None => write!(f, "{}..", self.0),
        }
    }
}

/// Shows a memory's type, with its current size in place of the minimum.
pub(crate) struct MemoryText<'a>(pub(crate) &'a MemoryType, pub(crate) u64);

impl fmt::Display for MemoryText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shared = if self.0.shared { "shared " } else { "" };
        let wide = if self.0.memory64 { "i64 " } else { "" };
        let limits = Limits(self.1, self.0.maximum);
        write!(f, "{shared}memory {wide}{limits} pages")
    }
}

/// Shows a table's type, with its current size in place of the minimum.
pub(crate) struct TableText<'a>(pub(crate) &'a TableType, pub(crate) u64);

impl fmt::Display for TableText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wide = if self.0.table64 { "i64 " } else { "" };
        let limits = Limits(self.1, self.0.maximum);
        write!(f, "table {wide}{limits} {}", self.0.element_type)
    }
}

/// Shows a global's type.
pub(crate) struct GlobalText<'a>(pub(crate) &'a GlobalType);

impl fmt::Display for GlobalText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mutable = if self.0.mutable { "mutable " } else { "" };
        write!(f, "{mutable}global {}", self.0.content_type)
    }
}
