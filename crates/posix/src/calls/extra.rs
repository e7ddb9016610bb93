//! Functions of the C library that Emscripten lacks, imported under their own
//! names by modules that are linked with undefined symbols allowed.

use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::flags::{AT_EACCESS, AT_FDCWD};
use crate::guest::{CString, GuestPtr, HostAddress};
use crate::handler::{LibcResult, Size, Stop};
use crate::layout::message::load_iovecs;
use crate::layout::time::{read_time, time_size};
use crate::sys::Sys;
use wasmjit_runtime::Trap;

type Path = GuestPtr<CString>;

/// `getentropy(buffer, length)`
pub(crate) fn getentropy(ctx: &mut Ctx<'_, '_>, to: GuestPtr<u8>, length: Size) -> LibcResult {
    const MAX: u64 = 256;
    if length.0 > MAX {
        return Err(Errno::EIO.into());
    }
    random_fill(ctx, to, length.0)?;
    Ok(0)
}

/// Fills a range with random bytes.
pub(crate) fn random_fill(ctx: &Ctx<'_, '_>, to: GuestPtr<u8>, length: u64) -> Result<(), Errno> {
    let to = ctx.memory().slice(to.address(), length)?;
    let mut done = 0;
    while done < length {
        let part = to.from(done as usize);
        match ctx.call(Sys::GETRANDOM, (part.host_address(), part.len() as u64, 0)) {
            Ok(filled) => done += filled,
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}

/// `getrandom(buffer, length, flags)`
pub(crate) fn getrandom(
    ctx: &mut Ctx<'_, '_>,
    to: GuestPtr<u8>,
    length: Size,
    flags: u32,
) -> Result<u64, Errno> {
    let to = ctx.memory().host(to, length.0)?;
    ctx.call(Sys::GETRANDOM, (to, length.0, flags))
}

/// `memfd_create(name, flags)`
pub(crate) fn memfd_create(ctx: &mut Ctx<'_, '_>, name: Path, flags: u32) -> Result<u64, Errno> {
    let name = ctx.memory().path(name)?;
    ctx.call(Sys::MEMFD_CREATE, (name, flags))
}

/// `inotify_init1(flags)`
pub(crate) fn inotify_init1(ctx: &mut Ctx<'_, '_>, flags: i32) -> Result<u64, Errno> {
    ctx.call(Sys::INOTIFY_INIT1, (flags,))
}

/// `inotify_init()`
pub(crate) fn inotify_init(ctx: &mut Ctx<'_, '_>) -> Result<u64, Errno> {
    inotify_init1(ctx, 0)
}

/// `inotify_add_watch(descriptor, path, mask)`
pub(crate) fn inotify_add_watch(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    path: Path,
    mask: u32,
) -> Result<u64, Errno> {
    let path = ctx.memory().path(path)?;
    ctx.call(Sys::INOTIFY_ADD_WATCH, (fd, path, mask))
}

/// `inotify_rm_watch(descriptor, watch)`
pub(crate) fn inotify_rm_watch(ctx: &mut Ctx<'_, '_>, fd: i32, watch: i32) -> Result<u64, Errno> {
    ctx.call(Sys::INOTIFY_RM_WATCH, (fd, watch))
}

/// `getxattr(path, name, value, size)`
pub(crate) fn getxattr(
    ctx: &mut Ctx<'_, '_>,
    path: Path,
    name: Path,
    value: GuestPtr<u8>,
    size: Size,
) -> Result<u64, Errno> {
    let memory = ctx.memory();
    let (path, name) = (memory.path(path)?, memory.path(name)?);
    let value = memory.host_or_null(value, size.0)?;
    ctx.call(Sys::GETXATTR, (path, name, value, size.0))
}

/// `setxattr(path, name, value, size, flags)`
pub(crate) fn setxattr(
    ctx: &mut Ctx<'_, '_>,
    path: Path,
    name: Path,
    value: GuestPtr<u8>,
    size: Size,
    flags: i32,
) -> Result<u64, Errno> {
    let memory = ctx.memory();
    let (path, name) = (memory.path(path)?, memory.path(name)?);
    let value = memory.host(value, size.0)?;
    ctx.call(Sys::SETXATTR, (path, name, value, size.0, flags))
}

/// `euidaccess(path, mode)`
pub(crate) fn euidaccess(ctx: &mut Ctx<'_, '_>, path: Path, mode: i32) -> Result<u64, Stop> {
    super::metadata::faccessat(ctx, AT_FDCWD, path, mode, AT_EACCESS).map_err(|fail| fail.stop())
}

/// Two `timeval`s as the kernel's `timespec`s.
fn two_times(ctx: &Ctx<'_, '_>, at: GuestPtr<u8>) -> Result<[[i64; 2]; 2], Errno> {
    let (memory, time64) = (ctx.memory(), ctx.time64());
    let second = at.byte_add(time_size(time64));
    let mut times = [
        read_time(memory, at.address(), time64)?,
        read_time(memory, second.address(), time64)?,
    ];
    for [_, fraction] in &mut times {
        if !(0..1_000_000).contains(fraction) {
            return Err(Errno::EINVAL);
        }
        *fraction *= 1000;
    }
    Ok(times)
}

/// `futimes(descriptor, times)`
pub(crate) fn futimes(ctx: &mut Ctx<'_, '_>, fd: i32, times: GuestPtr<u8>) -> Result<u64, Errno> {
    set_times(ctx, fd, HostAddress::NULL, times, 0)
}

/// `lutimes(path, times)`
pub(crate) fn lutimes(
    ctx: &mut Ctx<'_, '_>,
    path: Path,
    times: GuestPtr<u8>,
) -> Result<u64, Errno> {
    let path = ctx.memory().path(path)?;
    set_times(
        ctx,
        AT_FDCWD,
        path,
        times,
        crate::flags::AT_SYMLINK_NOFOLLOW,
    )
}

fn set_times(
    ctx: &Ctx<'_, '_>,
    directory: i32,
    path: HostAddress,
    times: GuestPtr<u8>,
    flags: i32,
) -> Result<u64, Errno> {
    let frame = ctx.scratch();
    let times = match times.is_null() {
        true => HostAddress::NULL,
        false => frame.value(two_times(ctx, times)?)?.address(),
    };
    ctx.call(Sys::UTIMENSAT, (directory, path, times, flags))
}

/// `sendfile(to, from, offset, count)`
pub(crate) fn sendfile(
    ctx: &mut Ctx<'_, '_>,
    to: i32,
    from: i32,
    offset: GuestPtr<i64>,
    count: Size,
) -> Result<u64, Errno> {
    let offset = ctx.memory().host_or_null(offset, 1)?;
    ctx.call(Sys::SENDFILE, (to, from, offset, count.0))
}

/// `copy_file_range(from, its offset, to, its offset, length, flags)`
pub(crate) fn copy_file_range(
    ctx: &mut Ctx<'_, '_>,
    from: i32,
    from_offset: GuestPtr<i64>,
    to: i32,
    to_offset: GuestPtr<i64>,
    length: Size,
    flags: u32,
) -> Result<u64, Errno> {
    let memory = ctx.memory();
    let from_offset = memory.host_or_null(from_offset, 1)?;
    let to_offset = memory.host_or_null(to_offset, 1)?;
    ctx.call(
        Sys::COPY_FILE_RANGE,
        (from, from_offset, to, to_offset, length.0, flags),
    )
}

/// `splice(from, its offset, to, its offset, length, flags)`
pub(crate) fn splice(
    ctx: &mut Ctx<'_, '_>,
    from: i32,
    from_offset: GuestPtr<i64>,
    to: i32,
    to_offset: GuestPtr<i64>,
    length: Size,
    flags: u32,
) -> Result<u64, Errno> {
    let memory = ctx.memory();
    let from_offset = memory.host_or_null(from_offset, 1)?;
    let to_offset = memory.host_or_null(to_offset, 1)?;
    ctx.call(
        Sys::SPLICE,
        (from, from_offset, to, to_offset, length.0, flags),
    )
}

/// `tee(from, to, length, flags)`
pub(crate) fn tee(
    ctx: &mut Ctx<'_, '_>,
    from: i32,
    to: i32,
    length: Size,
    flags: u32,
) -> Result<u64, Errno> {
    ctx.call(Sys::TEE, (from, to, length.0, flags))
}

/// `vmsplice(descriptor, buffers, count, flags)`
pub(crate) fn vmsplice(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    buffers: GuestPtr<[u32; 2]>,
    count: Size,
    flags: u32,
) -> Result<u64, Errno> {
    /// Would give pages of the guest away.
    const SPLICE_F_GIFT: u32 = 8;
    let frame = ctx.scratch();
    let vector = load_iovecs(ctx.memory(), buffers, count.0, &frame)?;
    ctx.call(
        Sys::VMSPLICE,
        (fd, vector.address(), count.0, flags & !SPLICE_F_GIFT),
    )
}

/// `sync_file_range(descriptor, offset, length, flags)`
pub(crate) fn sync_file_range(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    offset: i64,
    length: i64,
    flags: u32,
) -> Result<u64, Errno> {
    ctx.call(Sys::SYNC_FILE_RANGE, (fd, offset, length, flags))
}

/// `syncfs(descriptor)`
pub(crate) fn syncfs(ctx: &mut Ctx<'_, '_>, fd: i32) -> Result<u64, Errno> {
    ctx.call(Sys::SYNCFS, (fd,))
}

/// `fallocate(descriptor, mode, offset, length)`
pub(crate) fn fallocate(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    mode: i32,
    offset: i64,
    length: i64,
) -> Result<u64, Errno> {
    ctx.call(Sys::FALLOCATE, (fd, mode, offset, length))
}

/// `mount(source, target, type, flags, data)`
pub(crate) fn mount(
    ctx: &mut Ctx<'_, '_>,
    source: Path,
    target: Path,
    kind: Path,
    flags: u32,
    data: Path,
) -> Result<u64, Errno> {
    let memory = ctx.memory();
    let source = memory.path_or_null(source)?;
    let target = memory.path(target)?;
    let kind = memory.path_or_null(kind)?;
    let data = memory.path_or_null(data)?;
    ctx.call(Sys::MOUNT, (source, target, kind, flags, data))
}

/// `umount(target)`
pub(crate) fn umount(ctx: &mut Ctx<'_, '_>, target: Path) -> Result<u64, Errno> {
    umount2(ctx, target, 0)
}

/// `umount2(target, flags)`
pub(crate) fn umount2(ctx: &mut Ctx<'_, '_>, target: Path, flags: i32) -> Result<u64, Errno> {
    let target = ctx.memory().path(target)?;
    ctx.call(Sys::UMOUNT2, (target, flags))
}

/// `swapon(path, flags)`
pub(crate) fn swapon(ctx: &mut Ctx<'_, '_>, path: Path, flags: i32) -> Result<u64, Errno> {
    let path = ctx.memory().path(path)?;
    ctx.call(Sys::SWAPON, (path, flags))
}

/// `settimeofday(time, zone)`
pub(crate) fn settimeofday(
    ctx: &mut Ctx<'_, '_>,
    time: GuestPtr<u8>,
    _zone: GuestPtr<u8>,
) -> Result<u64, Errno> {
    let time = read_time(ctx.memory(), time.address(), ctx.time64())?;
    let frame = ctx.scratch();
    let slot = frame.value(time)?;
    ctx.call(Sys::SETTIMEOFDAY, (slot.address(), HostAddress::NULL))
}

/// `quick_exit(status)`: no handlers of the guest's are known.
pub(crate) fn quick_exit(ctx: &mut Ctx<'_, '_>, status: i32) -> Result<(), Trap> {
    super::exit::immediately(ctx, status)
}
