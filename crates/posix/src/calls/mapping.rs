//! Mappings of files.
//!
//! A shared mapping lies in memory from the guest's allocator, whose pages the host
//! replaces by those of the file. Where that is not possible, and for private
//! mappings, it is a copy; what a shared one changes is then written back when the
//! guest asks for it, when it ends the mapping, and when the program ends.

use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::guest::{GuestPtr, GuestSlice};
use crate::handler::{Size, Stop, SysResult};
pub(crate) use crate::kernel::Pages;
use crate::kernel::Rights;
use crate::sys::Sys;
use alloc::vec::Vec;
use core::ptr::NonNull;

const PROT_READ: i32 = 1;
const PROT_WRITE: i32 = 2;
const MAP_SHARED: i32 = 1;
const MAP_PRIVATE: i32 = 2;
const MAP_TYPE: i32 = 15;
const MAP_SHARED_VALIDATE: i32 = 3;
const MAP_FIXED: i32 = 16;
const MAP_ANONYMOUS: i32 = 32;

/// Bytes to which mappings are aligned: pages of the guest, and a multiple of any
/// host's.
const ALIGNMENT: u64 = 64 << 10;

/// Descriptors of the host's own start here, out of the way of the guest's.
const OWN_DESCRIPTORS: i32 = 512;

/// A mapping that the host has to know of until it ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mapping {
    start: u64,
    length: u64,
    kind: Kind,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    /// The pages are the file's.
    Shared,
    /// The pages are those of a segment of System V.
    Segment,
    /// A copy whose changes belong into a file.
    Copied(File),
}

/// Where a copy comes from.
#[derive(Debug, Clone, Copy)]
struct File {
    /// The host's own descriptor.
    fd: i32,
    offset: i64,
}

impl Mapping {
    fn overlaps(&self, start: u64, length: u64) -> bool {
        // Both lie in memory, so that no sum overflows.
        self.start < start + length && start < self.start + self.length
    }
}

/// The shared mappings of a process.
pub(crate) type Mappings = Vec<Mapping>;

/// `_mmap_js(length, protection, flags, descriptor, offset, allocated, address)`
#[allow(clippy::too_many_arguments)]
pub(crate) fn mmap(
    ctx: &mut Ctx<'_, '_>,
    length: Size,
    protection: i32,
    flags: i32,
    fd: i32,
    offset: i64,
    allocated: GuestPtr<i32>,
    address: GuestPtr<u8>,
) -> SysResult {
    let memory = ctx.memory();
    memory.place(allocated)?;
    memory.host(address, ctx.pointer_size())?;
    let start = map(ctx, length.0, protection, flags, fd, offset)?;
    ctx.memory().write(allocated, 1)?;
    ctx.write_word(address.address(), start)?;
    Ok(0)
}

/// `_mmap_js(address, length, protection, flags, descriptor, offset, allocated)`
#[allow(clippy::too_many_arguments)]
pub(crate) fn mmap_old(
    ctx: &mut Ctx<'_, '_>,
    _address: GuestPtr<u8>,
    length: Size,
    protection: i32,
    flags: i32,
    fd: i32,
    offset: u32,
    allocated: GuestPtr<i32>,
) -> SysResult {
    ctx.memory().place(allocated)?;
    let start = map(ctx, length.0, protection, flags, fd, offset as i64)?;
    ctx.memory().write(allocated, 1)?;
    Ok(start)
}

/// A part of a file to be mapped.
struct Wanted {
    length: u64,
    protection: i32,
    shared: bool,
    fd: i32,
    offset: i64,
    /// How the file is open.
    access: u64,
}

impl Wanted {
    const READ_WRITE: u64 = 2;

