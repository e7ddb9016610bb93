//! Making an instance.

use super::init::{evaluate, run_segments};
use super::{Extern, Instance, InstanceData, InstantiateError, describe_import, import_matches};
use crate::arch;
use crate::engine::CompiledModule;
use crate::error::AllocationError;
use crate::func::invoke;
use crate::global::GlobalData;
use crate::memory::MemoryData;
use crate::store::Store;
use crate::table::TableData;
use crate::tag::TagData;
use crate::trap::Trap;
use crate::types::{canonical_global, canonical_table};
use crate::vm::{RawValue, VMContext, VMFuncRef, VMImportedFunction, VMMemory, VMTable, VMTag};
use alloc::alloc::{Layout, alloc_zeroed};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cell::Cell;
use core::ptr::{self, NonNull};
use wasmjit_module::ExternKind;

pub(super) fn instantiate(
    store: &mut Store,
    module: &CompiledModule,
    imports: &[Extern],
) -> Result<Instance, InstantiateError> {
    assert!(
        module.engine().same(store.engine()),
        "a module was instantiated in a store of another engine"
    );
    if store.inner().instances.len() >= store.limits().instances {
        return Err(AllocationError::Limit("instances of the store").into());
    }
    check_imports(store, module, imports)?;
    let imports = Imports::sort(store, imports)?;
    let data = allocate(store, module, &imports)?;
    // SAFETY: instances live as long as their store.
    let instance = unsafe { data.as_ref() };
    fill(store, instance, &imports);
    initialise_globals(instance);
    initialise_tables(instance);
    run_segments(instance).map_err(Trap::from)?;
    Ok(Instance::from_data(store.id(), data))
}

fn check_imports(
    store: &Store,
    module: &CompiledModule,
    imports: &[Extern],
) -> Result<(), InstantiateError> {
    let wanted = &module.module().imports;
    if wanted.len() != imports.len() {
        return Err(InstantiateError::ImportCount {
            expected: wanted.len(),
            found: imports.len(),
        });
    }
    for (import, given) in wanted.iter().zip(imports) {
        if !import_matches(store, module, &import.ty, given) {
            return Err(InstantiateError::IncompatibleImport {
                module: import.module.clone(),
                name: import.name.clone(),
                expected: describe_import(module, &import.ty),
                found: given.describe(store),
            });
        }
    }
    Ok(())
}

/// The imports by kind: the first items of each index space.
#[derive(Default)]
struct Imports {
    functions: Vec<NonNull<VMFuncRef>>,
    tables: Vec<NonNull<TableData>>,
    memories: Vec<NonNull<MemoryData>>,
    globals: Vec<NonNull<GlobalData>>,
    tags: Vec<NonNull<TagData>>,
}

impl Imports {
    fn sort(store: &Store, imports: &[Extern]) -> Result<Self, InstantiateError> {
        let mut sorted = Self::default();
        for import in imports {
            match import {
                Extern::Func(func) => {
                    func.make_callable(store)?;
                    sorted.functions.push(func.pointer(store));
                }
                Extern::Table(table) => sorted.tables.push(table.pointer(store)),
                Extern::Memory(memory) => sorted.memories.push(memory.pointer(store)),
                Extern::Global(global) => sorted.globals.push(global.pointer(store)),
                Extern::Tag(tag) => sorted.tags.push(tag.pointer(store)),
            }
        }
        Ok(sorted)
    }
}

/// Makes the instance with its memories, tables, globals and tags, all zero.
fn allocate(
    store: &mut Store,
    compiled: &CompiledModule,
    imports: &Imports,
) -> Result<NonNull<InstanceData>, InstantiateError> {
    let module = compiled.module();
    let offsets = compiled.offsets();
    let ids = compiled.type_ids();
    let inner = store.inner_mut();

    let mut memories = imports.memories.clone();
    for ty in &module.memories[imports.memories.len()..] {
        memories.push(MemoryData::create(inner, *ty)?);
    }
    let mut tables = imports.tables.clone();
    for table in &module.tables[imports.tables.len()..] {
        tables.push(TableData::create(inner, canonical_table(&table.ty, ids))?);
    }

    let size = offsets.size() as usize;
    let layout = Layout::from_size_align(size, align_of::<VMContext>())
        .map_err(|_| AllocationError::Limit("size of an instance"))?;
    // SAFETY: the layout's size is not zero: the context has a head.
    let vmctx = NonNull::new(unsafe { alloc_zeroed(layout) })
        .ok_or(AllocationError::OutOfMemory { bytes: size as u64 })?
        .cast::<VMContext>();

    let mut globals = imports.globals.clone();
    for (index, global) in module.globals.iter().enumerate().skip(globals.len()) {
        // SAFETY: the offset is that of a global defined here.
        let cell = unsafe { part::<RawValue>(vmctx, offsets.global(index as u32)) };
        let ty = canonical_global(&global.ty, ids);
        globals.push(GlobalData::defined(inner, ty, cell));
    }
    let mut tags = imports.tags.clone();
    for (index, &ty) in module.tags.iter().enumerate().skip(tags.len()) {
        let mut tag = TagData::create(inner, ids[ty as usize]);
        // SAFETY: the offset is that of a tag defined here, the context lives
        // as long as the store, and no one knows the tag yet.
        unsafe {
            let place = part::<VMTag>(vmctx, offsets.tag(index as u32));
            tag.as_mut().move_into(place);
        }
        tags.push(tag);
    }
    let main_memory = match module.export("memory") {
        Some(export) if export.kind == ExternKind::Memory => Some(export.index),
        _ => (!memories.is_empty()).then_some(0),
    };
    let flags = |count: usize| (0..count).map(|_| Cell::new(false)).collect();
    let data = inner.instances.add(InstanceData {
        main_memory: main_memory.map(|index| memories[index as usize]),
        vmctx,
        layout,
        module: compiled.clone(),
        memories: memories.into_boxed_slice(),
        tables: tables.into_boxed_slice(),
        globals: globals.into_boxed_slice(),
        tags: tags.into_boxed_slice(),
        dropped_data: flags(module.data.len()),
        dropped_elements: flags(module.elements.len()),
    });
    let key = Arc::as_ptr(compiled.code()).addr();
    inner.modules.entry(key).or_insert_with(|| compiled.clone());
    Ok(data)
}

