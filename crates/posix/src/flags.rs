//! Flag values that differ between guests and some machines' kernels.
//!
//! Guests have the values of x86-64, which are the generic ones except for four
//! flags of `open` that ARM has its own numbers for.

/// `O_CREAT`
pub(crate) const O_CREAT: i32 = 0o100;
/// `O_EXCL`
pub(crate) const O_EXCL: i32 = 0o200;
/// `O_TRUNC`
pub(crate) const O_TRUNC: i32 = 0o1000;
/// `O_APPEND`
pub(crate) const O_APPEND: i32 = 0o2000;
/// `O_NONBLOCK`
pub(crate) const O_NONBLOCK: i32 = 0o4000;
/// `O_DSYNC`
pub(crate) const O_DSYNC: i32 = 0o10000;
/// `O_SYNC`
pub(crate) const O_SYNC: i32 = 0o4010000;
/// `O_DIRECTORY`
pub(crate) const O_DIRECTORY: i32 = 0o200000;
/// `O_NOFOLLOW`
pub(crate) const O_NOFOLLOW: i32 = 0o400000;
/// `O_CLOEXEC`
pub(crate) const O_CLOEXEC: i32 = 0o2000000;
/// `O_PATH`
pub(crate) const O_PATH: i32 = 0o10000000;
/// The bit of `O_TMPFILE` that is its own.
pub(crate) const O_TMPFILE_BIT: i32 = 0o20000000;

/// `AT_FDCWD`
pub(crate) const AT_FDCWD: i32 = -100;
/// `AT_SYMLINK_NOFOLLOW`
pub(crate) const AT_SYMLINK_NOFOLLOW: i32 = 0x100;
/// `AT_REMOVEDIR`
pub(crate) const AT_REMOVEDIR: i32 = 0x200;
/// `AT_EACCESS`
pub(crate) const AT_EACCESS: i32 = 0x200;
/// `AT_SYMLINK_FOLLOW`
pub(crate) const AT_SYMLINK_FOLLOW: i32 = 0x400;
/// `AT_EMPTY_PATH`
pub(crate) const AT_EMPTY_PATH: i32 = 0x1000;

/// Guest and ARM values of O_DIRECT, O_LARGEFILE, O_DIRECTORY and O_NOFOLLOW.
const ARM: [(i32, i32); 4] = [
    (0o40000, 0o200000),
    (0o100000, 0o400000),
    (0o200000, 0o40000),
    (0o400000, 0o100000),
];

/// Flags of `open` for the kernel.
pub(crate) fn open_to_kernel(flags: i32) -> i32 {
    if cfg!(any(target_arch = "aarch64", target_arch = "arm")) {
        exchange(flags, ARM)
    } else {
        flags
    }
}

/// Flags of an open file for the guest.
pub(crate) fn open_to_guest(flags: i32) -> i32 {
    if cfg!(any(target_arch = "aarch64", target_arch = "arm")) {
        exchange(flags, ARM.map(|(guest, arm)| (arm, guest)))
    } else {
        flags
    }
}

fn exchange(flags: i32, pairs: [(i32, i32); 4]) -> i32 {
    let all = pairs.iter().fold(0, |all, (from, _)| all | from);
    pairs.iter().fold(flags & !all, |result, &(from, to)| {
        if flags & from != 0 {
            result | to
        } else {
            result
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arm_and_back() {
        let flags = O_CREAT | O_DIRECTORY | 0o100000;
        let arm = exchange(flags, ARM);
        assert_eq!(arm, O_CREAT | 0o40000 | 0o400000);
        assert_eq!(exchange(arm, ARM.map(|(a, b)| (b, a))), flags);
    }
}
