//! Address space for a memory.

use crate::codegen::{GUARDED_RESERVATION, MemoryStyle};
use crate::error::AllocationError;
use crate::platform::Platform;
use alloc::sync::Arc;
use core::ptr::NonNull;

/// A checked memory whose type allows no more than this gets all its address
/// space at once and never moves.
const SMALL: usize = 16 << 20;

/// A reservation of address space of which the first part is committed.
pub(super) struct Region {
    base: NonNull<u8>,
    reserved: usize,
    committed: usize,
    /// A checked memory may move to a larger reservation, up to this size.
    movable: Option<usize>,
    platform: Arc<dyn Platform>,
}

// SAFETY: the region owns its address space; access to the contents is the
// business of whoever has it.
unsafe impl Send for Region {}
// SAFETY: as above.
unsafe impl Sync for Region {}

impl Region {
    /// For a memory of `bytes` bytes that may grow to `maximum`.
    pub(super) fn new(
        platform: &Arc<dyn Platform>,
        style: MemoryStyle,
        bytes: usize,
        maximum: usize,
    ) -> Result<Self, AllocationError> {
        if style == MemoryStyle::Guarded || platform.reserves_in_full() {
            return Self::reserve(platform, GUARDED_RESERVATION, bytes, None);
        }
        if maximum <= SMALL {
            return Self::reserve(platform, maximum as u64, bytes, None);
        }
        Self::reserve(platform, bytes as u64, bytes, Some(maximum))
    }

    /// For a memory that never moves.
    pub(super) fn fixed(
        platform: &Arc<dyn Platform>,
        style: MemoryStyle,
        bytes: usize,
        maximum: usize,
    ) -> Result<Self, AllocationError> {
        let reserved = match style {
            MemoryStyle::Checked if !platform.reserves_in_full() => maximum as u64,
            _ => GUARDED_RESERVATION,
        };
        Self::reserve(platform, reserved, bytes, None)
    }

    fn reserve(
        platform: &Arc<dyn Platform>,
        reserved: u64,
        bytes: usize,
        movable: Option<usize>,
    ) -> Result<Self, AllocationError> {
        if bytes as u64 > reserved {
            return Err(AllocationError::Limit("reserved size of a memory"));
        }
        let error = AllocationError::OutOfMemory { bytes: reserved };
        // At least a page, so that there is a valid base address.
        let reserved = usize::try_from(reserved.max(1)).map_err(|_| error)?;
        let reserved = round_up(platform, reserved).ok_or(error)?;
        let base = platform.reserve(reserved).ok_or(error)?;
        let mut region = Self {
            base,
            reserved,
            committed: 0,
            movable,
            platform: platform.clone(),
        };
        region.commit(bytes)?;
        Ok(region)
    }

    /// Makes the first `bytes` bytes accessible.
    fn commit(&mut self, bytes: usize) -> Result<(), AllocationError> {
        let error = AllocationError::OutOfMemory {
            bytes: bytes as u64,
        };
        let wanted = round_up(&self.platform, bytes).ok_or(error)?;
        debug_assert!(wanted <= self.reserved);
        if wanted <= self.committed {
            return Ok(());
        }
        // SAFETY: the part after the committed one lies in the reservation.
        let done = unsafe {
            let start = self.base.add(self.committed);
            self.platform.commit(start, wanted - self.committed)
        };
        if !done {
            return Err(error);
        }
        self.committed = wanted;
        Ok(())
    }

    pub(super) fn base(&self) -> NonNull<u8> {
        self.base
    }

    /// Whether [`Self::grow`] may change the base.
    pub(super) fn may_move(&self) -> bool {
        self.movable.is_some()
    }

    /// Makes room for `new` bytes, of which the first `old` are in use. Changes the base
    /// if it must and `may_move` allows it.
    pub(super) fn grow(
        &mut self,
        platform: &Arc<dyn Platform>,
        old: usize,
        new: usize,
        may_move: bool,
    ) -> Result<(), AllocationError> {
        if new <= self.reserved {
            return self.commit(new);
        }
        let Some(maximum) = self.movable.filter(|_| may_move) else {
            return Err(AllocationError::Limit("reserved size of a memory"));
        };
        // Half as much again, so that repeated growth does not copy each time;
        // or just what is wanted, when that is all there is room for.
        let generous = (new + new / 2).min(maximum).max(new);
        let moved = Self::reserve(platform, generous as u64, new, Some(maximum))
            .or_else(|_| Self::reserve(platform, new as u64, new, Some(maximum)))?;
        // SAFETY: both regions are accessible for at least `old` bytes.
        unsafe { moved.base.copy_from_nonoverlapping(self.base, old) };
        *self = moved;
        Ok(())
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: this is exactly what was reserved, and its owner goes away.
        unsafe { self.platform.release(self.base, self.reserved) };
    }
}

fn round_up(platform: &Arc<dyn Platform>, bytes: usize) -> Option<usize> {
    bytes.checked_next_multiple_of(platform.page_size())
}