    /// Checks what is asked for, as far as that can be done before.
    fn new(
        ctx: &Ctx<'_, '_>,
        length: u64,
        protection: i32,
        flags: i32,
        fd: i32,
        offset: i64,
    ) -> Result<Self, Errno> {
        const F_GETFL: i32 = 3;
        const ACCESS: u64 = 3;
        const WRITE_ONLY: u64 = 1;
        let shared = is_shared(flags)?;
        if length == 0 || offset < 0 || offset % 4096 != 0 {
            return Err(Errno::EINVAL);
        }
        let access = ctx.call(Sys::FCNTL, (fd, F_GETFL))? & ACCESS;
        let wanted = Self {
            length,
            protection,
            shared,
            fd,
            offset,
            access,
        };
        if access == WRITE_ONLY || (wanted.writes_back() && access != Self::READ_WRITE) {
            return Err(Errno::EACCES);
        }
        Ok(wanted)
    }

    fn writes_back(&self) -> bool {
        self.shared && self.protection & PROT_WRITE != 0
    }

    /// Puts the file's pages, or a copy of them, in the place of memory that the guest
    /// has set aside, whole pages of its own.
    fn put(&self, ctx: &Ctx<'_, '_>, start: u64) -> Result<(), Errno> {
        let &Self {
            length, fd, offset, ..
        } = self;
        let rounded = length
            .checked_next_multiple_of(ALIGNMENT)
            .ok_or(Errno::ENOMEM)?;
        let to = ctx.memory().slice(start, rounded)?;
        if self.shared {
            let rights = match self.access {
                // The guest must be able to write, or may do so later on.
                Self::READ_WRITE => Rights::ReadWrite,
                _ => Rights::Read,
            };
            let pages = Pages::File { fd, offset };
            match share(ctx, start, length, rights, self.writes_back(), pages) {
                // This file or this memory cannot be mapped here.
                Err(Errno::ENOSYS | Errno::EINVAL) => {}
                result => return result,
            }
        }
        let read = |to: GuestSlice<'_>, length: u64, at: i64| {
            let read = ctx.call(Sys::PREAD64, (fd, to.host_address(), length, at));
            read.map_err(|errno| match errno {
                // What cannot be read cannot be mapped.
                Errno::EISDIR | Errno::ESPIPE => Errno::ENODEV,
                errno => errno,
            })
        };
        // Nothing is replaced by a file that cannot be read.
        read(to, 0, offset)?;
        clear(ctx, start, rounded)?;
        let mut done = 0u64;
        while done < length && self.protection & (PROT_READ | PROT_WRITE) != 0 {
            let part = to.from(done as usize);
            let wanted = (length - done).min(1 << 30);
            let at = offset.wrapping_add(done as i64);
            match read(part, wanted, at) {
                Ok(0) => break,
                Ok(read) => done += read,
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno),
            }
        }
        if self.writes_back() {
            let own = keep_open(ctx, fd)?;
            ctx.shared().mappings.lock().push(Mapping {
                start,
                length,
                kind: Kind::Copied(File { fd: own, offset }),
            });
        }
        Ok(())
    }
}

/// Whether a mapping is shared.
fn is_shared(flags: i32) -> Result<bool, Errno> {
    match flags & MAP_TYPE {
        MAP_SHARED | MAP_SHARED_VALIDATE => Ok(true),
        MAP_PRIVATE => Ok(false),
        _ => Err(Errno::EINVAL),
    }
}

/// Ends what is mapped in a range, and has zeros there.
fn clear(ctx: &Ctx<'_, '_>, start: u64, length: u64) -> Result<(), Errno> {
    let range = ctx.memory().slice(start, length)?;
    save(ctx, start, length);
    let replaced = carve(ctx, start, length)?;
    match NonNull::new(range.host_address().get() as *mut u8) {
        // SAFETY: the pages were checked, and stay where they are.
        Some(at) if replaced => unsafe { ctx.kernel().unmap_shared(at, length as usize) },
        _ => range.fill(0),
    }
    Ok(())
}

