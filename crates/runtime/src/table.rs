//! Tables.

use crate::error::{AllocationError, OutOfBounds, TableError};
use crate::store::{Store, StoreId, StoreInner};
use crate::value::Val;
use crate::vm::{RawValue, VMTable};
use alloc::alloc::{Layout, alloc_zeroed, dealloc, realloc};
use core::cell::UnsafeCell;
use core::fmt;
use core::ptr::{self, NonNull};
use wasmjit_module::{TableType, ValType};

/// Most elements that a table may have here, whatever its type says.
const MAXIMUM_ELEMENTS: u64 = 10_000_000;

/// A table of a store.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Table {
    data: NonNull<TableData>,
    store: StoreId,
}

/// What the store knows of a table.
pub(crate) struct TableData {
    /// Where compiled code looks: in the defining instance's context, or in
    /// `own`.
    pub(crate) vm: NonNull<VMTable>,
    own: UnsafeCell<VMTable>,
    /// Canonical.
    pub(crate) ty: TableType,
    /// Elements that there is room for.
    capacity: usize,
}

impl TableData {
    /// Makes a table with all elements null.
    pub(crate) fn create(
        store: &mut StoreInner,
        ty: TableType,
    ) -> Result<NonNull<Self>, AllocationError> {
        if ty.initial > MAXIMUM_ELEMENTS {
            return Err(AllocationError::Limit("size of a table"));
        }
        store.take_elements(ty.initial)?;
        let length = ty.initial as usize;
        let base = allocate(length).inspect_err(|_| store.return_elements(ty.initial))?;
        let mut data = store.tables.add(Self {
            vm: NonNull::dangling(),
            own: UnsafeCell::new(VMTable { base, length }),
            ty,
            capacity: length,
        });
        // SAFETY: just made, and no one else knows it.
        unsafe {
            let data = data.as_mut();
            data.vm = NonNull::new_unchecked(data.own.get());
        }
        Ok(data)
    }

    /// Moves the part that compiled code sees to `place`, inside the context of
    /// the instance that defines the table.
    ///
    /// # Safety
    /// `place` must stay valid as long as the store, and the table not be known
    /// to any code yet.
    pub(crate) unsafe fn move_into(&mut self, place: NonNull<VMTable>) {
        // SAFETY: the caller vouches for `place`.
        unsafe {
            place.write(VMTable {
                base: self.base(),
                length: self.len() as usize,
            });
        }
        self.vm = place;
    }

    fn base(&self) -> *mut u64 {
        // SAFETY: `vm` is valid as long as the store.
        unsafe { (*self.vm.as_ptr()).base }
    }

    pub(crate) fn len(&self) -> u64 {
        // SAFETY: `vm` is valid as long as the store.
        unsafe { (*self.vm.as_ptr()).length as u64 }
    }

    /// An element, as compiled code sees it.
    pub(crate) fn get(&self, index: u64) -> Option<u64> {
        // SAFETY: the index is inside the table.
        (index < self.len()).then(|| unsafe { self.base().add(index as usize).read() })
    }

    /// Sets an element.
    pub(crate) fn set(&self, index: u64, value: u64) -> Result<(), OutOfBounds> {
        self.fill(index, value, 1)
    }

    /// First of a range of elements, when it is wholly inside.
    pub(crate) fn range(&self, index: u64, count: u64) -> Result<*mut u64, OutOfBounds> {
        match index.checked_add(count) {
            // SAFETY: the index is inside the table or at its end.
            Some(end) if end <= self.len() => Ok(unsafe { self.base().add(index as usize) }),
            _ => Err(OutOfBounds),
        }
    }

    /// Sets a range of elements.
    pub(crate) fn fill(&self, index: u64, value: u64, count: u64) -> Result<(), OutOfBounds> {
        let first = self.range(index, count)?;
        for i in 0..count as usize {
            // SAFETY: the range is inside the table.
            unsafe { first.add(i).write(value) };
        }
        Ok(())
    }

    /// Copies elements, also inside one table.
    pub(crate) fn copy(
        to: &Self,
        from: &Self,
        to_index: u64,
        from_index: u64,
        count: u64,
    ) -> Result<(), OutOfBounds> {
        let source = from.range(from_index, count)?;
        let destination = to.range(to_index, count)?;
        // SAFETY: both ranges are inside their tables; they may overlap.
        unsafe { ptr::copy(source, destination, count as usize) };
        Ok(())
    }

    /// Adds elements; returns the old size.
    pub(crate) fn grow(
        data: NonNull<Self>,
        store: &mut StoreInner,
        count: u64,
        value: u64,
    ) -> Result<u64, AllocationError> {
        // SAFETY: tables live as long as their store, which this thread uses
        // exclusively.
        let this = unsafe { &mut *data.as_ptr() };
        let old = this.len();
        let maximum = this.ty.maximum.unwrap_or(u64::MAX).min(MAXIMUM_ELEMENTS);
        let new = old.checked_add(count).filter(|&new| new <= maximum);
        let new = new.ok_or(AllocationError::Limit("size of a table"))?;
        store.take_elements(count)?;
        this.make_room(new as usize, maximum as usize, store.may_move())
            .inspect_err(|_| store.return_elements(count))?;
        // SAFETY: `vm` is valid as long as the store, and only this thread uses
        // it; there is room for `new` elements.
        unsafe { (*this.vm.as_ptr()).length = new as usize };
        this.fill(old, value, count)
            .expect("the new elements are inside the table");
        Ok(old)
    }

