//! `struct stat` and `struct statfs`.

use super::{Encoder, saturate_i32, saturate_u32};
use crate::errno::Errno;
use crate::guest::{GuestMemory, Plain};

/// The kernel's `struct stat` on x86-64.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy, Default)]
#[repr(C)]
#[allow(missing_docs)]
pub(crate) struct KernelStat {
    pub dev: u64,
    pub ino: u64,
    pub nlink: u64,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pad: u32,
    pub rdev: u64,
    pub size: i64,
    pub blksize: u64,
    pub blocks: u64,
    pub atime: [i64; 2],
    pub mtime: [i64; 2],
    pub ctime: [i64; 2],
    unused: [u64; 3],
}

/// The kernel's `struct stat` on machines other than x86-64.
#[cfg(not(target_arch = "x86_64"))]
#[derive(Clone, Copy, Default)]
#[repr(C)]
#[allow(missing_docs)]
pub struct KernelStat {
    pub dev: u64,
    pub ino: u64,
    pub mode: u32,
    pub nlink: u32,
    pub uid: u32,
    pub gid: u32,
    pub rdev: u64,
    pad: u64,
    pub size: i64,
    pub blksize: u32,
    pad2: u32,
    pub blocks: u64,
    pub atime: [i64; 2],
    pub mtime: [i64; 2],
    pub ctime: [i64; 2],
    unused: [u32; 2],
}

// SAFETY: numbers only, without implicit padding.
unsafe impl Plain for KernelStat {}

/// File type bits of a mode.
pub(crate) const S_IFMT: u32 = 0o170000;

impl KernelStat {
    /// Number of links.
    #[allow(clippy::unnecessary_cast, reason = "the width depends on the machine")]
    pub(crate) fn links(&self) -> u64 {
        self.nlink as u64
    }

    /// Preferred size of a transfer.
    #[allow(clippy::unnecessary_cast, reason = "the width depends on the machine")]
    fn block_size(&self) -> u64 {
        self.blksize as u64
    }

    /// Writes it as the guest's `struct stat`: 96 bytes with 64-bit times, 88
    /// before.
    ///
    /// # Errors
    /// `EFAULT` outside of memory.
    pub(crate) fn store(
        &self,
        memory: GuestMemory<'_>,
        at: u64,
        time64: bool,
    ) -> Result<(), Errno> {
        if time64 {
            let to = memory.slice(at, 96)?;
            let mut e = Encoder::<96>::new();
            e.u32(0, self.dev as u32)
                .u32(4, self.mode)
                .u32(8, saturate_u32(self.links()))
                .u32(12, self.uid)
                .u32(16, self.gid)
                .u32(20, self.rdev as u32)
                .u64(24, self.size as u64)
                .u32(32, saturate_u32(self.block_size()))
                .u32(36, saturate_u32(self.blocks))
                .u64(88, self.ino);
            for (offset, time) in [(40, self.atime), (56, self.mtime), (72, self.ctime)] {
                e.u64(offset, time[0] as u64)
                    .u32(offset + 8, time[1] as u32);
            }
            to.write(&e.0);
        } else {
            let to = memory.slice(at, 88)?;
            let mut e = Encoder::<88>::new();
            e.u32(0, self.dev as u32)
                .u32(8, self.ino as u32)
                .u32(12, self.mode)
                .u32(16, saturate_u32(self.links()))
                .u32(20, self.uid)
                .u32(24, self.gid)
                .u32(28, self.rdev as u32)
                .u64(40, self.size as u64)
                .u32(48, saturate_u32(self.block_size()))
                .u32(52, saturate_u32(self.blocks))
                .u64(80, self.ino);
            for (offset, time) in [(56, self.atime), (64, self.mtime), (72, self.ctime)] {
                e.u32(offset, saturate_i32(time[0]) as u32)
                    .u32(offset + 4, time[1] as u32);
            }
            to.write(&e.0);
        }
        Ok(())
    }
}

/// The kernel's `struct statfs`.
#[derive(Clone, Copy, Default)]
#[repr(C)]
#[allow(missing_docs)]
pub(crate) struct KernelStatfs {
    pub kind: i64,
    pub bsize: i64,
    pub blocks: u64,
    pub bfree: u64,
    pub bavail: u64,
    pub files: u64,
    pub ffree: u64,
    pub fsid: [u32; 2],
    pub namelen: i64,
    pub frsize: i64,
    pub flags: i64,
    spare: [i64; 4],
}