/// Writes back what copies in a range hold, which is about to be replaced.
fn save(ctx: &Ctx<'_, '_>, start: u64, length: u64) {
    let mappings = ctx.shared().mappings.lock().clone();
    for mapping in mappings {
        if let Kind::Copied(file) = mapping.kind
            && mapping.overlaps(start, length)
        {
            let from = mapping.start.max(start);
            // As with a real mapping, errors have nowhere to go.
            let _ = write_copy(ctx, mapping, file, from, start + length - from);
        }
    }
}

/// Takes a range out of the mappings that reach into it; what lies before and after
/// stays mapped. Returns whether pages of others are there now, which the caller
/// replaces.
fn carve(ctx: &Ctx<'_, '_>, start: u64, length: u64) -> Result<bool, Errno> {
    let end = start.saturating_add(length);
    let whole = |m: &Mapping| Mapping {
        length: m.length.next_multiple_of(ALIGNMENT),
        ..*m
    };
    let mut replaced = false;
    while let Some(mapping) = take(ctx, |m| whole(m).overlaps(start, length)) {
        replaced |= !matches!(mapping.kind, Kind::Copied(_));
        let mapping_end = mapping.start + mapping.length;
        let before = (mapping.start < start).then(|| Mapping {
            length: start - mapping.start,
            ..mapping
        });
        let mut after = (end < mapping_end).then(|| Mapping {
            start: end,
            length: mapping_end - end,
            kind: mapping.kind,
        });
        if let Kind::Copied(file) = mapping.kind {
            match &mut after {
                Some(after) => {
                    let fd = match before {
                        Some(_) => keep_open(ctx, file.fd)?,
                        None => file.fd,
                    };
                    let offset = file.offset + (end - mapping.start) as i64;
                    after.kind = Kind::Copied(File { fd, offset });
                }
                None if before.is_none() => {
                    let _ = ctx.call(Sys::CLOSE, (file.fd,));
                }
                None => {}
            }
        }
        let mut mappings = ctx.shared().mappings.lock();
        mappings.extend(before.into_iter().chain(after));
    }
    Ok(replaced)
}

/// `__wasmjit_mmap(address, length, protection, flags, descriptor, offset in units of
/// 4096 bytes)`: maps in the place of memory that the guest has set aside, or that has
/// anything in it.
pub(crate) fn mmap_fixed(
    ctx: &mut Ctx<'_, '_>,
    address: GuestPtr<u8>,
    length: Size,
    protection: i32,
    flags: i32,
    fd: i32,
    offset: u32,
) -> Result<u64, Errno> {
    const UNIT: i64 = 4096;
    let (start, length) = (address.address(), length.0);
    let rounded = whole_pages(ctx, start, length)?;
    let shared = is_shared(flags)?;
    if flags & MAP_ANONYMOUS == 0 {
        let offset = i64::from(offset) * UNIT;
        Wanted::new(ctx, length, protection, flags, fd, offset)?.put(ctx, start)?;
    } else if shared {
        // The caller makes a file without a name for it.
        return Err(Errno::EINVAL);
    } else {
        clear(ctx, start, rounded)?;
    }
    Ok(0)
}

/// `__wasmjit_munmap(address, length)`: ends what is mapped there and has zeros in its
/// place. What the memory is used for then is the guest's affair.
pub(crate) fn munmap_range(
    ctx: &mut Ctx<'_, '_>,
    address: GuestPtr<u8>,
    length: Size,
) -> Result<u64, Errno> {
    let start = address.address();
    let rounded = whole_pages(ctx, start, length.0)?;
    let range = ctx.memory().slice(start, rounded)?;
    save(ctx, start, rounded);
    if carve(ctx, start, rounded)?
        && let Some(at) = NonNull::new(range.host_address().get() as *mut u8)
    {
        // SAFETY: the pages were checked, and stay where they are.
        unsafe { ctx.kernel().unmap_shared(at, rounded as usize) };
    }
    Ok(0)
}

