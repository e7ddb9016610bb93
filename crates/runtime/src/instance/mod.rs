//! Instances and what they export.

mod create;
mod error;
mod imports;
mod init;

pub use error::{InstantiateError, MissingImport};

pub(crate) use imports::{describe_import, import_matches};
pub(crate) use init::{memory_init, table_init};

use crate::engine::CompiledModule;
use crate::error::ExportError;
use crate::func::{Func, TypedFunc, WasmParams, WasmResults};
use crate::global::{Global, GlobalData};
use crate::memory::{Memory, MemoryData};
use crate::store::{Store, StoreId};
use crate::table::{Table, TableData};
use crate::tag::{Tag, TagData};
use crate::types::{GlobalText, MemoryText, Signature, TableText};
use crate::vm::{VMContext, VMFuncRef, VMImportedFunction};
use alloc::alloc::{Layout, dealloc};
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use core::cell::Cell;
use core::fmt;
use core::ptr::NonNull;
use wasmjit_module::ExternKind;

/// Something that can be imported and exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extern {
    /// A function.
    Func(Func),
    /// A table.
    Table(Table),
    /// A linear memory.
    Memory(Memory),
    /// A global variable.
    Global(Global),
    /// An exception tag.
    Tag(Tag),
}

macro_rules! extern_kinds {
    ($( $variant:ident $into:ident $article:literal; )*) => {
        $(
            impl From<$variant> for Extern {
                fn from(item: $variant) -> Self {
                    Self::$variant(item)
                }
            }
        )*

        impl Extern {
            $(
                #[doc = concat!("The ", $article, ", if it is one.")]
                pub fn $into(self) -> Option<$variant> {
                    match self {
                        Self::$variant(item) => Some(item),
                        _ => None,
                    }
                }
            )*
        }
    };
}

extern_kinds! {
    Func into_func "function";
    Table into_table "table";
    Memory into_memory "memory";
    Global into_global "global";
    Tag into_tag "tag";
}

impl Extern {
    /// What kind of thing it is.
    pub fn kind(&self) -> ExternKind {
        match self {
            Self::Func(_) => ExternKind::Function,
            Self::Table(_) => ExternKind::Table,
            Self::Memory(_) => ExternKind::Memory,
            Self::Global(_) => ExternKind::Global,
            Self::Tag(_) => ExternKind::Tag,
        }
    }

    /// Its kind and type, for messages.
    pub fn describe(&self, store: &Store) -> String {
        match self {
            Self::Func(func) => format!("function {}", Signature(&func.ty(store))),
            Self::Table(table) => {
                let data = table.data_of(store);
                TableText(&data.ty, data.len()).to_string()
            }
            Self::Memory(memory) => {
                let data = memory.data_of(store);
                MemoryText(&data.ty, data.pages()).to_string()
            }
            Self::Global(global) => GlobalText(&global.ty(store)).to_string(),
            Self::Tag(tag) => format!("tag {}", Signature(&tag.ty(store))),
        }
    }
}

/// An instance of a module, in a store.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Instance {
    data: NonNull<InstanceData>,
    store: StoreId,
}

/// What the store knows of an instance.
pub(crate) struct InstanceData {
    /// The context that compiled code works with.
    pub(crate) vmctx: NonNull<VMContext>,
    layout: Layout,
    pub(crate) module: CompiledModule,
    /// All items of the module's index spaces, imported ones first.
    pub(crate) memories: Box<[NonNull<MemoryData>]>,
    pub(crate) tables: Box<[NonNull<TableData>]>,
    pub(crate) globals: Box<[NonNull<GlobalData>]>,
    pub(crate) tags: Box<[NonNull<TagData>]>,
    /// The memory exported as `memory`, or else the first.
    main_memory: Option<NonNull<MemoryData>>,
    /// Segments that count as empty, because they were dropped.
    pub(crate) dropped_data: Box<[Cell<bool>]>,
    pub(crate) dropped_elements: Box<[Cell<bool>]>,
}

