//! Opening, naming and removing files.

use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::flags::{AT_FDCWD, AT_REMOVEDIR, O_CREAT, O_TMPFILE_BIT, open_to_kernel};
use crate::guest::{CString, GuestPtr};
use crate::handler::{Size, SysResult};
use crate::sys::Sys;

type Path = GuestPtr<CString>;

/// `openat(directory, path, flags, mode…)`
pub(crate) fn openat(
    ctx: &mut Ctx<'_, '_>,
    directory: i32,
    path: Path,
    flags: i32,
    varargs: GuestPtr<u32>,
) -> SysResult {
    let memory = ctx.memory();
    let path = memory.path(path)?;
    let creates = flags & (O_CREAT | O_TMPFILE_BIT) != 0;
    let mode = if creates && !varargs.is_null() {
        memory.read(varargs)?
    } else {
        0
    };
    if flags & ACCESS != 0 {
        ctx.shared().note_opened_for_writing();
    }
    Ok(ctx.call(Sys::OPENAT, (directory, path, open_to_kernel(flags), mode))?)
}

/// Bits of `open`'s flags that say reading, writing or both.
const ACCESS: i32 = 3;

/// `open(path, flags, mode…)`
pub(crate) fn open(
    ctx: &mut Ctx<'_, '_>,
    path: Path,
    flags: i32,
    varargs: GuestPtr<u32>,
) -> SysResult {
    openat(ctx, AT_FDCWD, path, flags, varargs)
}

/// Makes a call that moves bytes between a file and one buffer. Those without a position
/// do not look at it.
pub(crate) fn transfer(
    ctx: &Ctx<'_, '_>,
    call: Sys,
    fd: i32,
    buffer: GuestPtr<u8>,
    length: u64,
    position: i64,
) -> Result<u64, Errno> {
    let buffer = ctx.memory().host(buffer, length)?;
    ctx.call(call, (fd, buffer, length, position))
}

/// `read(descriptor, buffer, length)`
pub(crate) fn read(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    buffer: GuestPtr<u8>,
    length: Size,
) -> SysResult {
    Ok(transfer(ctx, Sys::READ, fd, buffer, length.0, 0)?)
}

/// `write(descriptor, buffer, length)`
pub(crate) fn write(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    buffer: GuestPtr<u8>,
    length: Size,
) -> SysResult {
    Ok(transfer(ctx, Sys::WRITE, fd, buffer, length.0, 0)?)
}

/// `pread(descriptor, buffer, length, position)`
pub(crate) fn pread(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    buffer: GuestPtr<u8>,
    length: Size,
    position: i64,
) -> SysResult {
    Ok(transfer(ctx, Sys::PREAD64, fd, buffer, length.0, position)?)
}

/// `pwrite(descriptor, buffer, length, position)`
pub(crate) fn pwrite(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    buffer: GuestPtr<u8>,
    length: Size,
    position: i64,
) -> SysResult {
    Ok(transfer(
        ctx,
        Sys::PWRITE64,
        fd,
        buffer,
        length.0,
        position,
    )?)
}

/// `unlinkat(directory, path, flags)`
pub(crate) fn unlinkat(ctx: &mut Ctx<'_, '_>, directory: i32, path: Path, flags: i32) -> SysResult {
    let path = ctx.memory().path(path)?;
    Ok(ctx.call(Sys::UNLINKAT, (directory, path, flags))?)
}

/// `unlink(path)`
pub(crate) fn unlink(ctx: &mut Ctx<'_, '_>, path: Path) -> SysResult {
    unlinkat(ctx, AT_FDCWD, path, 0)
}

/// `rmdir(path)`
pub(crate) fn rmdir(ctx: &mut Ctx<'_, '_>, path: Path) -> SysResult {
    unlinkat(ctx, AT_FDCWD, path, AT_REMOVEDIR)
}

/// `renameat(from directory, from, to directory, to)`
pub(crate) fn renameat(
    ctx: &mut Ctx<'_, '_>,
    from_directory: i32,
    from: Path,
    to_directory: i32,
    to: Path,
) -> SysResult {
    let memory = ctx.memory();
    let (from, to) = (memory.path(from)?, memory.path(to)?);
    Ok(ctx.call(Sys::RENAMEAT2, (from_directory, from, to_directory, to, 0))?)
}

/// `rename(from, to)`
pub(crate) fn rename(ctx: &mut Ctx<'_, '_>, from: Path, to: Path) -> SysResult {
    renameat(ctx, AT_FDCWD, from, AT_FDCWD, to)
}

