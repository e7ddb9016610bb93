//! Entries of directories, and directories that are open from the start.

use super::descriptors::{host, preopened};
use super::types::FileType;
use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::guest::GuestPtr;
use crate::handler::{Size, WasiResult};
use crate::layout::Encoder;
use crate::scratch::Slots;
use crate::sys::Sys;

/// `fd_prestat_get(descriptor, description)`
pub(crate) fn prestat_get(ctx: &mut Ctx<'_, '_>, fd: i32, to: GuestPtr<[u32; 2]>) -> WasiResult {
    const DIRECTORY: u32 = 0;
    let name = preopened(ctx, fd)?;
    Ok(ctx.memory().write(to, [DIRECTORY, name.len() as u32])?)
}

/// `fd_prestat_dir_name(descriptor, name, length)`
pub(crate) fn prestat_dir_name(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    to: GuestPtr<u8>,
    length: Size,
) -> WasiResult {
    let name = preopened(ctx, fd)?;
    if length.0 < name.len() as u64 {
        return Err(Errno::ENAMETOOLONG.into());
    }
    ctx.memory()
        .slice(to.address(), name.len() as u64)?
        .write(name);
    Ok(())
}

/// Bytes of the kernel's entries fetched at once.
const CHUNK: usize = 8192;

/// Bytes before the name in the kernel's entries: inode, position of the next,
/// length, type.
const KERNEL_HEAD: usize = 19;

/// Bytes before the name in a guest's.
const GUEST_HEAD: usize = 24;

/// `fd_readdir(descriptor, buffer, size, position, used)`: as many entries as
/// fit, the last perhaps in part.
pub(crate) fn readdir(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    to: GuestPtr<u8>,
    size: Size,
    position: i64,
    used: GuestPtr<u32>,
) -> WasiResult {
    const SEEK_SET: i32 = 0;
    let memory = ctx.memory();
    let fd = host(ctx, fd)?;
    let room = memory.slice(to.address(), size.0)?;
    let used = memory.place(used)?;
    ctx.call(Sys::LSEEK, (fd, position, SEEK_SET))?;
    let frame = ctx.scratch();
    let entries = frame.array::<u8>(CHUNK)?;
    let mut filled = 0;
    'fill: while filled < room.len() {
        let length = ctx.call(Sys::GETDENTS64, (fd, entries.address(), CHUNK as u64))? as usize;
        if length == 0 {
            break;
        }
        let mut at = 0;
        while let Some(entry) = Entry::read(entries, at, length) {
            filled += room.from(filled).write(&entry.head());
            filled += room.from(filled).write(entry.name());
            if filled == room.len() {
                break 'fill;
            }
            at += entry.length;
        }
    }
    used.store(filled as u32);
    Ok(())
}

struct Entry {
    inode: u64,
    next: u64,
    length: usize,
    kind: u8,
    name: [u8; 256],
    name_length: usize,
}

impl Entry {
    /// The entry at `at` of the kernel's; `None` after the last.
    fn read(entries: Slots<'_, u8>, at: usize, end: usize) -> Option<Self> {
        let end = end.min(entries.len());
        if at + KERNEL_HEAD > end {
            return None;
        }
        let number = |offset: usize, bytes: usize| {
            (0..bytes).fold(0u64, |n, i| {
                n | (entries.get(at + offset + i) as u64) << (8 * i)
            })
        };
        let length = number(16, 2) as usize;
        if length < KERNEL_HEAD || at + length > end {
            return None;
        }
        let mut name = [0; 256];
        let mut name_length = 0;
        for (to, from) in name.iter_mut().zip(at + KERNEL_HEAD..at + length) {
            *to = entries.get(from);
            if *to == 0 {
                break;
            }
            name_length += 1;
        }
        Some(Self {
            inode: number(0, 8),
            next: number(8, 8),
            length,
            kind: entries.get(at + 18),
            name,
            name_length,
        })
    }

    fn head(&self) -> [u8; GUEST_HEAD] {
        let mut e = Encoder::<GUEST_HEAD>::new();
        e.u64(0, self.next)
            .u64(8, self.inode)
            .u32(16, self.name_length as u32)
            .put(20, [FileType::of_entry(self.kind) as u8]);
        e.0
    }

    fn name(&self) -> &[u8] {
        &self.name[..self.name_length]
    }
}
