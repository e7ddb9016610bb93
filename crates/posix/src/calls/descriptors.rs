//! Descriptors: copies, pipes, control.

use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::flags::{open_to_guest, open_to_kernel};
use crate::guest::GuestPtr;
use crate::handler::SysResult;
use crate::sys::Sys;

/// `dup(descriptor)`
pub(crate) fn dup(ctx: &mut Ctx<'_, '_>, fd: i32) -> SysResult {
    Ok(ctx.call(Sys::DUP, (fd,))?)
}

/// `dup3(descriptor, new descriptor, flags)`
pub(crate) fn dup3(ctx: &mut Ctx<'_, '_>, fd: i32, to: i32, flags: i32) -> SysResult {
    Ok(ctx.call(Sys::DUP3, (fd, to, flags))?)
}

/// `pipe(descriptors)`
pub(crate) fn pipe(ctx: &mut Ctx<'_, '_>, to: GuestPtr<[i32; 2]>) -> SysResult {
    pipe2(ctx, to, 0)
}

/// `pipe2(descriptors, flags)`
pub(crate) fn pipe2(ctx: &mut Ctx<'_, '_>, to: GuestPtr<[i32; 2]>, flags: i32) -> SysResult {
    let to = ctx.memory().host(to, 1)?;
    Ok(ctx.call(Sys::PIPE2, (to, open_to_kernel(flags)))?)
}

/// What the third argument of `fcntl` is.
enum FcntlArgument {
    None,
    Number,
    /// A structure of so many bytes, the same for the kernel.
    Structure(u64),
}

/// Bytes of a `struct flock`, the same for guests and the kernel.
const FLOCK: u64 = 32;

const F_GETFL: i32 = 3;
const F_SETFL: i32 = 4;

/// `fcntl(descriptor, command, argument…)`
pub(crate) fn fcntl(
    ctx: &mut Ctx<'_, '_>,
    fd: i32,
    command: i32,
    varargs: GuestPtr<u32>,
) -> SysResult {
    // Record locks have two sets of numbers, by version; the kernel has one.
    let (command, argument) = match command {
        5..=7 => (command, FcntlArgument::Structure(FLOCK)),
        12..=14 => (command - 7, FcntlArgument::Structure(FLOCK)),
        // Locks of open files.
        36..=38 => (command, FcntlArgument::Structure(FLOCK)),
        // F_SETOWN_EX, F_GETOWN_EX
        15 | 16 => (command, FcntlArgument::Structure(8)),
        // F_GETFD, F_GETFL, F_GETOWN, F_GETSIG, F_GETLEASE, F_GETPIPE_SZ,
        // F_GET_SEALS
        1 | F_GETFL | 9 | 11 | 1025 | 1032 | 1034 => (command, FcntlArgument::None),
        // F_DUPFD, F_SETFD, F_SETFL, F_SETOWN, F_SETSIG, F_SETLEASE, F_NOTIFY,
        // F_DUPFD_CLOEXEC, F_SETPIPE_SZ, F_ADD_SEALS
        0 | 2 | F_SETFL | 8 | 10 | 1024 | 1026 | 1030 | 1031 | 1033 => {
            (command, FcntlArgument::Number)
        }
        _ => return Err(Errno::EINVAL.into()),
    };
    let memory = ctx.memory();
    let result = match argument {
        FcntlArgument::None => ctx.call(Sys::FCNTL, (fd, command))?,
        FcntlArgument::Number => {
            let number = memory.read(varargs)? as i32;
            let number = match command {
                F_SETFL => open_to_kernel(number),
                _ => number,
            };
            ctx.call(Sys::FCNTL, (fd, command, number))?
        }
        FcntlArgument::Structure(size) => {
            let at = ctx.read_word(varargs.address())?;
            let at = memory.host(GuestPtr::<u8>::new(at), size)?;
            ctx.call(Sys::FCNTL, (fd, command, at))?
        }
    };
    Ok(match command {
        F_GETFL => open_to_guest(result as i32) as u64,
        _ => result,
    })
}
