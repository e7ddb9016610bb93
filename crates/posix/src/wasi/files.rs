//! Reading, writing and describing open files.

use super::descriptors::{self, host};
use super::types::{
    FileType, RIGHT_SEEK, RIGHT_TELL, RIGHTS_ALL, descriptor_flags, descriptor_flags_to_guest,
    set_times, store_status,
};
use crate::calls::files;
use crate::calls::metadata::status_of;
use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::flags::open_to_kernel;
use crate::guest::{GuestPtr, HostAddress};
use crate::handler::{Size, WasiResult};
use crate::layout::Encoder;
use crate::layout::message::load_iovecs;
use crate::sys::Sys;

type Buffers = GuestPtr<[u32; 2]>;

/// Reads or writes a vector of buffers straight in guest memory, at a position
/// or wherever the file stands.
fn transfer(
    ctx: &Ctx<'_, '_>,
    [single, several]: [Sys; 2],
    fd: i32,
    buffers: Buffers,
    count: Size,
    position: Option<i64>,
    done: GuestPtr<u32>,
) -> Result<(), Errno> {
    let memory = ctx.memory();
    let fd = host(ctx, fd)?;
    // Before the transfer: what was read could not be given back.
    let done = memory.place(done)?;
    let bytes = if count.0 == 1 {
        let [base, length] = memory.read(buffers)?;
        let (base, length) = (GuestPtr::new(base.into()), length.into());
        files::transfer(ctx, single, fd, base, length, position.unwrap_or(0))?
    } else {
        let frame = ctx.scratch();
        let vector = load_iovecs(memory, buffers, count.0, &frame)?;
        // The kernel takes a position as two halves, the upper of which is
        // nothing on a 64-bit machine.
        ctx.call(
            several,
            (fd, vector.address(), count.0, position.unwrap_or(0), 0),
        )?
    };
    done.store(bytes as u32);
    Ok(())
}

/// `fd_read(descriptor, buffers, count, read)`
pub(crate) fn read(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    buffers: Buffers,
    count: Size,
    done: GuestPtr<u32>,
) -> WasiResult {
    let calls = [Sys::READ, Sys::READV];
    Ok(transfer(ctx, calls, fd, buffers, count, None, done)?)
}

/// `fd_write(descriptor, buffers, count, written)`
pub(crate) fn write(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    buffers: Buffers,
    count: Size,
    done: GuestPtr<u32>,
) -> WasiResult {
    let calls = [Sys::WRITE, Sys::WRITEV];
    Ok(transfer(ctx, calls, fd, buffers, count, None, done)?)
}

/// `fd_pread(descriptor, buffers, count, position, read)`
pub(crate) fn pread(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    buffers: Buffers,
    count: Size,
    position: i64,
    done: GuestPtr<u32>,
) -> WasiResult {
    let calls = [Sys::PREAD64, Sys::PREADV];
    Ok(transfer(
        ctx,
        calls,
        fd,
        buffers,
        count,
        Some(position),
        done,
    )?)
}

/// `fd_pwrite(descriptor, buffers, count, position, written)`
pub(crate) fn pwrite(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    buffers: Buffers,
    count: Size,
    position: i64,
    done: GuestPtr<u32>,
) -> WasiResult {
    let calls = [Sys::PWRITE64, Sys::PWRITEV];
    Ok(transfer(
        ctx,
        calls,
        fd,
        buffers,
        count,
        Some(position),
        done,
    )?)
}

/// `fd_seek(descriptor, offset, whence, position)`
pub(crate) fn seek(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    offset: i64,
    whence: i32,
    position: GuestPtr<u64>,
) -> WasiResult {
    let position = ctx.memory().place(position)?;
    position.store(ctx.call(Sys::LSEEK, (host(ctx, fd)?, offset, whence))?);
    Ok(())
}

/// `fd_tell(descriptor, position)`
pub(crate) fn tell(ctx: &mut Ctx<'_, '_>, fd: i32, position: GuestPtr<u64>) -> WasiResult {
    seek(ctx, fd, 0, 1, position)
}

/// `fd_close(descriptor)`
pub(crate) fn close(ctx: &mut Ctx<'_, '_>, fd: i32) -> WasiResult {
    Ok(descriptors::close(ctx, fd)?)
}

/// `fd_renumber(from, to)`
pub(crate) fn renumber(ctx: &mut Ctx<'_, '_>, from: i32, to: i32) -> WasiResult {
    Ok(descriptors::renumber(ctx, from, to)?)
}