/// `linkat(from directory, from, to directory, to, flags)`
pub(crate) fn linkat(
    ctx: &mut Ctx<'_, '_>,
    from_directory: i32,
    from: Path,
    to_directory: i32,
    to: Path,
    flags: i32,
) -> SysResult {
    let memory = ctx.memory();
    let (from, to) = (memory.path(from)?, memory.path(to)?);
    Ok(ctx.call(Sys::LINKAT, (from_directory, from, to_directory, to, flags))?)
}

/// `link(from, to)`
pub(crate) fn link(ctx: &mut Ctx<'_, '_>, from: Path, to: Path) -> SysResult {
    linkat(ctx, AT_FDCWD, from, AT_FDCWD, to, 0)
}

/// `symlinkat(target, directory, path)`
pub(crate) fn symlinkat(
    ctx: &mut Ctx<'_, '_>,
    target: Path,
    directory: i32,
    path: Path,
) -> SysResult {
    let memory = ctx.memory();
    let (target, path) = (memory.path(target)?, memory.path(path)?);
    Ok(ctx.call(Sys::SYMLINKAT, (target, directory, path))?)
}

/// `symlink(target, path)`
pub(crate) fn symlink(ctx: &mut Ctx<'_, '_>, target: Path, path: Path) -> SysResult {
    symlinkat(ctx, target, AT_FDCWD, path)
}

/// `readlinkat(directory, path, buffer, size)`
pub(crate) fn readlinkat(
    ctx: &mut Ctx<'_, '_>,
    directory: i32,
    path: Path,
    buffer: GuestPtr<u8>,
    size: Size,
) -> SysResult {
    let memory = ctx.memory();
    let path = memory.path(path)?;
    // The kernel takes an `int`; a larger size means no more to it.
    let size = size.0.min(i32::MAX as u64);
    let buffer = memory.host(buffer, size)?;
    Ok(ctx.call(Sys::READLINKAT, (directory, path, buffer, size))?)
}

/// `readlink(path, buffer, size)`
pub(crate) fn readlink(
    ctx: &mut Ctx<'_, '_>,
    path: Path,
    buffer: GuestPtr<u8>,
    size: Size,
) -> SysResult {
    readlinkat(ctx, AT_FDCWD, path, buffer, size)
}

/// `mknodat(directory, path, mode, device)`
pub(crate) fn mknodat(
    ctx: &mut Ctx<'_, '_>,
    directory: i32,
    path: Path,
    mode: u32,
    device: u32,
) -> SysResult {
    let path = ctx.memory().path(path)?;
    Ok(ctx.call(Sys::MKNODAT, (directory, path, mode, device))?)
}

/// `mknod(path, mode, device)`
pub(crate) fn mknod(ctx: &mut Ctx<'_, '_>, path: Path, mode: u32, device: u32) -> SysResult {
    mknodat(ctx, AT_FDCWD, path, mode, device)
}

/// `truncate(path, length)`
pub(crate) fn truncate(ctx: &mut Ctx<'_, '_>, path: Path, length: i64) -> SysResult {
    let path = ctx.memory().path(path)?;
    Ok(ctx.call(Sys::TRUNCATE, (path, length))?)
}

/// `ftruncate(descriptor, length)`
pub(crate) fn ftruncate(ctx: &mut Ctx<'_, '_>, fd: i32, length: i64) -> SysResult {
    Ok(ctx.call(Sys::FTRUNCATE, (fd, length))?)
}

/// `fallocate(descriptor, mode, offset, length)`
pub(crate) fn fallocate(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    mode: i32,
    offset: i64,
    length: i64,
) -> SysResult {
    Ok(ctx.call(Sys::FALLOCATE, (fd, mode, offset, length))?)
}

/// `posix_fadvise(descriptor, offset, length, advice)`
pub(crate) fn fadvise(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    offset: i64,
    length: i64,
    advice: i32,
) -> SysResult {
    Ok(ctx.call(Sys::FADVISE64, (fd, offset, length, advice))?)
}

/// `fdatasync(descriptor)`
pub(crate) fn fdatasync(ctx: &mut Ctx<'_, '_>, fd: i32) -> SysResult {
    Ok(ctx.call(Sys::FDATASYNC, (fd,))?)
}

/// `sync()`
pub(crate) fn sync(ctx: &mut Ctx<'_, '_>) -> SysResult {
    Ok(ctx.call(Sys::SYNC, ())?)
}

/// `acct(path)`
pub(crate) fn acct(ctx: &mut Ctx<'_, '_>, path: Path) -> SysResult {
    let path = ctx.memory().path_or_null(path)?;
    Ok(ctx.call(Sys::ACCT, (path,))?)
}

/// `flock(descriptor, operation)`
pub(crate) fn flock(ctx: &mut Ctx<'_, '_>, fd: i32, operation: i32) -> Result<u64, Errno> {
    ctx.call(Sys::FLOCK, (fd, operation))
}
