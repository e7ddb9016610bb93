//! Structures as guests have them, which differ between versions of Emscripten,
//! and as the kernel has them on a 64-bit machine.
//!
//! Structures that are the same on both sides are not here: `pollfd`, `fd_set`,
//! `winsize`, `termios`, `rlimit`, `flock`, `utsname`, `dirent` and all socket
//! addresses pass between guest and kernel unseen.

pub(crate) mod message;
pub(crate) mod siginfo;
pub(crate) mod stat;
pub(crate) mod time;
pub(crate) mod usage;

/// Builds a guest structure field by field.
pub(crate) struct Encoder<const N: usize>(pub [u8; N]);

impl<const N: usize> Encoder<N> {
    /// All bytes zero.
    pub(crate) const fn new() -> Self {
        Self([0; N])
    }

    /// Sets a field.
    pub(crate) fn put<const S: usize>(&mut self, offset: usize, bytes: [u8; S]) -> &mut Self {
        self.0[offset..offset + S].copy_from_slice(&bytes);
        self
    }

    /// Sets a 32-bit field.
    pub(crate) fn u32(&mut self, offset: usize, value: u32) -> &mut Self {
        self.put(offset, value.to_le_bytes())
    }

    /// Sets a 64-bit field.
    pub(crate) fn u64(&mut self, offset: usize, value: u64) -> &mut Self {
        self.put(offset, value.to_le_bytes())
    }
}

/// A value that a 32-bit field cannot hold becomes the nearest one.
pub(crate) fn saturate_i32(value: i64) -> i32 {
    value.clamp(i32::MIN as i64, i32::MAX as i64) as i32
}

/// A value that a 32-bit field cannot hold becomes the largest one.
pub(crate) fn saturate_u32(value: u64) -> u32 {
    value.min(u32::MAX as u64) as u32
}
