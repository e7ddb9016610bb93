//! Directories and where the process stands among them.

use crate::ctx::Ctx;
use crate::flags::AT_FDCWD;
use crate::guest::{CString, GuestPtr};
use crate::handler::{Size, SysResult};
use crate::sys::Sys;

type Path = GuestPtr<CString>;

/// `mkdirat(directory, path, mode)`
pub(crate) fn mkdirat(ctx: &mut Ctx<'_, '_>, directory: i32, path: Path, mode: u32) -> SysResult {
    let path = ctx.memory().path(path)?;
    Ok(ctx.call(Sys::MKDIRAT, (directory, path, mode))?)
}

/// `mkdir(path, mode)`
pub(crate) fn mkdir(ctx: &mut Ctx<'_, '_>, path: Path, mode: u32) -> SysResult {
    mkdirat(ctx, AT_FDCWD, path, mode)
}

/// `getdents64(descriptor, buffer, size)`: the entries are as the guest has
/// them.
pub(crate) fn getdents64(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    buffer: GuestPtr<u8>,
    size: Size,
) -> SysResult {
    let size = size.0.min(i32::MAX as u64);
    let buffer = ctx.memory().host(buffer, size)?;
    Ok(ctx.call(Sys::GETDENTS64, (fd, buffer, size))?)
}

/// `chdir(path)`
pub(crate) fn chdir(ctx: &mut Ctx<'_, '_>, path: Path) -> SysResult {
    let path = ctx.memory().path(path)?;
    Ok(ctx.call(Sys::CHDIR, (path,))?)
}

/// `fchdir(descriptor)`
pub(crate) fn fchdir(ctx: &mut Ctx<'_, '_>, fd: i32) -> SysResult {
    Ok(ctx.call(Sys::FCHDIR, (fd,))?)
}

/// `chroot(path)`
pub(crate) fn chroot(ctx: &mut Ctx<'_, '_>, path: Path) -> SysResult {
    let path = ctx.memory().path(path)?;
    Ok(ctx.call(Sys::CHROOT, (path,))?)
}

/// `getcwd(buffer, size)`: the length with its zero.
pub(crate) fn getcwd(ctx: &mut Ctx<'_, '_>, buffer: GuestPtr<u8>, size: Size) -> SysResult {
    let buffer = ctx.memory().host(buffer, size.0)?;
    Ok(ctx.call(Sys::GETCWD, (buffer, size.0))?)
}