/// # Safety
/// `offset` must be that of a `T` in the context.
unsafe fn part<T>(vmctx: NonNull<VMContext>, offset: u32) -> NonNull<T> {
    // SAFETY: the caller vouches for the offset.
    unsafe { vmctx.byte_add(offset as usize).cast() }
}

/// Fills the context, except for the values of globals.
fn fill(store: &Store, instance: &InstanceData, imports: &Imports) {
    let module = instance.module.module();
    let offsets = instance.module.offsets();
    // SAFETY: all offsets are those of the module's layout, and the context is
    // not known to any code yet. What is written lives as long as the store.
    unsafe {
        instance.vmctx.write(VMContext {
            store: store.context(),
            builtins: arch::builtins(),
            type_ids: instance.module.type_ids().as_ptr(),
            instance: ptr::from_ref(instance).cast_mut().cast(),
        });
        for (index, &reference) in imports.functions.iter().enumerate() {
            let function = reference.read();
            let place = instance.part(offsets.imported_function(index as u32));
            place.write(VMImportedFunction {
                code: function.import_code(),
                vmctx: function.vmctx,
                func_ref: reference.as_ptr(),
            });
        }
        for index in imports.functions.len() as u32..module.functions.len() as u32 {
            if let Some(offset) = offsets.func_ref(index) {
                let place = instance.part(offset);
                place.write(function_reference(instance, index));
            }
        }
        for (index, &memory) in instance.memories.iter().enumerate() {
            let offset = offsets.memory(index as u32);
            if offsets.memory_is_inline(index as u32) {
                let memory = &mut *memory.as_ptr();
                memory.move_into(instance.part::<VMMemory>(offset));
            } else {
                instance
                    .part::<*mut VMMemory>(offset)
                    .write(memory.as_ref().vm.as_ptr());
            }
        }
        for (index, &table) in instance.tables.iter().enumerate() {
            let offset = offsets.table(index as u32);
            if offsets.table_is_imported(index as u32) {
                instance
                    .part::<*mut VMTable>(offset)
                    .write(table.as_ref().vm.as_ptr());
            } else {
                let table = &mut *table.as_ptr();
                table.move_into(instance.part::<VMTable>(offset));
            }
        }
        for (index, &global) in imports.globals.iter().enumerate() {
            let offset = offsets.global(index as u32);
            instance
                .part::<*mut RawValue>(offset)
                .write(global.as_ref().cell.as_ptr());
        }
        for (index, &tag) in imports.tags.iter().enumerate() {
            let offset = offsets.tag(index as u32);
            instance
                .part::<*mut VMTag>(offset)
                .write(tag.as_ref().vm.as_ptr());
        }
    }
}

/// A reference to a function that the module defines.
fn function_reference(instance: &InstanceData, function: u32) -> VMFuncRef {
    let compiled = &instance.module;
    let defined = function - compiled.module().imported_functions;
    VMFuncRef {
        code: compiled.code().entry(defined),
        vmctx: instance.vmctx.as_ptr(),
        type_id: compiled.function_type_id(function),
        function: defined,
    }
}

fn initialise_globals(instance: &InstanceData) {
    let module = instance.module.module();
    for (global, data) in module.globals.iter().zip(&instance.globals) {
        if let Some(init) = &global.init {
            let value = evaluate(instance, init);
            // SAFETY: the cell is valid, and no code runs.
            unsafe { data.as_ref().cell.write(value) };
        }
    }
}

fn initialise_tables(instance: &InstanceData) {
    let module = instance.module.module();
    for (table, data) in module.tables.iter().zip(&instance.tables) {
        if let Some(init) = &table.init {
            let value = evaluate(instance, init).u64();
            // SAFETY: tables live as long as the store.
            let data = unsafe { data.as_ref() };
            data.fill(0, value, data.len())
                .expect("all elements are inside the table");
        }
    }
}

/// Calls the module's start function, if it has one.
pub(super) fn run_start(store: &mut Store, instance: &InstanceData) -> Result<(), Trap> {
    let Some(start) = instance.module.module().start else {
        return Ok(());
    };
    // SAFETY: function references live as long as the store; a start function
    // has neither parameters nor results.
    unsafe {
        let function = instance.func_ref(start).read();
        invoke(store, &function, ptr::null(), NonNull::dangling().as_ptr())
    }
}
