//! `struct rusage` and `struct sysinfo`.

use super::time::{KernelTime, time_size, write_time};
use super::{Encoder, saturate_u32};
use crate::errno::Errno;
use crate::guest::{GuestMemory, GuestPtr, Plain};

/// The kernel's `struct rusage`.
#[derive(Clone, Copy, Default)]
#[repr(C)]
#[allow(missing_docs)]
pub(crate) struct KernelUsage {
    pub user: KernelTime,
    pub system: KernelTime,
    /// From `ru_maxrss` to `ru_nivcsw`.
    pub counts: [i64; 14],
}

// SAFETY: numbers only, without padding.
unsafe impl Plain for KernelUsage {}

impl KernelUsage {
    /// Bytes of the guest's `struct rusage`.
    pub(crate) fn guest_size(time64: bool) -> u64 {
        2 * time_size(time64) + 14 * 4
    }

    /// Writes it as the guest's `struct rusage`.
    ///
    /// # Errors
    /// `EFAULT` outside of memory.
    pub(crate) fn store(
        &self,
        memory: GuestMemory<'_>,
        at: u64,
        time64: bool,
    ) -> Result<(), Errno> {
        write_time(memory, at, time64, self.user)?;
        let system = at.wrapping_add(time_size(time64));
        write_time(memory, system, time64, self.system)?;
        let counts = system.wrapping_add(time_size(time64));
        memory.write(
            GuestPtr::new(counts),
            self.counts.map(|count| saturate_u32(count.max(0) as u64)),
        )
    }
}

/// The kernel's `struct sysinfo`.
#[derive(Clone, Copy, Default)]
#[repr(C)]
#[allow(missing_docs)]
pub(crate) struct KernelSysinfo {
    pub uptime: i64,
    pub loads: [u64; 3],
    /// Memory: total, free, shared, buffers, swap total, swap free.
    pub memory: [u64; 6],
    pub procs: u16,
    pad: [u16; 3],
    pub high: [u64; 2],
    pub unit: u32,
    pad2: u32,
}

// SAFETY: numbers only, without implicit padding.
unsafe impl Plain for KernelSysinfo {}

impl KernelSysinfo {
    /// The guest's `struct sysinfo`: sizes in a unit in which they fit 32 bits.
    pub(crate) fn encode(&self) -> [u8; 312] {
        let mut unit = self.unit.max(1) as u64;
        let largest = self.memory.iter().chain(&self.high).max().copied();
        let mut shift = 0;
        while largest.unwrap_or(0) >> shift > u32::MAX as u64 {
            shift += 1;
            unit *= 2;
        }
        let mut e = Encoder::<312>::new();
        e.u32(0, self.uptime as u32);
        for (i, load) in self.loads.into_iter().enumerate() {
            e.u32(4 + 4 * i, load as u32);
        }
        for (i, size) in self.memory.into_iter().enumerate() {
            e.u32(16 + 4 * i, (size >> shift) as u32);
        }
        e.put(40, self.procs.to_le_bytes());
        for (i, size) in self.high.into_iter().enumerate() {
            e.u32(44 + 4 * i, (size >> shift) as u32);
        }
        e.u32(52, unit as u32);
        e.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::mem::size_of;

    #[test]
    fn kernel_sizes() {
        assert_eq!(size_of::<KernelUsage>(), 144);
        assert_eq!(size_of::<KernelSysinfo>(), 112);
    }

    #[test]
    fn big_machines_scale_the_unit() {
        let info = KernelSysinfo {
            memory: [64 << 30, 0, 0, 0, 0, 0],
            unit: 1,
            ..KernelSysinfo::default()
        };
        let bytes = info.encode();
        let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
        assert_eq!(word(16) as u64 * word(52) as u64, 64 << 30);
    }
}