/// `fd_sync(descriptor)`
pub(crate) fn sync(ctx: &mut Ctx<'_, '_>, fd: i32) -> WasiResult {
    ctx.call(Sys::FSYNC, (host(ctx, fd)?,))?;
    Ok(())
}

/// `fd_datasync(descriptor)`
pub(crate) fn datasync(ctx: &mut Ctx<'_, '_>, fd: i32) -> WasiResult {
    ctx.call(Sys::FDATASYNC, (host(ctx, fd)?,))?;
    Ok(())
}

/// `fd_advise(descriptor, offset, length, advice)`
pub(crate) fn advise(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    offset: i64,
    length: i64,
    advice: i32,
) -> WasiResult {
    // The two numberings differ in order only.
    let advice = match advice {
        1 => 2,
        2 => 1,
        0 | 3..=5 => advice,
        _ => return Err(Errno::EINVAL.into()),
    };
    ctx.call(Sys::FADVISE64, (host(ctx, fd)?, offset, length, advice))?;
    Ok(())
}

/// `fd_allocate(descriptor, offset, length)`
pub(crate) fn allocate(ctx: &mut Ctx<'_, '_>, fd: i32, offset: i64, length: i64) -> WasiResult {
    ctx.call(Sys::FALLOCATE, (host(ctx, fd)?, 0, offset, length))?;
    Ok(())
}

/// `fd_fdstat_get(descriptor, status)`
pub(crate) fn fdstat_get(ctx: &mut Ctx<'_, '_>, fd: i32, to: GuestPtr<[u8; 24]>) -> WasiResult {
    const F_GETFL: i32 = 3;
    const TIOCGWINSZ: u32 = 0x5413;
    let fd = host(ctx, fd)?;
    let flags = ctx.call(Sys::FCNTL, (fd, F_GETFL))? as i32;
    let mut kind = FileType::of_mode(status_of(ctx, fd)?.mode);
    let mut rights = RIGHTS_ALL;
    if kind == FileType::CharacterDevice {
        // Guests take a character device without a position for a terminal, and
        // Emscripten's take any: only a terminal may look like one.
        let frame = ctx.scratch();
        let size = frame.array::<u64>(1)?;
        if ctx
            .call(Sys::IOCTL, (fd, TIOCGWINSZ, size.address()))
            .is_ok()
        {
            rights &= !(RIGHT_SEEK | RIGHT_TELL);
        } else if !ctx.era().wasi {
            kind = FileType::Unknown;
        }
    }
    let flags = descriptor_flags_to_guest(crate::flags::open_to_guest(flags));
    let mut e = Encoder::<24>::new();
    e.put(0, [kind as u8])
        .put(2, flags.to_le_bytes())
        .u64(8, rights)
        .u64(16, rights);
    Ok(ctx.memory().write(to, e.0)?)
}

/// `fd_fdstat_set_flags(descriptor, flags)`
pub(crate) fn fdstat_set_flags(ctx: &mut Ctx<'_, '_>, fd: i32, flags: u32) -> WasiResult {
    const F_SETFL: i32 = 4;
    let flags = open_to_kernel(descriptor_flags(flags));
    ctx.call(Sys::FCNTL, (host(ctx, fd)?, F_SETFL, flags))?;
    Ok(())
}

/// `fd_fdstat_set_rights(descriptor, base, inheriting)`: rights are those of the
/// user.
pub(crate) fn fdstat_set_rights(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    _base: u64,
    _inheriting: u64,
) -> WasiResult {
    host(ctx, fd)?;
    Ok(())
}

/// `fd_filestat_get(descriptor, status)`
pub(crate) fn filestat_get(ctx: &mut Ctx<'_, '_>, fd: i32, to: GuestPtr<u8>) -> WasiResult {
    let status = status_of(ctx, host(ctx, fd)?)?;
    Ok(store_status(ctx.memory(), to, &status)?)
}

/// `fd_filestat_set_size(descriptor, size)`
pub(crate) fn filestat_set_size(ctx: &mut Ctx<'_, '_>, fd: i32, size: i64) -> WasiResult {
    ctx.call(Sys::FTRUNCATE, (host(ctx, fd)?, size))?;
    Ok(())
}

/// `fd_filestat_set_times(descriptor, access, modification, flags)`
pub(crate) fn filestat_set_times(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    access: u64,
    modification: u64,
    flags: u32,
) -> WasiResult {
    let frame = ctx.scratch();
    let times = frame.value(set_times(access, modification, flags)?)?;
    ctx.call(
        Sys::UTIMENSAT,
        (host(ctx, fd)?, HostAddress::NULL, times.address(), 0),
    )?;
    Ok(())
}
