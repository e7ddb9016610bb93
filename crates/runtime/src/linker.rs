//! Names for what modules import.

use crate::engine::CompiledModule;
use crate::func::{Caller, Func, IntoFunc};
use crate::instance::{Extern, Instance, InstantiateError, MissingImport, describe_import};
use crate::store::Store;
use crate::trap::Trap;
use crate::vm::RawValue;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use hashbrown::HashMap;
use wasmjit_module::FuncType;

/// Finds the imports of modules by name. What it holds belongs to one store.
#[derive(Clone, Default)]
pub struct Linker {
    modules: HashMap<String, HashMap<String, Extern>>,
}

impl Linker {
    /// An empty linker.
    pub fn new() -> Self {
        Self::default()
    }

    /// Defines an import. A later definition replaces an earlier one.
    pub fn define(&mut self, module: &str, name: &str, item: impl Into<Extern>) -> &mut Self {
        self.module(module).insert(name.into(), item.into());
        self
    }

    /// Defines a host function from a closure; see [`Func::wrap`].
    pub fn func_wrap<P, R>(
        &mut self,
        store: &mut Store,
        module: &str,
        name: &str,
        function: impl IntoFunc<P, R>,
    ) -> &mut Self {
        let func = Func::wrap(store, function);
        self.define(module, name, func)
    }

    /// Defines a host function of any type; see [`Func::new`].
    pub fn func_new(
        &mut self,
        store: &mut Store,
        module: &str,
        name: &str,
        ty: FuncType,
        function: impl Fn(&mut Caller<'_>, &mut [RawValue]) -> Result<(), Trap> + 'static,
    ) -> &mut Self {
        let func = Func::new(store, ty, function);
        self.define(module, name, func)
    }

    /// Defines all exports of an instance under a module name.
    pub fn instance(&mut self, store: &Store, module: &str, instance: Instance) -> &mut Self {
        let exports = instance.exports(store);
        self.module(module)
            .extend(exports.map(|(name, item)| (name.into(), item)));
        self
    }

    /// Makes everything that is defined under one module name known under
    /// another, too.
    pub fn alias_module(&mut self, from: &str, to: &str) -> &mut Self {
        if let Some(items) = self.modules.get(from).cloned() {
            self.module(to).extend(items);
        }
        self
    }

    /// Looks a definition up.
    pub fn get(&self, module: &str, name: &str) -> Option<Extern> {
        self.modules.get(module)?.get(name).copied()
    }

    /// All definitions, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, Extern)> {
        self.modules.iter().flat_map(|(module, items)| {
            items
                .iter()
                .map(move |(name, &item)| (&**module, &**name, item))
        })
    }

    /// The imports of a module that are not defined here.
    pub fn missing(&self, module: &CompiledModule) -> Vec<MissingImport> {
        let imports = module.module().imports.iter();
        imports
            .filter(|import| self.get(&import.module, &import.name).is_none())
            .map(|import| MissingImport {
                module: import.module.clone(),
                name: import.name.clone(),
                ty: describe_import(module, &import.ty),
            })
            .collect()
    }

    /// Makes an instance of a module; see [`Instance::new`].
    ///
    /// # Errors
    /// When imports are missing (all of them are named), and as
    /// [`Instance::new`].
    pub fn instantiate(
        &self,
        store: &mut Store,
        module: &CompiledModule,
    ) -> Result<Instance, InstantiateError> {
        let imports = module.module().imports.iter();
        let found: Option<Vec<Extern>> = imports
            .map(|import| self.get(&import.module, &import.name))
            .collect();
        match found {
            Some(imports) => Instance::new(store, module, &imports),
            None => Err(InstantiateError::MissingImports(self.missing(module))),
        }
    }

    fn module(&mut self, name: &str) -> &mut HashMap<String, Extern> {
        self.modules.entry_ref(name).or_default()
    }
}

impl fmt::Debug for Linker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.iter().map(|(m, n, item)| ((m, n), item)))
            .finish()
    }
}