/// `__wasmjit_msync(address, length)`: writes back what is mapped there.
pub(crate) fn msync_range(
    ctx: &mut Ctx<'_, '_>,
    address: GuestPtr<u8>,
    length: Size,
) -> Result<u64, Errno> {
    let start = address.address();
    let rounded = whole_pages(ctx, start, length.0)?;
    let mappings = ctx.shared().mappings.lock().clone();
    for mapping in mappings {
        if mapping.overlaps(start, rounded) {
            let from = mapping.start.max(start);
            write_back(ctx, mapping, from, start + rounded - from)?;
        }
    }
    Ok(0)
}

/// The length of a range in whole pages of the guest's, all of them in its memory.
fn whole_pages(ctx: &Ctx<'_, '_>, start: u64, length: u64) -> Result<u64, Errno> {
    if length == 0 || !start.is_multiple_of(ALIGNMENT) {
        return Err(Errno::EINVAL);
    }
    let rounded = length
        .checked_next_multiple_of(ALIGNMENT)
        .ok_or(Errno::ENOMEM)?;
    let inside = ctx.memory().slice(start, rounded);
    inside.map(|_| rounded).map_err(|_| Errno::ENOMEM)
}

fn map(
    ctx: &mut Ctx<'_, '_>,
    length: u64,
    protection: i32,
    flags: i32,
    fd: i32,
    offset: i64,
) -> Result<u64, Stop> {
    if flags & MAP_FIXED != 0 {
        return Err(Errno::EINVAL.into());
    }
    let wanted = Wanted::new(ctx, length, protection, flags, fd, offset)?;
    let rounded = length
        .checked_next_multiple_of(ALIGNMENT)
        .ok_or(Errno::ENOMEM)?;
    let start = match ctx.exports().memalign {
        Some(memalign) => match ctx.call_guest(memalign, &[ALIGNMENT, rounded])? {
            0 => return Err(Errno::ENOMEM.into()),
            start => start,
        },
        None => ctx.malloc(rounded)?,
    };
    if let Err(errno) = wanted.put(ctx, start) {
        ctx.free(start)?;
        return Err(errno.into());
    }
    Ok(start)
}
/// Puts a file's pages in the place of memory that the guest has set aside.
fn share(
    ctx: &Ctx<'_, '_>,
    start: u64,
    length: u64,
    rights: Rights,
    writes: bool,
    pages: Pages,
) -> Result<(), Errno> {
    match attach(ctx, start, length, rights, pages) {
        // A sealed file, which can be read all the same.
        Err(Errno::EPERM | Errno::EACCES) if !writes => {
            attach(ctx, start, length, Rights::Read, pages)
        }
        result => result,
    }
}

/// Puts pages that other processes have as well in the place of memory that the guest
/// has set aside.
///
/// # Errors
/// `EINVAL` where they cannot be had, `EFAULT` outside of memory, or the kernel's.
pub(crate) fn attach(
    ctx: &Ctx<'_, '_>,
    start: u64,
    length: u64,
    rights: Rights,
    pages: Pages,
) -> Result<(), Errno> {
    // The allocator is the guest's, and so is what it returns.
    if !start.is_multiple_of(ALIGNMENT) || !ctx.memory_stays() {
        return Err(Errno::EINVAL);
    }
    let whole = length
        .checked_next_multiple_of(ALIGNMENT)
        .ok_or(Errno::ENOMEM)?;
    let range = ctx.memory().slice(start, whole)?;
    let at = NonNull::new(range.host_address().get() as *mut u8).ok_or(Errno::EINVAL)?;
    save(ctx, start, whole);
    // SAFETY: the pages were checked, and stay where they are; what of them is the
    // runtime's it reaches by copies that may find anything.
    unsafe {
        ctx.kernel()
            .map_shared(at, length as usize, rights, pages)?;
    }
    // Others that were there have ended, whether the guest has said so or not.
    carve(ctx, start, whole)?;
    let kind = match pages {
        Pages::File { .. } => Kind::Shared,
        Pages::Segment(_) => Kind::Segment,
    };
    let mut mappings = ctx.shared().mappings.lock();
    mappings.push(Mapping {
        start,
        length,
        kind,
    });
    Ok(())
}