    fn make_room(
        &mut self,
        elements: usize,
        maximum: usize,
        may_move: bool,
    ) -> Result<(), AllocationError> {
        if elements <= self.capacity {
            return Ok(());
        }
        if !may_move {
            return Err(AllocationError::Limit("reserved size of a table"));
        }
        let capacity = elements.max(self.capacity * 2).min(maximum);
        let error = AllocationError::OutOfMemory {
            bytes: capacity as u64 * 8,
        };
        let base = if self.capacity == 0 {
            allocate(capacity)?
        } else {
            let layout = layout(capacity).ok_or(error)?;
            let old = layout_of(self.capacity);
            // SAFETY: the elements were allocated with this layout.
            let base = unsafe { realloc(self.base().cast(), old, layout.size()) };
            if base.is_null() {
                return Err(error);
            }
            base.cast()
        };
        self.capacity = capacity;
        // SAFETY: `vm` is valid as long as the store, and only this thread uses
        // it.
        unsafe { (*self.vm.as_ptr()).base = base };
        Ok(())
    }
}

impl Drop for TableData {
    fn drop(&mut self) {
        if self.capacity > 0 {
            // SAFETY: the elements were allocated with this layout.
            unsafe { dealloc(self.base().cast(), layout_of(self.capacity)) };
        }
    }
}

fn layout(elements: usize) -> Option<Layout> {
    Layout::array::<u64>(elements).ok()
}

fn layout_of(elements: usize) -> Layout {
    layout(elements).expect("such a table was allocated")
}

/// Room for so many elements, all null.
fn allocate(elements: usize) -> Result<*mut u64, AllocationError> {
    if elements == 0 {
        return Ok(NonNull::dangling().as_ptr());
    }
    let error = AllocationError::OutOfMemory {
        bytes: elements as u64 * 8,
    };
    let layout = layout(elements).ok_or(error)?;
    // SAFETY: the layout's size is not zero.
    let base = unsafe { alloc_zeroed(layout) };
    if base.is_null() {
        return Err(error);
    }
    Ok(base.cast())
}

impl Table {
    /// Makes a table whose elements are all `init`.
    ///
    /// # Errors
    /// When there is no room for it or the value does not fit.
    pub fn new(store: &mut Store, ty: TableType, init: Val) -> Result<Self, TableError> {
        let init = init.into_raw(store, ValType::Ref(ty.element_type))?.u64();
        let data = TableData::create(store.inner_mut(), ty)?;
        // SAFETY: it lives as long as the store.
        let table = unsafe { data.as_ref() };
        table
            .fill(0, init, table.len())
            .expect("all elements are inside the table");
        Ok(Self::from_data(store.id(), data))
    }

    pub(crate) fn from_data(store: StoreId, data: NonNull<TableData>) -> Self {
        Self { data, store }
    }

    pub(crate) fn data_of<'a>(&self, store: &'a Store) -> &'a TableData {
        store.check(self.store);
        // SAFETY: it lives as long as its store.
        unsafe { self.data.as_ref() }
    }

    pub(crate) fn pointer(&self, store: &Store) -> NonNull<TableData> {
        store.check(self.store);
        self.data
    }

    /// Its type, as declared.
    pub fn ty(&self, store: &Store) -> TableType {
        self.data_of(store).ty
    }

    /// Number of elements.
    pub fn size(&self, store: &Store) -> u64 {
        self.data_of(store).len()
    }

    /// An element; `None` outside the table.
    pub fn get(&self, store: &Store, index: u64) -> Option<Val> {
        let data = self.data_of(store);
        let ty = ValType::Ref(data.ty.element_type);
        let raw = RawValue::from_u64(data.get(index)?);
        // SAFETY: the table holds values of its type.
        Some(unsafe { Val::from_raw(store, raw, ty) })
    }

    /// Sets an element.
    ///
    /// # Errors
    /// When there is no such element or the value does not fit.
    pub fn set(&self, store: &mut Store, index: u64, value: Val) -> Result<(), TableError> {
        let ty = self.data_of(store).ty.element_type;
        let raw = value.into_raw(store, ValType::Ref(ty))?.u64();
        self.data_of(store)
            .set(index, raw)
            .map_err(|OutOfBounds| TableError::OutOfBounds)
    }

    /// Adds elements; returns the old size.
    ///
    /// # Errors
    /// When there is no room for them or the value does not fit.
    pub fn grow(&self, store: &mut Store, count: u64, value: Val) -> Result<u64, TableError> {
        let ty = self.data_of(store).ty.element_type;
        let raw = value.into_raw(store, ValType::Ref(ty))?.u64();
        Ok(TableData::grow(self.data, store.inner_mut(), count, raw)?)
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Table").field(&self.data).finish()
    }
}
