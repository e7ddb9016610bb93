//! Calls with paths, which are given by address and length.

use super::descriptors::{self, FirstComponent, directory};
use super::types::{open_flags, set_times, store_status};
use crate::calls::metadata::status;
use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::flags::{
    AT_REMOVEDIR, AT_SYMLINK_FOLLOW, AT_SYMLINK_NOFOLLOW, O_NOFOLLOW, open_to_kernel,
};
use crate::guest::{GuestPtr, HostAddress, PATH_MAX};
use crate::handler::{Size, WasiResult};
use crate::scratch::Frame;
use crate::sys::Sys;
use core::mem::MaybeUninit;

type Text = GuestPtr<u8>;

/// Whether a symbolic link at a path's end is followed.
const FOLLOW: u32 = 1;

/// A path for the kernel, and the directory that it starts from.
struct Path {
    directory: i32,
    address: HostAddress,
}

/// Copies a path, ended by a zero, to where the kernel can read it.
fn path(
    ctx: &Ctx<'_, '_>,
    frame: &Frame<'_>,
    fd: i32,
    text: Text,
    length: Size,
    creates: bool,
) -> Result<Path, Errno> {
    let mut bytes = [MaybeUninit::uninit(); PATH_MAX];
    let bytes = read_text(ctx, text, length, &mut bytes)?;
    let address = store_text(frame, bytes)?;
    let first = FirstComponent::of(bytes);
    Ok(Path {
        directory: directory(ctx, fd, &first, creates)?,
        address,
    })
}

fn read_text<'t>(
    ctx: &Ctx<'_, '_>,
    text: Text,
    length: Size,
    to: &'t mut [MaybeUninit<u8>; PATH_MAX],
) -> Result<&'t [u8], Errno> {
    if length.0 >= PATH_MAX as u64 {
        return Err(Errno::ENAMETOOLONG);
    }
    let bytes = ctx
        .memory()
        .slice(text.address(), length.0)?
        .read_uninit(to);
    // A zero within would cut the path short.
    match bytes.contains(&0) {
        true => Err(Errno::EINVAL),
        false => Ok(bytes),
    }
}

fn store_text(frame: &Frame<'_>, bytes: &[u8]) -> Result<HostAddress, Errno> {
    let copy = frame.array::<u8>(bytes.len() + 1)?;
    for (i, &byte) in bytes.iter().chain(&[0]).enumerate() {
        copy.set(i, byte);
    }
    Ok(copy.address())
}

fn no_follow(lookup: u32) -> i32 {
    if lookup & FOLLOW != 0 {
        0
    } else {
        AT_SYMLINK_NOFOLLOW
    }
}

/// `path_open(directory, lookup, path, oflags, rights, inherited rights,
/// fdflags, descriptor)`
#[allow(clippy::too_many_arguments)]
pub(crate) fn open(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    lookup: u32,
    text: Text,
    length: Size,
    oflags: u32,
    rights: u64,
    _inheriting: u64,
    fdflags: u32,
    to: GuestPtr<i32>,
) -> WasiResult {
    const CREATE: u32 = 1;
    const MODE: u32 = 0o666;
    let to = ctx.memory().place(to)?;
    let frame = ctx.scratch();
    let path = path(ctx, &frame, fd, text, length, oflags & CREATE != 0)?;
    let mut flags = open_flags(oflags, rights, fdflags);
    if lookup & FOLLOW == 0 {
        flags |= O_NOFOLLOW;
    }
    let opened = ctx.call(
        Sys::OPENAT,
        (path.directory, path.address, open_to_kernel(flags), MODE),
    )?;
    to.store(descriptors::add(ctx, opened as i32)?);
    Ok(())
}

/// `path_filestat_get(directory, lookup, path, status)`
pub(crate) fn filestat_get(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    lookup: u32,
    text: Text,
    length: Size,
    to: GuestPtr<u8>,
) -> WasiResult {
    let frame = ctx.scratch();
    let path = path(ctx, &frame, fd, text, length, false)?;
    let found = status(ctx, path.directory, path.address, no_follow(lookup))?;
    Ok(store_status(ctx.memory(), to, &found)?)
}

