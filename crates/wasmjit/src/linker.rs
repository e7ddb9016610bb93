//! Linking.

use crate::{
    Caller, Extern, FuncType, Instance, InstantiateError, IntoHostFunc, Module, Store, Trap,
};
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;
use hashbrown::HashMap;
use wasmjit_runtime as runtime;
use wasmjit_runtime::vm::RawValue;

/// Gives modules what they import, by name.
///
/// Host functions belong to no store: a linker with nothing else can be shared
/// by threads and used for any number of stores. Each instance gets its own
/// copy of them. What [`define`](Self::define) and
/// [`instance`](Self::instance) add is only good for the store it comes from.
///
/// A later definition of a name replaces an earlier one.
pub struct Linker<T: 'static> {
    modules: HashMap<String, HashMap<String, Item<T>>>,
}

enum Item<T> {
    Extern(Handle),
    Host(Arc<dyn MakeFunc<T>>),
}

/// Something of a store that other threads may hold.
#[derive(Clone, Copy)]
struct Handle(Extern);

// SAFETY: what a handle refers to is only touched together with its store, and
// stores stay on their thread.
unsafe impl Send for Handle {}
// SAFETY: as above.
unsafe impl Sync for Handle {}

/// Makes a function in a store whose data is of type `T`.
trait MakeFunc<T>: Fn(&mut runtime::Store) -> runtime::Func + Send + Sync {}

impl<T, F: Fn(&mut runtime::Store) -> runtime::Func + Send + Sync> MakeFunc<T> for F {}

impl<T: 'static> Linker<T> {
    /// A linker without definitions.
    pub fn new() -> Self {
        Self {
            modules: HashMap::new(),
        }
    }

    /// Defines a host function: a Rust function or closure whose parameters and
    /// results are numbers or references. Its first parameter may be a
    /// `&mut` [`Caller<'_, T>`](Caller), and it may return a `Result<_, Trap>`.
    pub fn func_wrap<P, R>(
        &mut self,
        module: &str,
        name: &str,
        func: impl IntoHostFunc<T, P, R>,
    ) -> &mut Self {
        let func = Arc::new(func);
        let make = move |store: &mut runtime::Store| IntoHostFunc::into_func(func.clone(), store);
        self.insert(module, name, Item::Host(Arc::new(make)))
    }

    /// Defines a host function whose type is only known at run time. `func`
    /// gets an array with room for its parameters or its results, whichever are
    /// more: it finds the parameters there and leaves the results.
    pub fn func_new(
        &mut self,
        module: &str,
        name: &str,
        ty: FuncType,
        func: impl Fn(&mut Caller<'_, T>, &mut [RawValue]) -> Result<(), Trap> + Send + Sync + 'static,
    ) -> &mut Self {
        let func = Arc::new(func);
        let make = move |store: &mut runtime::Store| {
            let func = func.clone();
            runtime::Func::new(store, ty.clone(), move |caller, values| {
                func(Caller::wrap(caller), values)
            })
        };
        self.insert(module, name, Item::Host(Arc::new(make)))
    }

    /// Defines something of a store.
    pub fn define(&mut self, module: &str, name: &str, item: impl Into<Extern>) -> &mut Self {
        self.insert(module, name, Item::Extern(Handle(item.into())))
    }

    /// Defines every export of an instance.
    pub fn instance(&mut self, store: &Store<T>, module: &str, instance: Instance) -> &mut Self {
        for (name, item) in instance.exports(store) {
            self.insert(module, name, Item::Extern(Handle(item)));
        }
        self
    }

    fn insert(&mut self, module: &str, name: &str, item: Item<T>) -> &mut Self {
        self.modules
            .entry_ref(module)
            .or_default()
            .insert(name.into(), item);
        self
    }

    fn get(&self, module: &str, name: &str) -> Option<&Item<T>> {
        self.modules.get(module)?.get(name)
    }

    /// Makes an instance of a module and runs its start function.
    ///
    /// # Errors
    /// When an import is missing or of another type, a limit of the store is
    /// exceeded, or the start function or a segment traps.
    pub fn instantiate(
        &self,
        store: &mut Store<T>,
        module: &Module,
    ) -> Result<Instance, InstantiateError> {
        let mut linker = runtime::Linker::new();
        for import in &module.module().imports {
            if linker.get(&import.module, &import.name).is_some() {
                continue;
            }
            let item = match self.get(&import.module, &import.name) {
                Some(Item::Extern(handle)) => handle.0,
                Some(Item::Host(make)) => Extern::Func(make(store)),
                None => continue,
            };
            linker.define(&import.module, &import.name, item);
        }
        linker.instantiate(store, module)
    }
}

impl<T> Default for Linker<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Clone for Linker<T> {
    fn clone(&self) -> Self {
        Self {
            modules: self.modules.clone(),
        }
    }
}

impl<T> Clone for Item<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Extern(item) => Self::Extern(*item),
            Self::Host(make) => Self::Host(make.clone()),
        }
    }
}

impl<T> fmt::Debug for Linker<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self
            .modules
            .iter()
            .flat_map(|(module, items)| items.keys().map(move |name| (module, name)));
        f.debug_list().entries(names).finish()
    }
}