/// Puts memory of the guest's own back in the place of a segment.
///
/// # Errors
/// `EINVAL` when there is none.
pub(crate) fn detach(ctx: &Ctx<'_, '_>, start: u64) -> Result<(), Errno> {
    let segment = take(ctx, |m| m.start == start && matches!(m.kind, Kind::Segment));
    end(ctx, segment.ok_or(Errno::EINVAL)?);
    Ok(())
}

/// Takes a mapping off the list.
fn take(ctx: &Ctx<'_, '_>, wanted: impl Fn(&Mapping) -> bool) -> Option<Mapping> {
    let mut mappings = ctx.shared().mappings.lock();
    let at = mappings.iter().position(wanted);
    at.map(|at| mappings.swap_remove(at))
}

/// A descriptor of the same file that the guest does not see, for when it closes
/// its own.
fn keep_open(ctx: &Ctx<'_, '_>, fd: i32) -> Result<i32, Errno> {
    const F_DUPFD_CLOEXEC: i32 = 1030;
    let own = ctx
        .call(Sys::FCNTL, (fd, F_DUPFD_CLOEXEC, OWN_DESCRIPTORS))
        // With a low limit of descriptors there is no such number.
        .or_else(|_| ctx.call(Sys::FCNTL, (fd, F_DUPFD_CLOEXEC, 16)))?;
    Ok(own as i32)
}

/// Lets the file have what a part of a mapping holds.
fn write_back(ctx: &Ctx<'_, '_>, mapping: Mapping, from: u64, length: u64) -> Result<(), Errno> {
    match mapping.kind {
        Kind::Shared => synchronise(ctx, mapping, from, length),
        // They are on no disk.
        Kind::Segment => Ok(()),
        Kind::Copied(file) => write_copy(ctx, mapping, file, from, length),
    }
}

/// Waits until the changes in a part of a mapping are on the disk.
fn synchronise(ctx: &Ctx<'_, '_>, mapping: Mapping, from: u64, length: u64) -> Result<(), Errno> {
    const MS_SYNC: i32 = 4;
    let skipped = from.saturating_sub(mapping.start) / ALIGNMENT * ALIGNMENT;
    let start = mapping.start + skipped;
    let end = from.saturating_add(length);
    let end = end.min(mapping.start + mapping.length);
    let length = end.saturating_sub(start);
    let range = ctx.memory().host(GuestPtr::<u8>::new(start), length)?;
    ctx.call(Sys::MSYNC, (range, length, MS_SYNC)).map(drop)
}

