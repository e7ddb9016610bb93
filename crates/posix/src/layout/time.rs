//! `struct timespec`, `timeval`, `itimerval`, `tm`.

use super::{Encoder, saturate_i32};
use crate::errno::Errno;
use crate::guest::{GuestMemory, GuestPtr};

/// Seconds and a fraction (nanoseconds or microseconds), as the kernel has
/// `timespec` and `timeval`.
pub(crate) type KernelTime = [i64; 2];

/// Bytes of a guest's `timespec` or `timeval`.
pub(crate) const fn time_size(time64: bool) -> u64 {
    if time64 { 16 } else { 8 }
}

/// Reads a `timespec` or `timeval`: seconds of 64 or 32 bits, then 32 bits of
/// fraction.
///
/// # Errors
/// `EFAULT` outside of memory.
pub(crate) fn read_time(
    memory: GuestMemory<'_>,
    at: u64,
    time64: bool,
) -> Result<KernelTime, Errno> {
    Ok(if time64 {
        [
            memory.read(GuestPtr::<i64>::new(at))?,
            memory.read(GuestPtr::<i32>::new(at.wrapping_add(8)))? as i64,
        ]
    } else {
        memory
            .read(GuestPtr::<[i32; 2]>::new(at))?
            .map(|word| word as i64)
    })
}

/// The same, or nothing for a null pointer.
///
/// # Errors
/// As [`read_time`].
pub(crate) fn read_time_if_any(
    memory: GuestMemory<'_>,
    at: GuestPtr<u8>,
    time64: bool,
) -> Result<Option<KernelTime>, Errno> {
    let read = || read_time(memory, at.address(), time64);
    (!at.is_null()).then(read).transpose()
}

/// Writes a `timespec` or `timeval`.
///
/// # Errors
/// `EFAULT` outside of memory.
pub(crate) fn write_time(
    memory: GuestMemory<'_>,
    at: u64,
    time64: bool,
    time: KernelTime,
) -> Result<(), Errno> {
    if time64 {
        memory.write(GuestPtr::new(at), time)
    } else {
        memory.write(GuestPtr::new(at), [saturate_i32(time[0]), time[1] as i32])
    }
}

/// Broken-down time: `struct tm` without its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs)]
pub(crate) struct Tm {
    pub sec: i32,
    pub min: i32,
    pub hour: i32,
    pub mday: i32,
    pub mon: i32,
    pub year: i32,
    pub wday: i32,
    pub yday: i32,
    pub isdst: i32,
    pub gmtoff: i32,
}

/// Bytes of a guest's `struct tm` before its `tm_zone`.
const TM_FIELDS: u64 = 40;

impl Tm {
    /// Reads a guest's `struct tm`.
    ///
    /// # Errors
    /// `EFAULT` outside of memory.
    pub(crate) fn load(memory: GuestMemory<'_>, at: GuestPtr<Tm>) -> Result<Self, Errno> {
        let [sec, min, hour, mday, mon, year, wday, yday, isdst, gmtoff] =
            memory.read(at.cast::<[i32; 10]>())?;
        Ok(Self {
            sec,
            min,
            hour,
            mday,
            mon,
            year,
            wday,
            yday,
            isdst,
            gmtoff,
        })
    }

    /// Writes a guest's `struct tm`, all but its `tm_zone`.
    ///
    /// # Errors
    /// `EFAULT` outside of memory.
    pub(crate) fn store(&self, memory: GuestMemory<'_>, at: GuestPtr<Tm>) -> Result<(), Errno> {
        let fields = [
            self.sec,
            self.min,
            self.hour,
            self.mday,
            self.mon,
            self.year,
            self.wday,
            self.yday,
            self.isdst,
            self.gmtoff,
        ];
        memory.write(at.cast::<[i32; 10]>(), fields)
    }

    /// Address of the pointer to the zone's name.
    pub(crate) const fn zone(at: GuestPtr<Tm>) -> GuestPtr<u32> {
        GuestPtr::new(at.address().wrapping_add(TM_FIELDS))
    }
}

/// Writes an `itimerval`: interval, then time to go.
///
/// # Errors
/// `EFAULT` outside of memory.
pub(crate) fn write_itimer(
    memory: GuestMemory<'_>,
    at: u64,
    time64: bool,
    value: [KernelTime; 2],
) -> Result<(), Errno> {
    write_time(memory, at, time64, value[0])?;
    write_time(memory, at.wrapping_add(time_size(time64)), time64, value[1])
}

/// Reads an `itimerval`.
///
/// # Errors
/// `EFAULT` outside of memory.
pub(crate) fn read_itimer(
    memory: GuestMemory<'_>,
    at: u64,
    time64: bool,
) -> Result<[KernelTime; 2], Errno> {
    let second = at.wrapping_add(time_size(time64));
    Ok([
        read_time(memory, at, time64)?,
        read_time(memory, second, time64)?,
    ])
}

/// A guest's `struct tms` from the kernel's.
pub(crate) fn encode_tms(kernel: [i64; 4]) -> [u8; 16] {
    let mut e = Encoder::<16>::new();
    for (i, ticks) in kernel.into_iter().enumerate() {
        e.u32(4 * i, ticks as u32);
    }
    e.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_both_eras() {
        let mut bytes = [0xff; 32];
        // SAFETY: `bytes` outlives `memory` and is not used meanwhile.
        let memory = unsafe { GuestMemory::new(bytes.as_mut_ptr(), bytes.len()) };
        write_time(memory, 0, true, [-1, 999]).unwrap();
        // The upper half of a guest's fraction is padding that may hold anything.
        memory.write(GuestPtr::new(12), u32::MAX).unwrap();
        assert_eq!(read_time(memory, 0, true), Ok([-1, 999]));
        write_time(memory, 16, false, [1 << 40, 7]).unwrap();
        assert_eq!(read_time(memory, 16, false), Ok([i32::MAX as i64, 7]));
        assert_eq!(read_time(memory, 24, true), Err(Errno::EFAULT));
    }
}
