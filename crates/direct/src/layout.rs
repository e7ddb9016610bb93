//! How structures of the kernel's become the guest's.

/// A field that is copied: from and to which offset, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Offset in the kernel's structure.
    pub from: u16,
    /// Offset in the guest's.
    pub to: u16,
    /// What it becomes.
    pub copy: Copying,
}

/// What becomes of a field. All but [`Copying::Word`] read 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copying {
    /// The same 32 bits.
    Word,
    /// The same 64 bits.
    Long,
    /// The lower 32 bits.
    Low,
    /// An unsigned number of 32 bits, the largest one if it does not fit.
    Unsigned,
    /// A signed number of 32 bits, the largest or smallest one if it does not fit.
    Signed,
    /// A thousandth, in 32 bits.
    Thousandth,
    /// Nothing is read: 32 bits of zeros.
    Zero,
}

const fn field(from: u16, to: u16, copy: Copying) -> Field {
    Field { from, to, copy }
}

use Copying::{Long, Low, Signed, Thousandth, Unsigned, Word, Zero};

/// Bytes of the kernel's `struct stat`.
pub const STATUS: u32 = 144;

/// Bytes that either of the guest's `struct stat` fits into.
pub const GUEST_STATUS: u32 = 96;

/// `struct stat` of guests whose `time_t` has 64 bits.
pub static STATUS_TIME64: &[Field] = &[
    field(0, 0, Low),
    field(24, 4, Word),
    field(16, 8, Unsigned),
    field(28, 12, Word),
    field(32, 16, Word),
    field(40, 20, Low),
    field(48, 24, Long),
    field(56, 32, Unsigned),
    field(64, 36, Unsigned),
    field(72, 40, Long),
    field(80, 48, Long),
    field(88, 56, Long),
    field(96, 64, Long),
    field(104, 72, Long),
    field(112, 80, Long),
    field(8, 88, Long),
];

/// `struct stat` of guests whose `time_t` has 32 bits.
pub static STATUS_TIME32: &[Field] = &[
    field(0, 0, Low),
    field(0, 4, Zero),
    field(8, 8, Low),
    field(24, 12, Word),
    field(16, 16, Unsigned),
    field(28, 20, Word),
    field(32, 24, Word),
    field(40, 28, Low),
    field(0, 32, Zero),
    field(0, 36, Zero),
    field(48, 40, Long),
    field(56, 48, Unsigned),
    field(64, 52, Unsigned),
    field(72, 56, Signed),
    field(80, 60, Low),
    field(88, 64, Signed),
    field(96, 68, Low),
    field(104, 72, Signed),
    field(112, 76, Low),
    field(8, 80, Long),
];

/// Bytes of the kernel's `struct epoll_event`, and of the guest's, which has padding.
pub const KERNEL_EVENT: u32 = 12;
/// See [`KERNEL_EVENT`].
pub const GUEST_EVENT: u32 = 16;

/// Bytes of the kernel's `struct timespec`.
pub const TIME: u32 = 16;

/// `struct timespec` of guests whose `time_t` has 64 bits: its second field has 32, and
/// padding behind it.
pub static TIMESPEC64: &[Field] = &[field(0, 0, Long), field(8, 8, Long)];

/// `struct timespec` of guests whose `time_t` has 32 bits.
pub static TIMESPEC32: &[Field] = &[field(0, 0, Signed), field(8, 4, Low)];

/// `struct timeval` of the same, from a `struct timespec`.
pub static TIMEVAL32: &[Field] = &[field(0, 0, Signed), field(8, 4, Thousandth)];
