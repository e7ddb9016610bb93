//! Structures and flags of WASI, and their counterparts on Linux.

use crate::errno::Errno;
use crate::flags::{O_APPEND, O_CREAT, O_DIRECTORY, O_DSYNC, O_EXCL, O_NONBLOCK, O_SYNC, O_TRUNC};
use crate::guest::{GuestMemory, GuestPtr};
use crate::layout::Encoder;
use crate::layout::stat::{KernelStat, S_IFMT};
use crate::layout::time::KernelTime;

/// Nanoseconds of a second.
pub(crate) const SECOND: i64 = 1_000_000_000;

/// Kind of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum FileType {
    Unknown = 0,
    BlockDevice = 1,
    CharacterDevice = 2,
    Directory = 3,
    RegularFile = 4,
    SocketStream = 6,
    SymbolicLink = 7,
}

impl FileType {
    /// From a file's mode.
    pub(crate) fn of_mode(mode: u32) -> Self {
        match mode & S_IFMT {
            0o060000 => Self::BlockDevice,
            0o020000 => Self::CharacterDevice,
            0o040000 => Self::Directory,
            0o100000 => Self::RegularFile,
            0o140000 => Self::SocketStream,
            0o120000 => Self::SymbolicLink,
            _ => Self::Unknown,
        }
    }

    /// From the type in a directory's entry.
    pub(crate) fn of_entry(kind: u8) -> Self {
        Self::of_mode((kind as u32) << 12)
    }
}

/// Right to move the position of a file.
pub(crate) const RIGHT_SEEK: u64 = 1 << 2;
/// Right to ask for it.
pub(crate) const RIGHT_TELL: u64 = 1 << 5;
/// Every right.
pub(crate) const RIGHTS_ALL: u64 = (1 << 30) - 1;

/// Rights that need a file open for reading.
const RIGHTS_READ: u64 = 1 << 1 | 1 << 14;
/// Rights that need a file open for writing.
const RIGHTS_WRITE: u64 = 1 << 6 | 1 << 8 | 1 << 22;

/// Flags of `open` for what a program asks for.
pub(crate) fn open_flags(oflags: u32, rights: u64, fdflags: u32) -> i32 {
    const RDONLY: i32 = 0;
    const WRONLY: i32 = 1;
    const RDWR: i32 = 2;
    let access = match (rights & RIGHTS_READ != 0, rights & RIGHTS_WRITE != 0) {
        (true, true) => RDWR,
        (false, true) => WRONLY,
        _ => RDONLY,
    };
    let directory = oflags & 2 != 0;
    let mut flags = if directory { RDONLY } else { access };
    for (bit, flag) in [(1, O_CREAT), (2, O_DIRECTORY), (4, O_EXCL), (8, O_TRUNC)] {
        if oflags & bit != 0 {
            flags |= flag;
        }
    }
    flags | descriptor_flags(fdflags)
}

const FDFLAGS: [(u32, i32); 5] = [
    (1, O_APPEND),
    (2, O_DSYNC),
    (4, O_NONBLOCK),
    (8, O_SYNC),
    (16, O_SYNC),
];

/// Flags of an open file for the kernel.
pub(crate) fn descriptor_flags(fdflags: u32) -> i32 {
    FDFLAGS
        .iter()
        .filter(|(bit, _)| fdflags & bit != 0)
        .fold(0, |flags, (_, flag)| flags | flag)
}

/// Flags of an open file for the guest.
pub(crate) fn descriptor_flags_to_guest(flags: i32) -> u16 {
    let mut guest = 0;
    for (bit, flag) in [(1, O_APPEND), (2, O_DSYNC), (4, O_NONBLOCK), (16, O_SYNC)] {
        if flags & flag == flag {
            guest |= bit;
        }
    }
    guest
}

/// A time in nanoseconds, as far as it fits.
pub(crate) fn nanoseconds([seconds, nanos]: KernelTime) -> u64 {
    seconds.saturating_mul(SECOND).saturating_add(nanos).max(0) as u64
}

/// Times for `utimensat`: which of four flags say what becomes of each.
pub(crate) fn set_times(
    access: u64,
    modification: u64,
    flags: u32,
) -> Result<[KernelTime; 2], Errno> {
    const NOW: i64 = 0x3fff_ffff;
    const OMIT: i64 = 0x3fff_fffe;
    let time = |value: u64, set: bool, now: bool| match (set, now) {
        (true, true) => Err(Errno::EINVAL),
        (true, false) => {
            let value = value.min(i64::MAX as u64) as i64;
            Ok([value / SECOND, value % SECOND])
        }
        (false, true) => Ok([0, NOW]),
        (false, false) => Ok([0, OMIT]),
    };
    Ok([
        time(access, flags & 1 != 0, flags & 2 != 0)?,
        time(modification, flags & 4 != 0, flags & 8 != 0)?,
    ])
}

/// Writes a `filestat`.
pub(crate) fn store_status(
    memory: GuestMemory<'_>,
    to: GuestPtr<u8>,
    status: &KernelStat,
) -> Result<(), Errno> {
    let mut e = Encoder::<64>::new();
    e.u64(0, status.dev)
        .u64(8, status.ino)
        .put(16, [FileType::of_mode(status.mode) as u8])
        .u64(24, status.links())
        .u64(32, status.size as u64)
        .u64(40, nanoseconds(status.atime))
        .u64(48, nanoseconds(status.mtime))
        .u64(56, nanoseconds(status.ctime));
    memory.write(to.cast(), e.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags() {
        assert_eq!(open_flags(0, RIGHTS_ALL, 0), 2);
        assert_eq!(open_flags(0, RIGHTS_READ, 0), 0);
        assert_eq!(
            open_flags(1 | 8, RIGHTS_WRITE, 1),
            1 | O_CREAT | O_TRUNC | O_APPEND
        );
        assert_eq!(open_flags(2, RIGHTS_ALL, 0), O_DIRECTORY);
        assert_eq!(descriptor_flags_to_guest(O_SYNC | O_APPEND), 1 | 2 | 16);
    }

    #[test]
    fn times() {
        assert_eq!(
            set_times(1_500_000_000, 0, 1 | 8),
            Ok([[1, 500_000_000], [0, 0x3fff_ffff]])
        );
        assert!(set_times(0, 0, 3).is_err());
        assert_eq!(nanoseconds([i64::MAX, 0]), i64::MAX as u64);
        assert_eq!(nanoseconds([-5, 0]), 0);
    }

    #[test]
    fn file_types() {
        assert_eq!(FileType::of_entry(8), FileType::RegularFile);
        assert_eq!(FileType::of_entry(4), FileType::Directory);
        assert_eq!(FileType::of_entry(255), FileType::Unknown);
    }
}
