//! Thrown exceptions and their collection.
//!
//! An exception reference in compiled code is the address of a [`VMException`].
//! The store owns all of them. When there are many, those that nothing refers
//! to are freed: precise for tables and globals, conservative for the stack,
//! where any word that equals an exception's address keeps it.

use crate::error::{TypeMismatch, ValueError};
use crate::store::{Store, StoreInner};
use crate::tag::Tag;
use crate::types::{RefKind, Signature, ref_kind};
use crate::value::{ExnRef, Val};
use crate::vm::{RawValue, VMException, VMTag};
use alloc::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use alloc::format;
use alloc::vec::Vec;
use core::ptr;
use hashbrown::HashMap;
use wasmjit_module::ValType;

/// So many exceptions may be live before the first collection.
const FIRST_COLLECTION: usize = 1024;

/// A stack larger than this is not one: then the stack pointers of this thread
/// and of the outermost activation belong to different stacks.
const LARGEST_STACK: usize = 1 << 32;

/// The exceptions of a store.
pub(crate) struct ExceptionHeap {
    live: HashMap<usize, Entry>,
    threshold: usize,
}

struct Entry {
    /// How many references the host holds.
    pins: u32,
    marked: bool,
}

impl ExceptionHeap {
    pub(crate) fn new() -> Self {
        Self {
            live: HashMap::new(),
            threshold: FIRST_COLLECTION,
        }
    }

    /// # Safety
    /// As [`allocate`], which has collected before.
    unsafe fn add(&mut self, tag: *mut VMTag, values: *const RawValue, count: usize) -> usize {
        let layout = layout(count);
        // SAFETY: the layout's size is not zero.
        let exception = unsafe { alloc(layout) }.cast::<VMException>();
        if exception.is_null() {
            handle_alloc_error(layout);
        }
        // SAFETY: the allocation has room for the header and `count` values.
        unsafe {
            exception.write(VMException { tag, count });
            ptr::copy_nonoverlapping(values, values_of(exception), count);
        }
        let address = exception.expose_provenance();
        let entry = Entry {
            pins: 0,
            marked: false,
        };
        self.live.insert(address, entry);
        address
    }

    /// Marks an exception and all that its values may refer to.
    fn mark(&mut self, word: usize, work: &mut Vec<usize>) {
        self.mark_one(word, work);
        while let Some(address) = work.pop() {
            let exception = ptr::with_exposed_provenance_mut::<VMException>(address);
            // SAFETY: it is live, and its values follow it.
            let values =
                unsafe { core::slice::from_raw_parts(values_of(exception), (*exception).count) };
            for value in values {
                self.mark_one(value.u64() as usize, work);
            }
        }
    }

    fn mark_one(&mut self, word: usize, work: &mut Vec<usize>) {
        if let Some(entry) = self.live.get_mut(&word)
            && !entry.marked
        {
            entry.marked = true;
            work.push(word);
        }
    }

    fn sweep(&mut self) {
        self.live.retain(|&address, entry| {
            let keep = entry.marked || entry.pins > 0;
            entry.marked = false;
            if !keep {
                // SAFETY: nothing refers to it any more.
                unsafe { free(address) };
            }
            keep
        });
        self.threshold = FIRST_COLLECTION.max(self.live.len() * 2);
    }

    pub(crate) fn pin(&mut self, exception: ExnRef) {
        if let Some(entry) = self.live.get_mut(&exception.0) {
            entry.pins += 1;
        }
    }

    pub(crate) fn unpin(&mut self, exception: ExnRef) {
        if let Some(entry) = self.live.get_mut(&exception.0) {
            entry.pins = entry.pins.saturating_sub(1);
        }
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.live.len()
    }

    pub(crate) fn contains(&self, exception: ExnRef) -> bool {
        self.live.contains_key(&exception.0)
    }
}

impl Drop for ExceptionHeap {
    fn drop(&mut self) {
        for &address in self.live.keys() {
            // SAFETY: the store goes away, and with it all references.
            unsafe { free(address) };
        }
    }
}

fn layout(count: usize) -> Layout {
    let size = VMException::VALUES + count * size_of::<RawValue>();
    Layout::from_size_align(size, align_of::<VMException>()).expect("few values")
}

/// Where an exception's values stand.
fn values_of(exception: *mut VMException) -> *mut RawValue {
    exception
        .cast::<u8>()
        .wrapping_add(VMException::VALUES)
        .cast()
}

/// # Safety
/// `address` must be an exception that [`ExceptionHeap::add`] made, and no one
/// may use it any more.
unsafe fn free(address: usize) {
    let exception = ptr::with_exposed_provenance_mut::<VMException>(address);
    // SAFETY: the caller vouches for it; the layout is that of `add`.
    unsafe { dealloc(exception.cast(), layout((*exception).count)) };
}

/// Allocates an exception of the store; collects before that when many are
/// live.
///
/// # Safety
/// The store must be used by this thread, `tag` one of its tags, and `values`
/// point to `count` values of the tag's types.
pub(crate) unsafe fn allocate(
    store: &mut StoreInner,
    tag: *mut VMTag,
    values: *const RawValue,
    count: usize,
) -> usize {
    let heap = store.exceptions.get_mut();
    if heap.live.len() >= heap.threshold {
        // SAFETY: the caller vouches for the store.
        unsafe { collect(store) };
    }
    // SAFETY: the caller vouches for the arguments.
    unsafe { store.exceptions.get_mut().add(tag, values, count) }
}