impl InstanceData {
    /// Address of a part of the context.
    ///
    /// # Safety
    /// `offset` must be one that the module's layout gives for a `T`.
    pub(crate) unsafe fn part<T>(&self, offset: u32) -> NonNull<T> {
        // SAFETY: the offset is inside the context.
        unsafe { self.vmctx.byte_add(offset as usize).cast() }
    }

    /// The reference of a function that may be referred to.
    ///
    /// # Panics
    /// If the function is not marked as escaping.
    pub(crate) fn func_ref(&self, function: u32) -> NonNull<VMFuncRef> {
        let offsets = self.module.offsets();
        if function < self.module.module().imported_functions {
            let offset = offsets.imported_function(function);
            // SAFETY: the offset is that of an imported function, which was
            // filled in when the instance was made.
            unsafe {
                let import = self.part::<VMImportedFunction>(offset);
                NonNull::new_unchecked((*import.as_ptr()).func_ref)
            }
        } else {
            let offset = offsets
                .func_ref(function)
                .expect("only functions that escape are referred to");
            // SAFETY: the offset is that of a function reference.
            unsafe { self.part(offset) }
        }
    }

    /// Copies the code of a reference to where it is imported.
    ///
    /// # Safety
    /// The instance must be filled, and the reference belong to its store.
    pub(crate) unsafe fn update_import(&self, reference: *mut VMFuncRef) {
        let offsets = self.module.offsets();
        for index in 0..self.module.module().imported_functions {
            // SAFETY: the offset is that of an imported function.
            unsafe {
                let import: NonNull<VMImportedFunction> =
                    self.part(offsets.imported_function(index));
                if (*import.as_ptr()).func_ref == reference {
                    (*import.as_ptr()).code = (*reference).import_code();
                }
            }
        }
    }

    pub(crate) fn memory(&self, index: u32) -> NonNull<MemoryData> {
        self.memories[index as usize]
    }

    pub(crate) fn table(&self, index: u32) -> NonNull<TableData> {
        self.tables[index as usize]
    }

    fn item(&self, store: StoreId, kind: ExternKind, index: u32) -> Extern {
        let at = index as usize;
        match kind {
            ExternKind::Function => Extern::Func(Func::from_pointer(store, self.func_ref(index))),
            ExternKind::Table => Extern::Table(Table::from_data(store, self.tables[at])),
            ExternKind::Memory => Extern::Memory(Memory::from_data(store, self.memories[at])),
            ExternKind::Global => Extern::Global(Global::from_data(store, self.globals[at])),
            ExternKind::Tag => Extern::Tag(Tag::from_data(store, self.tags[at])),
        }
    }
}

impl Drop for InstanceData {
    fn drop(&mut self) {
        // SAFETY: the context was allocated with this layout.
        unsafe { dealloc(self.vmctx.as_ptr().cast(), self.layout) };
    }
}

impl Instance {
    /// Makes an instance and runs the module's start function. `imports` are in
    /// the module's order.
    ///
    /// # Errors
    /// When an import does not fit, something cannot be allocated, or
    /// initialisation or the start function trap. What initialisation wrote to
    /// imported tables and memories until then stays.
    ///
    /// # Panics
    /// If the module belongs to another engine, or an import to another store.
    pub fn new(
        store: &mut Store,
        module: &CompiledModule,
        imports: &[Extern],
    ) -> Result<Self, InstantiateError> {
        let instance = Self::without_start(store, module, imports)?;
        // SAFETY: instances live as long as their store.
        create::run_start(store, unsafe { instance.data.as_ref() })?;
        Ok(instance)
    }

