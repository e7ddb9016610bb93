//! Linear memories.

pub(crate) mod access;
mod region;
mod shared;

pub use shared::SharedMemory;

use crate::codegen::MemoryStyle;
use crate::engine::Engine;
use crate::error::{AllocationError, OutOfBounds};
use crate::store::{Store, StoreId, StoreInner};
use crate::vm::VMMemory;
use core::cell::UnsafeCell;
use core::fmt;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering};
use region::Region;
use wasmjit_module::MemoryType;

/// Most bytes that a memory may have here, whatever its type says.
const MAXIMUM_BYTES: u64 = if usize::BITS < 64 { 1 << 31 } else { 1 << 40 };

/// The only page size that there is.
const PAGE_SIZE_LOG2: u32 = 16;

/// A memory of a store.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    data: NonNull<MemoryData>,
    store: StoreId,
}

/// What the store knows of a memory.
pub(crate) struct MemoryData {
    /// Where compiled code looks: in the defining instance's context, in the
    /// shared memory, or in `own`.
    pub(crate) vm: NonNull<VMMemory>,
    own: UnsafeCell<VMMemory>,
    pub(crate) ty: MemoryType,
    backing: Backing,
}

enum Backing {
    Own(Region),
    Shared(SharedMemory),
}

/// Bytes of a new memory.
fn initial_bytes(ty: &MemoryType) -> Result<usize, AllocationError> {
    if ty.page_size_log2() != PAGE_SIZE_LOG2 {
        return Err(AllocationError::Limit("page size of a memory"));
    }
    bytes_of(ty, ty.initial)
        .filter(|&bytes| bytes <= maximum_bytes(ty))
        .ok_or(AllocationError::Limit("size of a memory"))
}

/// Bytes of so many pages; `None` when a memory cannot have that size here.
fn bytes_of(ty: &MemoryType, pages: u64) -> Option<usize> {
    let bytes = pages.checked_mul(u64::from(ty.page_size()))?;
    if bytes > MAXIMUM_BYTES {
        return None;
    }
    usize::try_from(bytes).ok()
}

/// Most bytes that a memory of this type can ever have here.
fn maximum_bytes(ty: &MemoryType) -> usize {
    let index_space = if ty.memory64 { MAXIMUM_BYTES } else { 1 << 32 };
    let declared = ty
        .maximum
        .and_then(|pages| pages.checked_mul(u64::from(ty.page_size())))
        .unwrap_or(u64::MAX);
    declared
        .min(index_space)
        .min(MAXIMUM_BYTES)
        .try_into()
        .unwrap_or(usize::MAX)
}

/// How code of the engine wants memories of this type.
fn style_of(engine: &Engine, ty: &MemoryType) -> MemoryStyle {
    if ty.memory64 {
        MemoryStyle::Checked
    } else {
        engine.codegen().memory_style()
    }
}

impl MemoryData {
    /// Makes a memory with its initial size.
    pub(crate) fn create(
        store: &mut StoreInner,
        ty: MemoryType,
    ) -> Result<NonNull<Self>, AllocationError> {
        if ty.shared {
            let shared = SharedMemory::new(&store.engine, ty)?;
            return Self::from_shared(store, shared);
        }
        let bytes = initial_bytes(&ty)?;
        store.take_memory(bytes as u64)?;
        let region = Region::new(
            store.engine.platform(),
            style_of(&store.engine, &ty),
            bytes,
            maximum_bytes(&ty),
        )
        .inspect_err(|_| store.return_memory(bytes as u64))?;
        let own = VMMemory {
            base: region.base().as_ptr(),
            length: AtomicUsize::new(bytes),
        };
        let mut data = store.memories.add(Self {
            vm: NonNull::dangling(),
            own: UnsafeCell::new(own),
            ty,
            backing: Backing::Own(region),
        });
        // SAFETY: just made, and no one else knows it.
        unsafe {
            let data = data.as_mut();
            data.vm = NonNull::new_unchecked(data.own.get());
        }
        Ok(data)
    }

    /// Makes a shared memory known to the store.
    pub(crate) fn from_shared(
        store: &mut StoreInner,
        shared: SharedMemory,
    ) -> Result<NonNull<Self>, AllocationError> {
        assert_eq!(
            shared.style(),
            style_of(&store.engine, &shared.ty()),
            "a shared memory was used with an engine whose code needs another kind"
        );
        store.take_memory(shared.data_size() as u64)?;
        Ok(store.memories.add(Self {
            vm: shared.vm(),
            own: UnsafeCell::new(VMMemory {
                base: core::ptr::null_mut(),
                length: AtomicUsize::new(0),
            }),
            ty: shared.ty(),
            backing: Backing::Shared(shared),
        }))
    }

