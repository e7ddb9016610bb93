//! Memories that several threads use, each in a store of its own.

use super::region::Region;
use super::{bytes_of, initial_bytes, maximum_bytes, style_of};
use crate::codegen::MemoryStyle;
use crate::engine::Engine;
use crate::error::{AllocationError, OutOfBounds};
use crate::platform::{Platform, WaitResult, WaitValue};
use crate::trap::{Trap, TrapCode};
use crate::vm::VMMemory;
use alloc::sync::Arc;
use core::cell::UnsafeCell;
use core::fmt;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering};
use spin::Mutex;
use wasmjit_module::MemoryType;

/// A shared memory: independent of any store, usable in many. Cheap to clone.
#[derive(Clone)]
pub struct SharedMemory(Arc<Inner>);

struct Inner {
    /// The base never changes; the length is atomic.
    vm: UnsafeCell<VMMemory>,
    ty: MemoryType,
    style: MemoryStyle,
    platform: Arc<dyn Platform>,
    /// Locked while the memory grows.
    region: Mutex<Region>,
}

// SAFETY: the only field that is neither immutable nor locked is the length,
// which is atomic. The contents are reached by raw pointers only.
unsafe impl Send for Inner {}
// SAFETY: as above.
unsafe impl Sync for Inner {}

impl SharedMemory {
    /// Makes a shared memory.
    ///
    /// # Errors
    /// When there is no room for it.
    ///
    /// # Panics
    /// If the type is not that of a shared memory.
    pub fn new(engine: &Engine, ty: MemoryType) -> Result<Self, AllocationError> {
        assert!(ty.shared, "the type of a shared memory says so");
        let bytes = initial_bytes(&ty)?;
        let style = style_of(engine, &ty);
        let platform = engine.platform();
        let region = Region::fixed(platform, style, bytes, maximum_bytes(&ty))?;
        Ok(Self(Arc::new(Inner {
            vm: UnsafeCell::new(VMMemory {
                base: region.base().as_ptr(),
                length: AtomicUsize::new(bytes),
            }),
            ty,
            style,
            platform: platform.clone(),
            region: Mutex::new(region),
        })))
    }

    pub(crate) fn vm(&self) -> NonNull<VMMemory> {
        NonNull::from(&self.0.vm).cast()
    }

    pub(super) fn style(&self) -> MemoryStyle {
        self.0.style
    }

    fn length(&self) -> &AtomicUsize {
        // SAFETY: nothing writes to the structure but through the atomic.
        unsafe { &(*self.0.vm.get()).length }
    }

    /// Its type, as declared.
    pub fn ty(&self) -> MemoryType {
        self.0.ty
    }

    /// Its size in pages.
    pub fn size(&self) -> u64 {
        self.data_size() as u64 >> self.0.ty.page_size_log2()
    }

    /// Its size in bytes.
    pub fn data_size(&self) -> usize {
        self.length().load(Ordering::Acquire)
    }

    /// Address of the first byte; never changes.
    pub fn data_ptr(&self) -> *mut u8 {
        // SAFETY: the base is immutable.
        unsafe { (*self.0.vm.get()).base }
    }

    /// Adds pages and returns the old size in pages; `None` when that is not
    /// possible.
    pub fn grow(&self, pages: u64) -> Option<u64> {
        let ty = &self.0.ty;
        let added = bytes_of(ty, pages)?;
        let mut region = self.0.region.lock();
        let old = self.data_size();
        let new = old.checked_add(added)?;
        if new > maximum_bytes(ty) {
            return None;
        }
        region.grow(&self.0.platform, old, new, false).ok()?;
        self.length().store(new, Ordering::Release);
        Some(old as u64 >> ty.page_size_log2())
    }

    /// Address of a range, when it is wholly inside.
    fn range(&self, offset: u64, length: usize) -> Result<NonNull<u8>, OutOfBounds> {
        let end = offset.checked_add(length as u64).ok_or(OutOfBounds)?;
        if end > self.data_size() as u64 {
            return Err(OutOfBounds);
        }
        // SAFETY: the offset is inside the memory or at its end.
        NonNull::new(unsafe { self.data_ptr().add(offset as usize) }).ok_or(OutOfBounds)
    }

    /// Copies bytes out. Other threads may change them meanwhile.
    ///
    /// # Errors
    /// When not all of them are inside the memory; then nothing is copied.
    pub fn read(&self, offset: u64, to: &mut [u8]) -> Result<(), OutOfBounds> {
        let from = self.range(offset, to.len())?;
        let length = to.len();
        // SAFETY: the range is accessible; no reference to it is made.
        unsafe { from.copy_to_nonoverlapping(NonNull::from(to).cast(), length) };
        Ok(())
    }

    /// Copies bytes in. Other threads may see them in any order.
    ///
    /// # Errors
    /// When not all of them fit into the memory; then nothing is copied.
    pub fn write(&self, offset: u64, from: &[u8]) -> Result<(), OutOfBounds> {
        let to = self.range(offset, from.len())?;
        // SAFETY: the range is accessible; no reference to it is made.
        unsafe { to.copy_from_nonoverlapping(NonNull::from(from).cast(), from.len()) };
        Ok(())
    }

    /// Wakes up to `count` threads that wait at an address; returns how many.
    ///
    /// # Errors
    /// The traps of `memory.atomic.notify`.
    pub fn atomic_notify(&self, offset: u64, count: u32) -> Result<u32, Trap> {
        let address = self.aligned(offset, 4)?;
        Ok(self.0.platform.atomic_notify(address, count))
    }

    /// Waits as `memory.atomic.wait32` and `wait64` do. `interrupted` is asked
    /// now and then whether to give up.
    ///
    /// # Errors
    /// The traps of `memory.atomic.wait`.
    pub fn atomic_wait(
        &self,
        offset: u64,
        expected: WaitValue,
        timeout_ns: i64,
        interrupted: &dyn Fn() -> bool,
    ) -> Result<WaitResult, Trap> {
        let size = match expected {
            WaitValue::Bits32(_) => 4,
            WaitValue::Bits64(_) => 8,
        };
        let address = self.aligned(offset, size)?;
        // SAFETY: the address is aligned and stays readable: memories do not
        // shrink, and `self` keeps this one.
        Ok(unsafe {
            self.0
                .platform
                .atomic_wait(address, expected, timeout_ns, interrupted)
        })
    }

    fn aligned(&self, offset: u64, size: usize) -> Result<*const u8, TrapCode> {
        if !offset.is_multiple_of(size as u64) {
            return Err(TrapCode::UnalignedAtomic);
        }
        let address = self.range(offset, size);
        let address = address.map_err(|OutOfBounds| TrapCode::MemoryOutOfBounds)?;
        Ok(address.as_ptr())
    }
}

impl fmt::Debug for SharedMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedMemory")
            .field("ty", &self.0.ty)
            .field("size", &self.data_size())
            .finish_non_exhaustive()
    }
}
