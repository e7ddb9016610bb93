//! Memory of the caller's that the kernel's functions read and write for its code.

use crate::context::Owner;
use crate::sys;

/// A mapping in the caller's address space. Nothing depends on it: the caller may change
/// or unmap it.
pub(crate) struct Mapping {
    owner: Owner,
    address: usize,
    bytes: usize,
}

impl Mapping {
    /// One of so many bytes in the calling task; `None` when there is no room.
    pub(crate) fn new(bytes: usize) -> Option<Self> {
        match sys::wj_map(bytes) {
            0 => None,
            address => Some(Self {
                owner: Owner::current(),
                address,
                bytes,
            }),
        }
    }

    pub(crate) fn address(&self) -> usize {
        self.address
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        if self.owner.has_current_memory() {
            sys::wj_unmap(self.address, self.bytes);
        }
    }
}
