//! What is known of a file: status, rights, owner, times.

use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::flags::{AT_EACCESS, AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW};
use crate::guest::{CString, GuestPtr, HostAddress};
use crate::handler::{Size, SysResult};
use crate::layout::stat::{KernelStat, KernelStatfs};
use crate::layout::time::{read_time, time_size};
use crate::sys::Sys;

type Path = GuestPtr<CString>;

/// Asks the kernel for the status of a file.
pub(crate) fn status(
    ctx: &Ctx<'_, '_>,
    directory: i32,
    path: HostAddress,
    flags: i32,
) -> Result<KernelStat, Errno> {
    let frame = ctx.scratch();
    let slot = frame.array::<KernelStat>(1)?;
    ctx.call(Sys::NEWFSTATAT, (directory, path, slot.address(), flags))?;
    Ok(slot.get(0))
}

/// Asks the kernel for the status of an open file.
pub(crate) fn status_of(ctx: &Ctx<'_, '_>, fd: i32) -> Result<KernelStat, Errno> {
    let frame = ctx.scratch();
    let slot = frame.array::<KernelStat>(1)?;
    ctx.call(Sys::FSTAT, (fd, slot.address()))?;
    Ok(slot.get(0))
}

/// `fstatat(directory, path, status, flags)`
pub(crate) fn fstatat(
    ctx: &mut Ctx<'_, '_>,
    directory: i32,
    path: Path,
    to: GuestPtr<u8>,
    flags: i32,
) -> SysResult {
    let memory = ctx.memory();
    let path = if flags & AT_EMPTY_PATH != 0 {
        memory.path_or_null(path)?
    } else {
        memory.path(path)?
    };
    status(ctx, directory, path, flags)?.store(memory, to.address(), ctx.time64())?;
    Ok(0)
}

/// `stat(path, status)`
pub(crate) fn stat(ctx: &mut Ctx<'_, '_>, path: Path, to: GuestPtr<u8>) -> SysResult {
    fstatat(ctx, AT_FDCWD, path, to, 0)
}

/// `lstat(path, status)`
pub(crate) fn lstat(ctx: &mut Ctx<'_, '_>, path: Path, to: GuestPtr<u8>) -> SysResult {
    fstatat(ctx, AT_FDCWD, path, to, AT_SYMLINK_NOFOLLOW)
}

/// `fstat(descriptor, status)`
pub(crate) fn fstat(ctx: &mut Ctx<'_, '_>, fd: i32, to: GuestPtr<u8>) -> SysResult {
    status_of(ctx, fd)?.store(ctx.memory(), to.address(), ctx.time64())?;
    Ok(0)
}

/// `statfs(path, size of the structure, structure)`
pub(crate) fn statfs(ctx: &mut Ctx<'_, '_>, path: Path, size: Size, to: GuestPtr<u8>) -> SysResult {
    let memory = ctx.memory();
    let frame = ctx.scratch();
    let slot = frame.array::<KernelStatfs>(1)?;
    ctx.call(Sys::STATFS, (memory.path(path)?, slot.address()))?;
    slot.get(0).store(memory, to.address(), size.0)?;
    Ok(0)
}

/// `fstatfs(descriptor, size of the structure, structure)`
pub(crate) fn fstatfs(ctx: &mut Ctx<'_, '_>, fd: i32, size: Size, to: GuestPtr<u8>) -> SysResult {
    let frame = ctx.scratch();
    let slot = frame.array::<KernelStatfs>(1)?;
    ctx.call(Sys::FSTATFS, (fd, slot.address()))?;
    slot.get(0).store(ctx.memory(), to.address(), size.0)?;
    Ok(0)
}

/// `faccessat(directory, path, mode, flags)`
pub(crate) fn faccessat(
    ctx: &mut Ctx<'_, '_>,
    directory: i32,
    path: Path,
    mode: i32,
    flags: i32,
) -> SysResult {
    let path = ctx.memory().path(path)?;
    if flags != 0 {
        match ctx.call(Sys::FACCESSAT2, (directory, path, mode, flags)) {
            // A kernel before 5.8: as if real and effective identity were one.
            Err(Errno::ENOSYS) if flags == AT_EACCESS => {}
            result => return Ok(result?),
        }
    }
    Ok(ctx.call(Sys::FACCESSAT, (directory, path, mode))?)
}

