//! Exception tags.

use crate::codegen::CompileError;
use crate::store::{Store, StoreId, StoreInner};
use crate::vm::VMTag;
use alloc::sync::Arc;
use core::cell::UnsafeCell;
use core::fmt;
use core::ptr::NonNull;
use wasmjit_module::FuncType;

/// An exception tag of a store.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Tag {
    data: NonNull<TagData>,
    store: StoreId,
}

/// What the store knows of a tag.
pub(crate) struct TagData {
    /// Where compiled code looks: in the defining instance's context, or in
    /// `own`.
    pub(crate) vm: NonNull<VMTag>,
    own: UnsafeCell<VMTag>,
    pub(crate) type_id: u32,
}

impl TagData {
    /// Makes a tag.
    pub(crate) fn create(store: &mut StoreInner, type_id: u32) -> NonNull<Self> {
        let count = store.engine.types().get(type_id).params().len() as u32;
        let mut data = store.tags.add(Self {
            vm: NonNull::dangling(),
            own: UnsafeCell::new(VMTag { type_id, count }),
            type_id,
        });
        // SAFETY: just made, and no one else knows it.
        unsafe {
            let data = data.as_mut();
            data.vm = NonNull::new_unchecked(data.own.get());
        }
        data
    }

    /// Moves the part that compiled code sees to `place`, inside the context of
    /// the instance that defines the tag.
    ///
    /// # Safety
    /// `place` must stay valid as long as the store, and the tag not be known
    /// to any code yet.
    pub(crate) unsafe fn move_into(&mut self, place: NonNull<VMTag>) {
        // SAFETY: the caller vouches for `place`.
        unsafe { place.copy_from_nonoverlapping(self.vm, 1) };
        self.vm = place;
    }
}

impl Tag {
    /// Makes a tag whose exceptions carry values of the type's parameters.
    ///
    /// # Errors
    /// When there are too many types.
    pub fn new(store: &mut Store, ty: &FuncType) -> Result<Self, CompileError> {
        let type_id = store.engine().type_id(ty)?;
        let data = TagData::create(store.inner_mut(), type_id);
        Ok(Self::from_data(store.id(), data))
    }

    pub(crate) fn from_data(store: StoreId, data: NonNull<TagData>) -> Self {
        Self { data, store }
    }

    /// The tag with a given identity.
    pub(crate) fn find(store: &Store, vm: *mut VMTag) -> Option<Self> {
        // SAFETY: tags live as long as the store.
        let data = store
            .inner()
            .tags
            .pointers()
            .find(|tag| unsafe { tag.as_ref() }.vm.as_ptr() == vm)?;
        Some(Self::from_data(store.id(), data))
    }

    pub(crate) fn data_of<'a>(&self, store: &'a Store) -> &'a TagData {
        store.check(self.store);
        // SAFETY: it lives as long as its store.
        unsafe { self.data.as_ref() }
    }

    pub(crate) fn pointer(&self, store: &Store) -> NonNull<TagData> {
        store.check(self.store);
        self.data
    }

    pub(crate) fn vm(&self, store: &Store) -> *mut VMTag {
        self.data_of(store).vm.as_ptr()
    }

    /// Its type: the parameters are the values of its exceptions.
    pub fn ty(&self, store: &Store) -> Arc<FuncType> {
        store.engine().types().get(self.data_of(store).type_id)
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tag").field(&self.data).finish()
    }
}