/// `path_filestat_set_times(directory, lookup, path, access, modification,
/// flags)`
#[allow(clippy::too_many_arguments)]
pub(crate) fn filestat_set_times(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    lookup: u32,
    text: Text,
    length: Size,
    access: u64,
    modification: u64,
    flags: u32,
) -> WasiResult {
    let frame = ctx.scratch();
    let path = path(ctx, &frame, fd, text, length, false)?;
    let times = frame.value(set_times(access, modification, flags)?)?;
    ctx.call(
        Sys::UTIMENSAT,
        (
            path.directory,
            path.address,
            times.address(),
            no_follow(lookup),
        ),
    )?;
    Ok(())
}

/// `path_create_directory(directory, path)`
pub(crate) fn create_directory(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    text: Text,
    length: Size,
) -> WasiResult {
    let frame = ctx.scratch();
    let path = path(ctx, &frame, fd, text, length, true)?;
    ctx.call(Sys::MKDIRAT, (path.directory, path.address, 0o777))?;
    Ok(())
}

/// `path_remove_directory(directory, path)`
pub(crate) fn remove_directory(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    text: Text,
    length: Size,
) -> WasiResult {
    remove(ctx, fd, text, length, AT_REMOVEDIR)
}

/// `path_unlink_file(directory, path)`
pub(crate) fn unlink_file(ctx: &mut Ctx<'_, '_>, fd: i32, text: Text, length: Size) -> WasiResult {
    remove(ctx, fd, text, length, 0)
}

fn remove(ctx: &Ctx<'_, '_>, fd: i32, text: Text, length: Size, flags: i32) -> WasiResult {
    let frame = ctx.scratch();
    let path = path(ctx, &frame, fd, text, length, false)?;
    ctx.call(Sys::UNLINKAT, (path.directory, path.address, flags))?;
    Ok(())
}

/// `path_rename(directory, from, directory, to)`
pub(crate) fn rename(
    ctx: &mut Ctx<'_, '_>,
    from_fd: i32,
    from: Text,
    from_length: Size,
    to_fd: i32,
    to: Text,
    to_length: Size,
) -> WasiResult {
    let frame = ctx.scratch();
    let from = path(ctx, &frame, from_fd, from, from_length, false)?;
    let to = path(ctx, &frame, to_fd, to, to_length, true)?;
    ctx.call(
        Sys::RENAMEAT2,
        (from.directory, from.address, to.directory, to.address, 0),
    )?;
    Ok(())
}

/// `path_link(directory, lookup, from, directory, to)`
#[allow(clippy::too_many_arguments)]
pub(crate) fn link(
    ctx: &mut Ctx<'_, '_>,
    from_fd: i32,
    lookup: u32,
    from: Text,
    from_length: Size,
    to_fd: i32,
    to: Text,
    to_length: Size,
) -> WasiResult {
    let frame = ctx.scratch();
    let flags = if lookup & FOLLOW != 0 {
        AT_SYMLINK_FOLLOW
    } else {
        0
    };
    let from = path(ctx, &frame, from_fd, from, from_length, false)?;
    let to = path(ctx, &frame, to_fd, to, to_length, true)?;
    ctx.call(
        Sys::LINKAT,
        (
            from.directory,
            from.address,
            to.directory,
            to.address,
            flags,
        ),
    )?;
    Ok(())
}

/// `path_symlink(target, directory, path)`
pub(crate) fn symlink(
    ctx: &mut Ctx<'_, '_>,
    target: Text,
    target_length: Size,
    fd: i32,
    text: Text,
    length: Size,
) -> WasiResult {
    let frame = ctx.scratch();
    let mut bytes = [MaybeUninit::uninit(); PATH_MAX];
    let target = store_text(&frame, read_text(ctx, target, target_length, &mut bytes)?)?;
    let path = path(ctx, &frame, fd, text, length, true)?;
    ctx.call(Sys::SYMLINKAT, (target, path.directory, path.address))?;
    Ok(())
}

/// `path_readlink(directory, path, buffer, size, used)`
#[allow(clippy::too_many_arguments)]
pub(crate) fn readlink(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    text: Text,
    length: Size,
    to: GuestPtr<u8>,
    size: Size,
    used: GuestPtr<u32>,
) -> WasiResult {
    let frame = ctx.scratch();
    let path = path(ctx, &frame, fd, text, length, false)?;
    let size = size.0.min(i32::MAX as u64);
    let to = ctx.memory().host(to, size)?;
    let read = ctx.call(Sys::READLINKAT, (path.directory, path.address, to, size))?;
    Ok(ctx.memory().write(used, read as u32)?)
}