/// `access(path, mode)`
pub(crate) fn access(ctx: &mut Ctx<'_, '_>, path: Path, mode: i32) -> SysResult {
    faccessat(ctx, AT_FDCWD, path, mode, 0)
}

/// `fchmodat(directory, path, mode, …)`: flags do not reach the host.
pub(crate) fn fchmodat(
    ctx: &mut Ctx<'_, '_>,
    directory: i32,
    path: Path,
    mode: u32,
    _varargs: GuestPtr<u32>,
) -> SysResult {
    fchmodat2(ctx, directory, path, mode, 0)
}

/// `fchmodat2(directory, path, mode, flags)`
pub(crate) fn fchmodat2(
    ctx: &mut Ctx<'_, '_>,
    directory: i32,
    path: Path,
    mode: u32,
    flags: i32,
) -> SysResult {
    let path = ctx.memory().path(path)?;
    if flags == 0 {
        return Ok(ctx.call(Sys::FCHMODAT, (directory, path, mode))?);
    }
    match ctx.call(Sys::FCHMODAT2, (directory, path, mode, flags)) {
        Err(Errno::ENOSYS) => Err(Errno::EOPNOTSUPP.into()),
        result => Ok(result?),
    }
}

/// `chmod(path, mode)`
pub(crate) fn chmod(ctx: &mut Ctx<'_, '_>, path: Path, mode: u32) -> SysResult {
    fchmodat2(ctx, AT_FDCWD, path, mode, 0)
}

/// `fchmod(descriptor, mode)`
pub(crate) fn fchmod(ctx: &mut Ctx<'_, '_>, fd: i32, mode: u32) -> SysResult {
    Ok(ctx.call(Sys::FCHMOD, (fd, mode))?)
}

/// `fchownat(directory, path, owner, group, flags)`
pub(crate) fn fchownat(
    ctx: &mut Ctx<'_, '_>,
    directory: i32,
    path: Path,
    owner: u32,
    group: u32,
    flags: i32,
) -> SysResult {
    let path = ctx.memory().path(path)?;
    Ok(ctx.call(Sys::FCHOWNAT, (directory, path, owner, group, flags))?)
}

/// `chown(path, owner, group)`
pub(crate) fn chown(ctx: &mut Ctx<'_, '_>, path: Path, owner: u32, group: u32) -> SysResult {
    fchownat(ctx, AT_FDCWD, path, owner, group, 0)
}

/// `lchown(path, owner, group)`
pub(crate) fn lchown(ctx: &mut Ctx<'_, '_>, path: Path, owner: u32, group: u32) -> SysResult {
    fchownat(ctx, AT_FDCWD, path, owner, group, AT_SYMLINK_NOFOLLOW)
}

/// `fchown(descriptor, owner, group)`
pub(crate) fn fchown(ctx: &mut Ctx<'_, '_>, fd: i32, owner: u32, group: u32) -> SysResult {
    Ok(ctx.call(Sys::FCHOWN, (fd, owner, group))?)
}

/// `utimensat(directory, path, times, flags)`
pub(crate) fn utimensat(
    ctx: &mut Ctx<'_, '_>,
    directory: i32,
    path: Path,
    times: GuestPtr<u8>,
    flags: i32,
) -> SysResult {
    let memory = ctx.memory();
    let path = memory.path_or_null(path)?;
    let frame = ctx.scratch();
    let times = if times.is_null() {
        HostAddress::NULL
    } else {
        let time64 = ctx.time64();
        let first = read_time(memory, times.address(), time64)?;
        let second = times.byte_add(time_size(time64)).address();
        let second = read_time(memory, second, time64)?;
        frame.value([first, second])?.address()
    };
    Ok(ctx.call(Sys::UTIMENSAT, (directory, path, times, flags))?)
}

/// `umask(mask)`
pub(crate) fn umask(ctx: &mut Ctx<'_, '_>, mask: u32) -> SysResult {
    Ok(ctx.call(Sys::UMASK, (mask,))?)
}