/// Writes a part of a copy to its file, as far as the file goes.
fn write_copy(
    ctx: &Ctx<'_, '_>,
    mapping: Mapping,
    file: File,
    from: u64,
    length: u64,
) -> Result<(), Errno> {
    let size = super::metadata::status_of(ctx, file.fd)?.size;
    let skipped = from.saturating_sub(mapping.start);
    let in_file = size
        .saturating_sub(file.offset)
        .saturating_sub(skipped as i64)
        .max(0) as u64;
    let length = length
        .min(mapping.length.saturating_sub(skipped))
        .min(in_file);
    let content = ctx.memory().slice(from, length)?;
    let mut done = 0u64;
    while done < length {
        let at = file.offset.wrapping_add((skipped + done) as i64);
        let part = content.from(done as usize);
        match ctx.call(
            Sys::PWRITE64,
            (
                file.fd,
                part.host_address(),
                (length - done).min(1 << 30),
                at,
            ),
        ) {
            Ok(0) => break,
            Ok(written) => done += written,
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}

fn containing(ctx: &Ctx<'_, '_>, at: u64) -> Option<Mapping> {
    let mappings = ctx.shared().mappings.lock();
    let found = mappings
        .iter()
        .find(|m| at >= m.start && at - m.start < m.length);
    found.copied()
}

/// `_msync_js(address, length, protection, flags, descriptor, offset)`
pub(crate) fn msync(
    ctx: &mut Ctx<'_, '_>,
    start: GuestPtr<u8>,
    length: Size,
    _protection: i32,
    _flags: i32,
    _fd: i32,
    _offset: i64,
) -> SysResult {
    sync(ctx, start.address(), length.0)
}

/// `_msync_js(address, length, flags, descriptor)`
pub(crate) fn msync_old(
    ctx: &mut Ctx<'_, '_>,
    start: GuestPtr<u8>,
    length: Size,
    _flags: i32,
    _fd: i32,
) -> SysResult {
    sync(ctx, start.address(), length.0)
}

fn sync(ctx: &Ctx<'_, '_>, start: u64, length: u64) -> SysResult {
    if let Some(mapping) = containing(ctx, start) {
        write_back(ctx, mapping, start, length)?;
    }
    Ok(0)
}

/// `_munmap_js(address, length, protection, flags, descriptor, offset)`; the
/// guest frees the memory.
pub(crate) fn munmap(
    ctx: &mut Ctx<'_, '_>,
    start: GuestPtr<u8>,
    _length: Size,
    _protection: i32,
    _flags: i32,
    _fd: i32,
    _offset: i64,
) -> SysResult {
    unmap(ctx, start.address())
}

/// `_munmap_js(address, length, protection, flags, descriptor, offset)`
pub(crate) fn munmap_old(
    ctx: &mut Ctx<'_, '_>,
    start: GuestPtr<u8>,
    _length: Size,
    _protection: i32,
    _flags: i32,
    _fd: i32,
    _offset: i32,
) -> SysResult {
    unmap(ctx, start.address())
}

fn unmap(ctx: &Ctx<'_, '_>, start: u64) -> SysResult {
    if let Some(mapping) = take(ctx, |m| m.start == start) {
        end(ctx, mapping);
    }
    Ok(0)
}

/// Ends a mapping that is no longer on the list.
fn end(ctx: &Ctx<'_, '_>, mapping: Mapping) {
    match mapping.kind {
        Kind::Shared | Kind::Segment => {
            let pages = ctx.memory().slice(mapping.start, mapping.length);
            let start = pages.map(|pages| NonNull::new(pages.host_address().get() as *mut u8));
            if let Ok(Some(start)) = start {
                // SAFETY: it was mapped there, in memory that has not moved and has
                // not become smaller.
                unsafe { ctx.kernel().unmap_shared(start, mapping.length as usize) };
            }
        }
        Kind::Copied(file) => {
            // As with a real mapping, errors have nowhere to go.
            let _ = write_copy(ctx, mapping, file, mapping.start, mapping.length);
            let _ = ctx.call(Sys::CLOSE, (file.fd,));
        }
    }
}

/// Ends all mappings, as the end of a process does.
pub(crate) fn unmap_all(ctx: &Ctx<'_, '_>) {
    loop {
        let Some(mapping) = ctx.shared().mappings.lock().pop() else {
            return;
        };
        end(ctx, mapping);
    }
}

/// Writes all copies back, as far as that is possible.
pub(crate) fn write_all_back(ctx: &Ctx<'_, '_>) {
    let mappings = ctx.shared().mappings.lock().clone();
    for mapping in mappings {
        if let Kind::Copied(file) = mapping.kind {
            let _ = write_copy(ctx, mapping, file, mapping.start, mapping.length);
        }
    }
}

/// `__map_file(path, size)`: no catalogues of messages.
pub(crate) fn map_file(
    _ctx: &mut Ctx<'_, '_>,
    _path: GuestPtr<u8>,
    _size: GuestPtr<u8>,
) -> GuestPtr<u8> {
    GuestPtr::new(0)
}