    /// Moves the part that compiled code sees to `place`, inside the context of
    /// the instance that defines the memory.
    ///
    /// # Safety
    /// `place` must stay valid as long as the store, and the memory not be
    /// known to any code yet.
    pub(crate) unsafe fn move_into(&mut self, place: NonNull<VMMemory>) {
        debug_assert!(matches!(self.backing, Backing::Own(_)));
        // SAFETY: the caller vouches for `place`.
        unsafe {
            place.write(VMMemory {
                base: self.base(),
                length: AtomicUsize::new(self.len()),
            });
        }
        self.vm = place;
    }

    #[inline]
    pub(crate) fn base(&self) -> *mut u8 {
        // SAFETY: `vm` is valid as long as the store.
        unsafe { (*self.vm.as_ptr()).base }
    }

    /// Accessible bytes.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        // SAFETY: `vm` is valid as long as the store; the field is atomic.
        unsafe { (*self.vm.as_ptr()).length.load(Ordering::Acquire) }
    }

    pub(crate) fn pages(&self) -> u64 {
        self.len() as u64 >> self.ty.page_size_log2()
    }

    pub(crate) fn shared(&self) -> Option<&SharedMemory> {
        match &self.backing {
            Backing::Own(_) => None,
            Backing::Shared(shared) => Some(shared),
        }
    }

    /// Address of a range, when it is wholly inside.
    #[inline]
    pub(crate) fn range(&self, address: u64, length: u64) -> Option<NonNull<u8>> {
        let end = address.checked_add(length)?;
        if end > self.len() as u64 {
            return None;
        }
        // SAFETY: the offset is inside the memory or at its end.
        NonNull::new(unsafe { self.base().add(address as usize) })
    }

    /// Adds pages; returns the old size in pages.
    pub(crate) fn grow(data: NonNull<Self>, store: &mut StoreInner, pages: u64) -> Option<u64> {
        // SAFETY: memories live as long as their store, which this thread uses
        // exclusively.
        let this = unsafe { &mut *data.as_ptr() };
        let added = bytes_of(&this.ty, pages)? as u64;
        store.take_memory(added).ok()?;
        let may_move = store.may_move();
        let grown = match &mut this.backing {
            Backing::Shared(shared) => shared.grow(pages),
            Backing::Own(region) => {
                // SAFETY: `vm` is valid as long as the store, and an unshared
                // memory is used by this thread only.
                let vm = unsafe { &mut *this.vm.as_ptr() };
                let old = *vm.length.get_mut();
                let new = old.checked_add(added as usize);
                let new = new.filter(|&new| new <= maximum_bytes(&this.ty));
                new.and_then(|new| {
                    region
                        .grow(store.engine.platform(), old, new, may_move)
                        .ok()?;
                    vm.base = region.base().as_ptr();
                    *vm.length.get_mut() = new;
                    Some(old as u64 >> this.ty.page_size_log2())
                })
            }
        };
        if grown.is_none() {
            store.return_memory(added);
        }
        grown
    }
}

impl Memory {
    /// Makes a memory.
    ///
    /// # Errors
    /// When there is no room for it.
    pub fn new(store: &mut Store, ty: MemoryType) -> Result<Self, AllocationError> {
        let data = MemoryData::create(store.inner_mut(), ty)?;
        Ok(Self::from_data(store.id(), data))
    }

    /// Makes a shared memory usable in a store.
    ///
    /// # Errors
    /// When the store's limit is exceeded.
    ///
    /// # Panics
    /// If the memory was made for an engine whose code needs another kind of
    /// memory.
    pub fn from_shared(store: &mut Store, memory: &SharedMemory) -> Result<Self, AllocationError> {
        let data = MemoryData::from_shared(store.inner_mut(), memory.clone())?;
        Ok(Self::from_data(store.id(), data))
    }

    pub(crate) fn from_data(store: StoreId, data: NonNull<MemoryData>) -> Self {
        Self { data, store }
    }

