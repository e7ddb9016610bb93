//! Global variables.

use crate::error::{GlobalError, ValueError};
use crate::store::{Store, StoreId, StoreInner};
use crate::value::Val;
use crate::vm::RawValue;
use core::cell::UnsafeCell;
use core::fmt;
use core::ptr::NonNull;
use wasmjit_module::GlobalType;

/// A global variable of a store.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Global {
    data: NonNull<GlobalData>,
    store: StoreId,
}

/// What the store knows of a global.
pub(crate) struct GlobalData {
    /// Its value: in the defining instance's context, or in `own`.
    pub(crate) cell: NonNull<RawValue>,
    own: UnsafeCell<RawValue>,
    /// Canonical.
    pub(crate) ty: GlobalType,
}

impl GlobalData {
    /// A global of an instance, whose value stands in the instance's context.
    pub(crate) fn defined(
        store: &mut StoreInner,
        ty: GlobalType,
        cell: NonNull<RawValue>,
    ) -> NonNull<Self> {
        store.globals.add(Self {
            cell,
            own: UnsafeCell::new(RawValue::ZERO),
            ty,
        })
    }

    /// A global of the host.
    fn create(store: &mut StoreInner, ty: GlobalType, value: RawValue) -> NonNull<Self> {
        let mut data = store.globals.add(Self {
            cell: NonNull::dangling(),
            own: UnsafeCell::new(value),
            ty,
        });
        // SAFETY: just made, and no one else knows it.
        unsafe {
            let data = data.as_mut();
            data.cell = NonNull::new_unchecked(data.own.get());
        }
        data
    }
}

impl Global {
    /// Makes a global variable.
    ///
    /// # Errors
    /// When the value is not of its type.
    pub fn new(store: &mut Store, ty: GlobalType, value: Val) -> Result<Self, ValueError> {
        let raw = value.into_raw(store, ty.content_type)?;
        let data = GlobalData::create(store.inner_mut(), ty, raw);
        Ok(Self::from_data(store.id(), data))
    }

    pub(crate) fn from_data(store: StoreId, data: NonNull<GlobalData>) -> Self {
        Self { data, store }
    }

    pub(crate) fn data_of<'a>(&self, store: &'a Store) -> &'a GlobalData {
        store.check(self.store);
        // SAFETY: it lives as long as its store.
        unsafe { self.data.as_ref() }
    }

    pub(crate) fn pointer(&self, store: &Store) -> NonNull<GlobalData> {
        store.check(self.store);
        self.data
    }

    /// Its type.
    pub fn ty(&self, store: &Store) -> GlobalType {
        self.data_of(store).ty
    }

    /// Its value.
    pub fn get(&self, store: &Store) -> Val {
        let data = self.data_of(store);
        let ty = data.ty.content_type;
        // SAFETY: the cell is valid as long as the store, only this thread uses
        // it, and it holds a value of the global's type.
        unsafe {
            let raw = data.cell.read();
            Val::from_raw(store, raw, ty)
        }
    }

    /// Sets its value.
    ///
    /// # Errors
    /// When it is immutable or the value is not of its type.
    pub fn set(&self, store: &mut Store, value: Val) -> Result<(), GlobalError> {
        let ty = self.data_of(store).ty;
        if !ty.mutable {
            return Err(GlobalError::Immutable);
        }
        let raw = value.into_raw(store, ty.content_type)?;
        // SAFETY: the cell is valid as long as the store, and only this thread
        // uses it.
        unsafe { self.data_of(store).cell.write(raw) };
        Ok(())
    }
}

impl fmt::Debug for Global {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Global").field(&self.data).finish()
    }
}