/// Frees the exceptions that nothing refers to.
///
/// # Safety
/// The store must be used by this thread.
unsafe fn collect(store: &mut StoreInner) {
    let Some(stack) = (
        // SAFETY: the caller vouches for the store.
        unsafe { stack_of(store) }
    ) else {
        // Not one stack: keep everything.
        store.exceptions.get_mut().threshold *= 2;
        return;
    };
    let mut work = Vec::new();
    let heap = store.exceptions.get_mut();
    for word in stack {
        // SAFETY: the range is part of this thread's stack.
        let value = unsafe { ptr::with_exposed_provenance::<usize>(word).read_volatile() };
        heap.mark(value, &mut work);
    }
    for value in store.interpreter.values() {
        heap.mark(value as usize, &mut work);
    }
    for global in store.globals.pointers() {
        // SAFETY: globals live as long as the store.
        let global = unsafe { global.as_ref() };
        if is_exception(global.ty.content_type) {
            // SAFETY: the cell is valid, and only this thread uses it.
            let value = unsafe { global.cell.read() };
            heap.mark(value.u64() as usize, &mut work);
        }
    }
    for table in store.tables.pointers() {
        // SAFETY: tables live as long as the store.
        let table = unsafe { table.as_ref() };
        if is_exception(ValType::Ref(table.ty.element_type)) {
            for index in 0..table.len() {
                if let Some(value) = table.get(index) {
                    heap.mark(value as usize, &mut work);
                }
            }
        }
    }
    let pinned: Vec<usize> = heap
        .live
        .iter()
        .filter_map(|(&address, entry)| (entry.pins > 0).then_some(address))
        .collect();
    for address in pinned {
        heap.mark(address, &mut work);
    }
    heap.sweep();
}

fn is_exception(ty: ValType) -> bool {
    matches!(ty, ValType::Ref(ty) if ref_kind(ty) == Some(RefKind::Exn))
}

/// Addresses of all words between the stack pointer and the outermost
/// activation's frame. Everything that compiled code holds stands there: it
/// keeps nothing in registers across the calls that lead here, and `enter` has
/// saved those of the host.
///
/// # Safety
/// The store must be used by this thread.
unsafe fn stack_of(store: &StoreInner) -> Option<impl Iterator<Item = usize> + use<>> {
    let here = 0_usize;
    let low = (&raw const here).addr();
    // SAFETY: the caller vouches for the store.
    let mut activation = unsafe { (*store.context()).activation };
    let mut high = low;
    while !activation.is_null() {
        // SAFETY: activations in the list are on the stack.
        unsafe {
            high = (*activation).fp;
            activation = (*activation).previous;
        }
    }
    let low = low & !(size_of::<usize>() - 1);
    (low <= high && high - low <= LARGEST_STACK).then(|| (low..high).step_by(size_of::<usize>()))
}

impl Store {
    /// Makes an exception, to be thrown as [`crate::TrapReason::Exception`]
    /// from a host function, or to be passed as an `exnref`.
    ///
    /// # Errors
    /// When the values are not those of the tag's type.
    pub fn new_exception(&mut self, tag: &Tag, values: &[Val]) -> Result<ExnRef, ValueError> {
        let ty = tag.ty(self);
        if values.len() != ty.params().len() {
            return Err(ValueError::Type(TypeMismatch {
                expected: format!("values {}", Signature(&ty)),
                found: format!("{} values", values.len()),
            }));
        }
        let mut raw = Vec::with_capacity(values.len());
        for (value, &ty) in values.iter().zip(ty.params()) {
            raw.push(value.into_raw(self, ty)?);
        }
        let tag = tag.vm(self);
        // SAFETY: the tag belongs to the store, and the values have its types.
        let address = unsafe { allocate(self.inner_mut(), tag, raw.as_ptr(), raw.len()) };
        let exception = ExnRef(address);
        self.inner().exceptions.borrow_mut().pin(exception);
        Ok(exception)
    }

    /// The tag of an exception; `None` when it is no longer there.
    pub fn exception_tag(&self, exception: ExnRef) -> Option<Tag> {
        let vm = self.exception(exception)?;
        // SAFETY: it is live.
        let tag = unsafe { (*vm).tag };
        Tag::find(self, tag)
    }

    /// The values of an exception; `None` when it is no longer there.
    pub fn exception_values(&self, exception: ExnRef) -> Option<Vec<Val>> {
        let ty = self.exception_tag(exception)?.ty(self);
        let vm = self.exception(exception)?;
        let mut values = Vec::with_capacity(ty.params().len());
        for (i, &ty) in ty.params().iter().enumerate() {
            // SAFETY: the exception is live, with values of its tag's types.
            values.push(unsafe { Val::from_raw(self, values_of(vm).add(i).read(), ty) });
        }
        Some(values)
    }

    /// Tells the store that the host no longer uses a reference that it was
    /// given.
    pub fn release_exception(&self, exception: ExnRef) {
        self.inner().exceptions.borrow_mut().unpin(exception);
    }

    fn exception(&self, exception: ExnRef) -> Option<*mut VMException> {
        self.inner()
            .exceptions
            .borrow()
            .contains(exception)
            .then(|| ptr::with_exposed_provenance_mut(exception.0))
    }

    /// Makes sure that a reference from the host is one of this store's.
    pub(crate) fn check_exception(&self, exception: ExnRef) {
        assert!(
            self.inner().exceptions.borrow().contains(exception),
            "an exception was used with another store than its own, or after it was released"
        );
    }

    /// Gives a reference to the host, which keeps the exception alive.
    pub(crate) fn hand_out_exception(&self, address: usize) -> Option<ExnRef> {
        let exception = ExnRef(address);
        self.inner().exceptions.borrow_mut().pin(exception);
        (address != 0).then_some(exception)
    }
}