    /// As [`Self::new`], but the module's start function is not called. Until it
    /// was, nothing else of the instance may be.
    ///
    /// # Errors
    /// As [`Self::new`].
    ///
    /// # Panics
    /// As [`Self::new`].
    pub fn without_start(
        store: &mut Store,
        module: &CompiledModule,
        imports: &[Extern],
    ) -> Result<Self, InstantiateError> {
        create::instantiate(store, module, imports)
    }

    pub(crate) fn from_data(store: StoreId, data: NonNull<InstanceData>) -> Self {
        Self { data, store }
    }

    fn data_of<'a>(&self, store: &'a Store) -> &'a InstanceData {
        store.check(self.store);
        // SAFETY: it lives as long as its store.
        unsafe { self.data.as_ref() }
    }

    /// The module.
    pub fn module<'a>(&self, store: &'a Store) -> &'a CompiledModule {
        &self.data_of(store).module
    }

    /// The context of the instance, as compiled code sees it.
    pub fn vmctx(&self, store: &Store) -> NonNull<VMContext> {
        self.data_of(store).vmctx
    }

    /// An export.
    pub fn get(&self, store: &Store, name: &str) -> Option<Extern> {
        let data = self.data_of(store);
        let export = data.module.module().export(name)?;
        Some(data.item(self.store, export.kind, export.index))
    }

    /// An exported function.
    pub fn get_func(&self, store: &Store, name: &str) -> Option<Func> {
        self.get(store, name)?.into_func()
    }

    /// An exported memory.
    pub fn get_memory(&self, store: &Store, name: &str) -> Option<Memory> {
        self.get(store, name)?.into_memory()
    }

    /// An exported table.
    pub fn get_table(&self, store: &Store, name: &str) -> Option<Table> {
        self.get(store, name)?.into_table()
    }

    /// An exported global.
    pub fn get_global(&self, store: &Store, name: &str) -> Option<Global> {
        self.get(store, name)?.into_global()
    }

    /// An exported tag.
    pub fn get_tag(&self, store: &Store, name: &str) -> Option<Tag> {
        self.get(store, name)?.into_tag()
    }

    /// A function by its index in the module; `None` when there is none, or none
    /// that anything can refer to.
    pub fn func(&self, store: &Store, index: u32) -> Option<Func> {
        let data = self.data_of(store);
        let module = data.module.module();
        if index as usize >= module.functions.len() {
            return None;
        }
        if index >= module.imported_functions {
            data.module.offsets().func_ref(index)?;
        }
        Some(Func::from_pointer(self.store, data.func_ref(index)))
    }

    /// Its memories, imported ones first.
    pub fn memories<'a>(&self, store: &'a Store) -> impl Iterator<Item = Memory> + use<'a> {
        let id = self.store;
        let memories = self.data_of(store).memories.iter();
        memories.map(move |&memory| Memory::from_data(id, memory))
    }

    /// An exported function of a known type.
    ///
    /// # Errors
    /// When there is none of that name and type.
    pub fn typed_func<P: WasmParams, R: WasmResults>(
        &self,
        store: &Store,
        name: &str,
    ) -> Result<TypedFunc<P, R>, ExportError> {
        let func = self
            .get_func(store, name)
            .ok_or_else(|| ExportError::Missing { name: name.into() })?;
        func.typed(store).map_err(|mismatch| ExportError::Type {
            name: name.into(),
            mismatch,
        })
    }

    /// All exports, in order of declaration.
    pub fn exports<'a>(&self, store: &'a Store) -> impl Iterator<Item = (&'a str, Extern)> {
        let data = self.data_of(store);
        let id = self.store;
        data.module
            .module()
            .exports
            .iter()
            .map(move |export| (&*export.name, data.item(id, export.kind, export.index)))
    }

    /// The memory that the module works with: the one that it exports as
    /// `memory`, or else its first, exported or not.
    pub fn main_memory(&self, store: &Store) -> Option<Memory> {
        let data = self.data_of(store).main_memory?;
        Some(Memory::from_data(self.store, data))
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Instance").field(&self.data).finish()
    }
}