// SAFETY: numbers only, without implicit padding.
unsafe impl Plain for KernelStatfs {}

impl KernelStatfs {
    /// Writes it as the guest's `struct statfs`, whose size the guest states:
    /// 88 bytes with 64-bit counts, 64 before 4.0.
    ///
    /// # Errors
    /// `EINVAL` for another size, `EFAULT` outside of memory.
    pub(crate) fn store(&self, memory: GuestMemory<'_>, at: u64, size: u64) -> Result<(), Errno> {
        let counts = [self.blocks, self.bfree, self.bavail, self.files, self.ffree];
        let to = memory.slice(at, size)?;
        let tail = |offset: usize, bytes: &mut [u8]| {
            let words = [
                self.fsid[0],
                self.fsid[1],
                self.namelen as u32,
                self.frsize as u32,
                self.flags as u32,
            ];
            for (i, word) in words.into_iter().enumerate() {
                bytes[offset + 4 * i..][..4].copy_from_slice(&word.to_le_bytes());
            }
        };
        match size {
            88 => {
                let mut e = Encoder::<88>::new();
                e.u32(0, self.kind as u32).u32(4, self.bsize as u32);
                for (i, count) in counts.into_iter().enumerate() {
                    e.u64(8 + 8 * i, count);
                }
                tail(48, &mut e.0);
                to.write(&e.0);
            }
            64 => {
                let mut e = Encoder::<64>::new();
                e.u32(0, self.kind as u32).u32(4, self.bsize as u32);
                for (i, count) in counts.into_iter().enumerate() {
                    e.u32(8 + 4 * i, saturate_u32(count));
                }
                tail(28, &mut e.0);
                to.write(&e.0);
            }
            _ => return Err(Errno::EINVAL),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::mem::size_of;

    fn stored(f: impl FnOnce(GuestMemory<'_>)) -> [u8; 128] {
        let mut bytes = [0xaa; 128];
        // SAFETY: `bytes` outlives the call and is not used meanwhile.
        f(unsafe { GuestMemory::new(bytes.as_mut_ptr(), bytes.len()) });
        bytes
    }

    fn word(bytes: &[u8], offset: usize) -> u32 {
        u32::from_le_bytes(bytes[offset..offset + 4].try_into().unwrap())
    }

    #[test]
    fn kernel_sizes() {
        let expected = if cfg!(target_arch = "x86_64") {
            144
        } else {
            128
        };
        assert_eq!(size_of::<KernelStat>(), expected);
        assert_eq!(size_of::<KernelStatfs>(), 120);
    }

    #[test]
    fn both_layouts_of_stat() {
        let stat = KernelStat {
            ino: 0x1_0000_0002,
            mode: 0o100644,
            size: 5_000_000_000,
            mtime: [1 << 33, 5],
            ..KernelStat::default()
        };
        let new = stored(|memory| stat.store(memory, 0, true).unwrap());
        assert_eq!(word(&new, 4), 0o100644);
        assert_eq!(new[24..32], 5_000_000_000u64.to_le_bytes());
        assert_eq!(new[56..64], (1u64 << 33).to_le_bytes());
        assert_eq!(new[88..96], 0x1_0000_0002u64.to_le_bytes());
        assert_eq!(new[96], 0xaa);
        let old = stored(|memory| stat.store(memory, 0, false).unwrap());
        assert_eq!(word(&old, 12), 0o100644);
        assert_eq!(word(&old, 64), i32::MAX as u32);
        assert_eq!(word(&old, 68), 5);
        assert_eq!(old[88], 0xaa);
    }

    #[test]
    fn both_layouts_of_statfs() {
        let statfs = KernelStatfs {
            kind: 0xef53,
            bsize: 4096,
            blocks: 1 << 40,
            namelen: 255,
            ..KernelStatfs::default()
        };
        let new = stored(|memory| statfs.store(memory, 0, 88).unwrap());
        assert_eq!((word(&new, 0), word(&new, 56)), (0xef53, 255));
        let old = stored(|memory| statfs.store(memory, 0, 64).unwrap());
        assert_eq!((word(&old, 8), word(&old, 36)), (u32::MAX, 255));
        stored(|memory| assert_eq!(statfs.store(memory, 0, 65), Err(Errno::EINVAL)));
    }
}
