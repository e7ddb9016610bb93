//! Room in the arena for code.

use crate::cache;
use crate::platform::PAGE;
use crate::sys;

/// Pages of the arena that a user has.
pub(crate) struct Room {
    account: *mut sys::Account,
    start: usize,
    bytes: usize,
}

// SAFETY: a number of the arena's and of an account, which exists as long as it has
// room. Both are counted under locks.
unsafe impl Send for Room {}
// SAFETY: as above.
unsafe impl Sync for Room {}

impl Room {
    /// At least so many bytes, whole pages. Kept code that nobody runs gives way: the
    /// user's own, where the user's limit is reached, and anybody's, where the arena is
    /// full.
    ///
    /// # Safety
    /// The account must be one that has a context.
    pub(crate) unsafe fn new(account: *mut sys::Account, bytes: usize) -> Option<Self> {
        let bytes = bytes.checked_next_multiple_of(PAGE)?;
        // SAFETY: the caller vouches for the account.
        while !unsafe { sys::wj_take_code(account, bytes) } {
            if !cache::give_way(Some(account)) {
                return None;
            }
        }
        loop {
            let start = sys::wj_code_alloc(bytes);
            if start != 0 {
                return Some(Self {
                    account,
                    start,
                    bytes,
                });
            }
            if !cache::give_way(None) {
                // SAFETY: so much was taken.
                unsafe { sys::wj_return_code(account, bytes) };
                return None;
            }
        }
    }

    /// Where code runs.
    pub(crate) fn start(&self) -> usize {
        self.start
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // SAFETY: came from these functions. Nothing runs there: who runs it has it.
        unsafe {
            sys::wj_code_free(self.start, self.bytes);
            sys::wj_return_code(self.account, self.bytes);
        }
    }
}