    /// The store's side, after a check that the store is the right one.
    #[inline]
    pub(crate) fn data_of<'a>(&self, store: &'a Store) -> &'a MemoryData {
        store.check(self.store);
        // SAFETY: it lives as long as its store.
        unsafe { self.data.as_ref() }
    }

    pub(crate) fn pointer(&self, store: &Store) -> NonNull<MemoryData> {
        store.check(self.store);
        self.data
    }

    /// Its type, as declared.
    pub fn ty(&self, store: &Store) -> MemoryType {
        self.data_of(store).ty
    }

    /// Its size in pages.
    pub fn size(&self, store: &Store) -> u64 {
        self.data_of(store).pages()
    }

    /// Its size in bytes.
    #[inline]
    pub fn data_size(&self, store: &Store) -> usize {
        self.data_of(store).len()
    }

    /// Adds pages and returns the old size in pages; `None` when that is not
    /// possible. Slices and pointers into the memory may become invalid.
    pub fn grow(&self, store: &mut Store, pages: u64) -> Option<u64> {
        store.check(self.store);
        MemoryData::grow(self.data, store.inner_mut(), pages)
    }

    /// Where compiled code finds address and length. Once an instance has the
    /// memory, it stays there as long as the store.
    pub fn place(&self, store: &Store) -> *const VMMemory {
        self.data_of(store).vm.as_ptr()
    }

    /// Address of the first byte: valid for [`Self::data_size`] bytes until the
    /// memory grows, or as long as the store if it is shared.
    #[inline]
    pub fn data_ptr(&self, store: &Store) -> *mut u8 {
        self.data_of(store).base()
    }

    /// The contents.
    ///
    /// # Panics
    /// If the memory is shared: other threads may change it at any time.
    pub fn data<'a>(&self, store: &'a Store) -> &'a [u8] {
        let data = self.data_of(store);
        assert!(data.shared().is_none(), "a slice of a shared memory");
        // SAFETY: the bytes are accessible, only this thread uses the store,
        // and neither code nor growth can happen during the borrow.
        unsafe { core::slice::from_raw_parts(data.base(), data.len()) }
    }

    /// The contents.
    ///
    /// # Panics
    /// If the memory is shared: other threads may change it at any time.
    pub fn data_mut<'a>(&self, store: &'a mut Store) -> &'a mut [u8] {
        let data = self.data_of(store);
        assert!(data.shared().is_none(), "a slice of a shared memory");
        // SAFETY: as in `data`, and the store is borrowed exclusively.
        unsafe { core::slice::from_raw_parts_mut(data.base(), data.len()) }
    }

    /// The contents, and the host's data of the store.
    ///
    /// # Panics
    /// If the memory is shared, or the store's data is not of type `T`.
    pub fn data_and_store_mut<'a, T: 'static>(
        &self,
        store: &'a mut Store,
    ) -> (&'a mut [u8], &'a mut T) {
        let data = self.data_of(store);
        assert!(data.shared().is_none(), "a slice of a shared memory");
        // SAFETY: as in `data_mut`; the host's data is no part of the memory.
        let bytes = unsafe { core::slice::from_raw_parts_mut(data.base(), data.len()) };
        (bytes, store.data_mut())
    }

    /// Copies bytes out.
    ///
    /// # Errors
    /// When not all of them are inside the memory; then nothing is copied.
    #[inline]
    pub fn read(&self, store: &Store, offset: u64, to: &mut [u8]) -> Result<(), OutOfBounds> {
        let from = self.data_of(store).range(offset, to.len() as u64);
        let from = from.ok_or(OutOfBounds)?;
        let length = to.len();
        // SAFETY: the range is accessible; no reference to it is made.
        unsafe { from.copy_to_nonoverlapping(NonNull::from(to).cast(), length) };
        Ok(())
    }

    /// Copies bytes in.
    ///
    /// # Errors
    /// When not all of them fit into the memory; then nothing is copied.
    #[inline]
    pub fn write(&self, store: &mut Store, offset: u64, from: &[u8]) -> Result<(), OutOfBounds> {
        let to = self.data_of(store).range(offset, from.len() as u64);
        let to = to.ok_or(OutOfBounds)?;
        // SAFETY: the range is accessible; no reference to it is made.
        unsafe { to.copy_from_nonoverlapping(NonNull::from(from).cast(), from.len()) };
        Ok(())
    }

    /// Whether it is shared.
    pub fn is_shared(&self, store: &Store) -> bool {
        self.data_of(store).shared().is_some()
    }

    /// Whether [`Self::data_ptr`] is the same for ever, however it grows.
    pub fn stays(&self, store: &Store) -> bool {
        match &self.data_of(store).backing {
            Backing::Own(region) => !region.may_move(),
            Backing::Shared(_) => true,
        }
    }

    /// The memory behind it, if it is shared.
    pub fn shared(&self, store: &Store) -> Option<SharedMemory> {
        self.data_of(store).shared().cloned()
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Memory").field(&self.data).finish()
    }
}
